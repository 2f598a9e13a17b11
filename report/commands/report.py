"""report.py: the command `faultline report`: result files as tables, plots and a dashboard."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from report import describe
from report.commands.files import load, make_folder, print_warning, write_text
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_OK, ReportError
from report.formats import convert
from report.proof import ProofResult
from report.result import Result

if TYPE_CHECKING:
    from report.dashboard.history import Line
    from report.gate.certificate import NoiseCertificate

name = "report"
problems_shown = 5
summary = "Print result files as a table, plot them and make a dashboard of them."
epilog = """\
examples:
  faultline report results/x.json              table on stdout; results/x/table.txt,
                                               throughput.svg, throughput.png
  faultline report results/x.json -o out       the same files into out/, and a dashboard of
                                               pages that open from disk: out/index.html
  faultline report a.json check.json -o out    one dashboard over both; their tables and plots
                                               in out/a/ and out/check/
  faultline report x.json -o out --single-file --no-plots
                                               the dashboard as one file, to attach or to upload
  faultline report x.json -o out --history results
                                               with what faultline history add has stored
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
        help="folder for the dashboard, table.txt and the plots, made if need be; with several "
        "FILEs the tables and plots of each get a folder of their own in it (default: beside FILE, "
        "its name without .json, and no dashboard)",
    )
    parser.add_argument("--no-plots", action="store_true", help="write no plots")
    parser.add_argument("--no-html", action="store_true", help="write no dashboard")
    parser.add_argument(
        "--single-file", action="store_true",
        help="the dashboard as one file, DIR/index.html, with everything in it",
    )
    parser.add_argument(
        "--history", metavar="STORE",
        help="the dashboard's history from a store that faultline history add fills (default: "
        "from FILEs of several sessions)",
    )
    parser.add_argument(
        "--certificate", metavar="CERT",
        help="noise certificate of faultline selfcheck, for the dashboard's page Method",
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints each table, then writes the files, so that a folder's fault costs no table."""
    check_dashboard_options(arguments)
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
    if arguments.folder is not None and not arguments.no_html:
        make_dashboard(results, arguments)
    return EXIT_OK


def check_dashboard_options(arguments: argparse.Namespace) -> None:
    """Raises ReportError (exit 2) for options of a dashboard where none is written."""
    if arguments.folder is not None and not arguments.no_html:
        return
    wrong = "--no-html" if arguments.no_html else "no -o"
    for option, given in (
        ("--single-file", arguments.single_file), ("--history", arguments.history is not None),
        ("--certificate", arguments.certificate is not None),
    ):
        if given:
            raise ReportError(
                EXIT_INPUT,
                f"{option} with {wrong} writes nothing; give -o DIR and leave out --no-html",
            )


def output_folders(files: list[str], folder: str | None) -> list[Path]:
    """The folder of each file. Raises ReportError (exit 2) when two files would share one."""
    paths = [Path(file) for file in files]
    stems = [path.name.removesuffix(".gz").removesuffix(".json") for path in paths]
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


def make_dashboard(results: list[Result | ProofResult], arguments: argparse.Namespace) -> None:
    """The dashboard over all results; without scipy it says that it compares nothing."""
    from report.dashboard import make_pages, write_dashboard, write_single

    folder = Path(arguments.folder)
    try:
        lines = stored_lines(Path(arguments.history)) if arguments.history else []
        certificate = certificate_of(arguments.certificate) if arguments.certificate else None
    except ImportError as error:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{sys.executable} cannot read a history or certificate ({error}); install "
            "python3-numpy and python3-scipy for it, or leave out --history and --certificate",
        ) from None
    pages = make_pages(results, lines, certificate)
    tool = describe.tool(results[0])
    title = ", ".join(result.path.name for result in results[:3])
    if arguments.single_file:
        write_single(pages, folder / "index.html", title, tool)
    else:
        write_dashboard(pages, folder, title, tool)


def stored_lines(store: Path) -> list[Line]:
    """The history of a store; what is unsound in it is told and left out. It needs scipy."""
    from report.dashboard.stored import lines_of_store

    lines, problems = lines_of_store(store)
    for problem in problems[:problems_shown]:
        print_warning(name, f"left out of the history: {problem}")
    if len(problems) > problems_shown:
        print_warning(name, f"left out of the history: {len(problems) - problems_shown} more files")
    return lines


def certificate_of(file: str) -> NoiseCertificate:
    """The certificate in `file`. It needs scipy. Raises ReportError as read_certificate does."""
    from report.gate.certificate import read_certificate

    return read_certificate(Path(file))
