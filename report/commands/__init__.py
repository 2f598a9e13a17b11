"""The commands of the report: one module each, imported when it is asked for.

A module of this package has `name`, `summary` (one sentence), `epilog` (examples and exit codes),
`add_arguments(parser)` and `run(arguments) -> exit code`. A new command is its module and a line in
`modules`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from types import ModuleType
from typing import NoReturn

from report.errors import EXIT_INPUT, ascii_line

modules = {
    "report": "report.commands.report",
    "compare": "report.commands.compare",
    "mail": "report.commands.mail",
    "plot": "report.commands.plot",
    "gate": "report.commands.gate",
    "history": "report.commands.history",
    "selfcheck": "report.commands.selfcheck",
    "serve": "report.commands.serve",
    "export": "report.commands.export",
    "import": "report.commands.import_",
    "formats": "report.commands.formats",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as those of every faultline command."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {ascii_line(message)}; see {self.prog} --help", file=sys.stderr)
        sys.exit(EXIT_INPUT)


def load_command(name: str) -> ModuleType:
    """The module of the command `name`, which must be one of `modules`."""
    return importlib.import_module(modules[name])


def make_parser(command: ModuleType) -> Parser:
    """The parser of one command."""
    parser = Parser(
        prog=f"faultline {command.name}",
        description=command.summary,
        epilog=command.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    return parser
