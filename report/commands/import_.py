"""import_.py: the command `faultline import`: a file of another program as a result file."""

from __future__ import annotations

import argparse
import gzip
import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from report.errors import EXIT_INPUT, EXIT_OK, ReportError, ascii_line
from report.imports.source import Given, SourceFile, parse_time
from report.imports.sources import import_document, sources
from report.load import read_document
from report.load_text import name_of, read_text, standard_input

name = "import"
summary = "Turn results of another program into a result file."
epilog = """\
examples:
  faultline import --from gbench old.json -o old.faultline.json
  faultline import --from will-it-scale page_fault1.csv --label v6.12 --machine box1 -o wis.json
  faultline import --from lockhammer ticket.json -o ticket.json.gz     .gz: compressed
  faultline report wis.json                                            then as any result file

What the source does not say is null in OUT. Nothing is known of the order of its runs, so a
comparison is unpaired and says so.

exit codes: 0 all right; 2 wrong use or a file that cannot be read; 4 the file cannot be compared,
e.g. rows of several threads of an unknown version of Google Benchmark; 5 no run in it
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = "; ".join(f"{key}: {one.summary}" for key, one in sources.items())
    parser.add_argument("file", metavar="FILE", help="plain or gzip; -: standard input")
    parser.add_argument("--from", dest="source", required=True, choices=list(sources), help=kinds)
    parser.add_argument(
        "-o", dest="out", metavar="OUT", required=True,
        help="result file to write; compressed if its name ends in .gz",
    )
    parser.add_argument("--label", help="what was measured, e.g. v6.12")
    parser.add_argument(
        "--workload", help="name of the test (will-it-scale; default: FILE's name without .csv)"
    )
    parser.add_argument(
        "--design", help="name of the lock where FILE has none (default: unnamed; "
        "will-it-scale: kernel)",
    )
    parser.add_argument(
        "--machine", help="name of the machine where FILE has none; only its hash is kept"
    )
    parser.add_argument(
        "--date", metavar="TIME", help="when it was recorded, where FILE does not say, e.g. "
        "2024-05-31 or 2024-05-31T12:00:00+02:00 (default: the time of change of FILE)",
    )


def run(arguments: argparse.Namespace) -> int:
    given = Given(
        workload=arguments.workload, design=arguments.design, machine=arguments.machine,
        label=arguments.label, date=parse_date(arguments.date),
    )
    document = import_document(arguments.source, read_source(arguments.file, given))
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    # What is written must be readable: the same checks that the next command will make.
    result = read_document(json.loads(text), Path(arguments.out), name_of(arguments.file))
    write(Path(arguments.out), text)
    print(f"{ascii_line(arguments.out)}: {len(result.runs)} runs of "
          f"{len(document['benchmarks'])} configurations, imported from {arguments.source}")
    return EXIT_OK


def read_source(path: str, given: Given) -> SourceFile:
    """The foreign file. Raises ReportError (exit 2)."""
    text = read_text(path)
    modified = None
    if path != standard_input:
        try:
            modified = datetime.fromtimestamp(int(os.stat(path).st_mtime), timezone.utc)
        except (OSError, OverflowError, ValueError):
            modified = None  # gone meanwhile, or no time that a calendar has: --date has to say it
    return SourceFile(name_of(path), Path(path).name, text, modified, given)


def parse_date(text: str | None) -> datetime | None:
    """A day or a time of ISO 8601; without a zone it is UTC. Raises ReportError (exit 2)."""
    if text is None:
        return None
    day_or_local = text if "T" in text else f"{text}T00:00"
    time = parse_time(text) or parse_time(f"{day_or_local}+00:00")
    if time is None:
        raise ReportError(
            EXIT_INPUT, f"--date {text[:60]} is no date; give e.g. 2024-05-31T12:00:00+02:00"
        )
    return time


def write(path: Path, text: str) -> None:
    """Raises ReportError (exit 2) when it cannot be written. The same text gives the same bytes."""
    data: Any = text.encode("ascii")
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {path}: {error.strerror}; name another place with -o"
        ) from None
