"""__main__.py: the commands that Python answers: `faultline report`, `compare`, `plot`, ...

The C++ program runs `python3 -m report COMMAND ...`; the user sees `faultline COMMAND ...`.
"""

from __future__ import annotations

import os
import sys

from report.commands import Parser, load_command, make_parser, modules
from report.errors import EXIT_OK, ReportError


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    given = sys.argv[1:] if argv is None else argv
    if not given or given[0] not in modules:
        return without_command(given)
    command = load_command(given[0])
    arguments = make_parser(command).parse_args(given[1:])
    try:
        code = command.run(arguments)
        sys.stdout.flush()
        return code
    except ReportError as error:
        sys.stdout.flush()
        print(f"faultline {command.name}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader (head, less) has seen enough; keep Python from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


def without_command(given: list[str]) -> int:
    """--help, or the error that there is no such command."""
    parser = Parser(
        prog="faultline report",
        usage="python3 -m report COMMAND ...",
        description="What faultline makes of result files. Each command has its own --help.",
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    for name in modules:
        commands.add_parser(name, prog=f"faultline {name}", help=load_command(name).summary)
    parser.parse_args(given)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
