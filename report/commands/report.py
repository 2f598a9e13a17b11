"""report.py: the command `faultline report`: result files as tables, and their plots."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from report.commands.files import load, make_folder, write_text
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_OK, ReportError
from report.formats import convert
from report.result import Result

name = "report"
summary = "Print result files as a table and plot them."
epilog = """\
examples:
  faultline report results/x.json              table on stdout; results/x/table.txt,
                                               throughput.svg, throughput.png
  faultline report results/x.json -o plots     the same files into plots/
  faultline report a.json b.json --no-plots    one table after the other, no plots
  faultline report check.json                  what faultline check proved; check/table.txt
  faultline report sim.json                    what faultline sim computed, and why: hottest lines

exit codes: 0 all right; 2 wrong use or a file that cannot be read; 4 the file needs a newer
faultline or another format, or numpy or matplotlib is not there; 5 no run in the file, or every
run that should have measured failed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="result file of faultline run, check or sim"
    )
    parser.add_argument(
        "-o", dest="folder", metavar="DIR",
        help="folder for table.txt and the plots, made if need be; with several FILEs each gets "
        "a folder of its own in it (default: beside FILE, its name without .json)",
    )
    parser.add_argument("--no-plots", action="store_true", help="write table.txt only")


def run(arguments: argparse.Namespace) -> int:
    """Prints each table, then writes the files, so that a folder's fault costs no table."""
    folders = output_folders(arguments.files, arguments.folder)
    results = [load(name, file) for file in arguments.files]
    tables = [convert("text", result) for result in results]
    sys.stdout.write("\n".join(tables))
    sys.stdout.flush()
    for result, table, folder in zip(results, tables, folders):
        make_folder(folder)
        write_text(folder / "table.txt", table)
        if isinstance(result, Result) and not arguments.no_plots:
            write_plots(result, folder)
    return EXIT_OK


def output_folders(files: list[str], folder: str | None) -> list[Path]:
    """The folder of each file. Raises ReportError (exit 2) when two files would share one."""
    paths = [Path(file) for file in files]
    stems = [path.name.removesuffix(".json") for path in paths]
    if folder is None:
        # A file that is not named .json keeps its name, so its folder needs another one.
        folders = [
            path.with_name(stem if stem != path.name else f"{stem}.report")
            for path, stem in zip(paths, stems)
        ]
    else:
        folders = [Path(folder) / stem if len(files) > 1 else Path(folder) for stem in stems]
    for i, one in enumerate(folders):
        if one in folders[:i]:
            raise ReportError(
                EXIT_INPUT,
                f"{files[folders.index(one)]} and {files[i]} would both be written to {one}; "
                "report them one at a time with different -o",
            )
    return folders


def write_plots(result: Result, folder: Path) -> None:
    """The plots of one result; numpy and matplotlib are needed from here on."""
    try:
        from report.plots import plot_throughput, save_figure
    except ImportError as error:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{sys.executable} cannot draw ({error}); install python3-numpy and "
            "python3-matplotlib for it, or give --no-plots",
        ) from None
    try:
        save_figure(plot_throughput(result), folder, "throughput")
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {folder}: {error.strerror}; name another folder with -o"
        ) from None
