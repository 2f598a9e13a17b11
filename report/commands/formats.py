"""formats.py: the list behind `faultline list formats`."""

from __future__ import annotations

import argparse
import json

from report.errors import EXIT_OK
from report.formats import formats

name = "formats"
summary = "List the formats of export."
epilog = "exit codes: 0 all right; 2 wrong use"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON: [{name, summary}, ...]")


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        listed = [{"name": one, "summary": found.summary} for one, found in formats.items()]
        print(json.dumps(listed, indent=2))
    else:
        width = max(map(len, formats))
        for one, found in formats.items():
            print(f"{one:<{width}}  {found.summary}")
    return EXIT_OK
