"""__main__.py: the commands `faultline report`, `export` and `formats`.

The C++ program runs `python3 -m report COMMAND ...`; the user sees `faultline COMMAND ...`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

from report.errors import (
    EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_OK, ReportError, ascii_line,
)
from report.formats import convert, formats
from report.load import load_file
from report.proof import ProofResult
from report.result import Result

exit_codes = """\
exit codes: 0 all right; 2 wrong use or a file that cannot be read; 4 the file needs a newer
faultline or another format, or numpy or matplotlib is not there; 5 no run in the file, or every
run that should have measured failed
"""

report_examples = f"""\
examples:
  faultline report results/x.json              table on stdout; results/x/table.txt,
                                               throughput.svg, throughput.png
  faultline report results/x.json -o plots     the same files into plots/
  faultline report a.json b.json --no-plots    one table after the other, no plots
  faultline report check.json                  what faultline check proved; check/table.txt
  faultline report sim.json                    what faultline sim computed, and why: hottest lines

{exit_codes}"""

export_examples = f"""\
examples:
  faultline export --format gbench results/x.json -o x.gbench.json
  faultline export --format text results/x.json | git commit -F -
  faultline export --format markdown check.json   what faultline check proved, for a page

{exit_codes}"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as those of every faultline command."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {ascii_line(message)}; see {self.prog} --help", file=sys.stderr)
        sys.exit(EXIT_INPUT)


def make_parser() -> Parser:
    parser = Parser(
        prog="faultline report",
        usage="python3 -m report COMMAND ...",
        description="What faultline makes of result files. Each command has its own --help.",
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )

    def command(name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            prog=f"faultline {name}",
            help=summary,
            description=summary,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    report = command("report", "Print result files as a table and plot them.", report_examples)
    report.add_argument(
        "files", metavar="FILE", nargs="+", help="result file of faultline run, check or sim"
    )
    report.add_argument(
        "-o", dest="folder", metavar="DIR",
        help="folder for table.txt and the plots, made if need be; with several FILEs each gets "
        "a folder of its own in it (default: beside FILE, its name without .json)",
    )
    report.add_argument("--no-plots", action="store_true", help="write table.txt only")

    export = command("export", "Write a result file in another format.", export_examples)
    export.add_argument("file", metavar="FILE", help="result file of faultline run, check or sim")
    export.add_argument(
        "--format", required=True, choices=list(formats), help="see faultline list formats"
    )
    export.add_argument("-o", dest="out", metavar="OUT", help="file to write (default: stdout)")

    listing = command("formats", "List the formats of export.", exit_codes)
    listing.add_argument("--json", action="store_true", help="as JSON: [{name, summary}, ...]")
    return parser


def report_command(arguments: argparse.Namespace) -> None:
    """Prints each table, then writes the files, so that a folder's fault costs no table."""
    folders = output_folders(arguments.files, arguments.folder)
    results = [load(arguments.command, file) for file in arguments.files]
    tables = [convert("text", result) for result in results]
    sys.stdout.write("\n".join(tables))
    sys.stdout.flush()
    for result, table, folder in zip(results, tables, folders):
        make_folder(folder)
        write_text(folder / "table.txt", table)
        if isinstance(result, Result) and not arguments.no_plots:
            write_plots(result, folder)


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


def export_command(arguments: argparse.Namespace) -> None:
    text = convert(arguments.format, load(arguments.command, arguments.file))
    if arguments.out is None:
        sys.stdout.write(text)
    else:
        write_text(Path(arguments.out), text)


def formats_command(arguments: argparse.Namespace) -> None:
    if arguments.json:
        listed = [{"name": name, "summary": one.summary} for name, one in formats.items()]
        print(json.dumps(listed, indent=2))
    else:
        width = max(map(len, formats))
        for name, one in formats.items():
            print(f"{name:<{width}}  {one.summary}")


def load(command: str, file: str) -> Result | ProofResult:
    """load_file, its warnings printed to stderr."""
    result = load_file(file)
    for warning in result.warnings:
        print(f"faultline {command}: warning: {ascii_line(warning)}", file=sys.stderr)
    return result


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot make folder {folder}: {error.strerror}; name another one with -o"
        ) from None


def write_text(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("ascii"))
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {path}: {error.strerror}; name another place with -o"
        ) from None


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


commands = {"report": report_command, "export": export_command, "formats": formats_command}


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    arguments = make_parser().parse_args(argv)
    try:
        commands[arguments.command](arguments)
        sys.stdout.flush()
    except ReportError as error:
        sys.stdout.flush()
        print(f"faultline {arguments.command}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader (head, less) has seen enough; keep Python from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
