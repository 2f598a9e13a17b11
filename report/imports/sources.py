"""sources.py: the one list of formats that `faultline import` reads; a new one is one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from report.errors import EXIT_INPUT, ReportError
from report.imports.document import make_document
from report.imports.gbench import read_gbench
from report.imports.lockhammer import read_lockhammer
from report.imports.source import Origin, Row, SourceFile
from report.imports.will_it_scale import read_will_it_scale


@dataclass(frozen=True)
class Source:
    """read: the file as rows; takes: the options that say what such a file does not."""

    summary: str
    read: Callable[[SourceFile], tuple[Origin, list[Row]]]
    takes: tuple[str, ...]


sources: dict[str, Source] = {
    "gbench": Source("Google Benchmark JSON", read_gbench, ("design", "machine", "date", "label")),
    "will-it-scale": Source("CSV of will-it-scale's runtest.py", read_will_it_scale,
                            ("workload", "design", "machine", "date", "label")),
    "lockhammer": Source("JSON of Arm's lockhammer", read_lockhammer, ("date", "label")),
}


def import_document(name: str, file: SourceFile) -> dict[str, Any]:
    """The foreign `file` of the format `name` as a document of faultline.result.

    Raises ReportError: exit 2 for what cannot be read, or an option that such files answer
    themselves; 4 for what cannot be compared; 5 when there is no run.
    """
    for option, value in vars(file.given).items():
        if value is not None and option not in sources[name].takes:
            raise ReportError(
                EXIT_INPUT, f"--{option} says what a file of {name} says itself; leave it out"
            )
    origin, rows = sources[name].read(file)
    return make_document(file, origin, rows)
