"""formats.py: the one list of formats that `faultline export` writes; a new one is one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from report.gbench import gbench_json
from report.result import Result
from report.table import throughput_table


@dataclass(frozen=True)
class Format:
    summary: str  # one line for `faultline list formats`
    write: Callable[[Result], str]  # the whole output, ending with a newline


formats: dict[str, Format] = {
    "gbench": Format("Google Benchmark JSON, for its tools/compare.py", gbench_json),
    "text": Format("the plain-text table of faultline report, 72 columns, ASCII", throughput_table),
}
