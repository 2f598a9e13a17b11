"""formats.py: the one list of formats that `faultline export` writes; a new one is one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from report.errors import EXIT_ENVIRONMENT, ReportError
from report.exports.benchfmt import benchfmt
from report.exports.bmf import bmf_json
from report.exports.csv import csv_table
from report.exports.custom import custom_json
from report.exports.gbench import gbench_json
from report.exports.markdown import proof_markdown
from report.exports.text import table
from report.proof import ProofResult
from report.result import Result, SimResult


@dataclass(frozen=True)
class Format:
    """Each writer gives the whole output, ending with a newline; None: not for such files."""

    summary: str  # one line for `faultline list formats`
    write: Callable[[Result], str] | None  # of a bench that measures
    write_proof: Callable[[ProofResult], str] | None  # of the model checker
    write_sim: Callable[[SimResult], str] | None  # of the simulator


formats: dict[str, Format] = {
    "benchfmt": Format("Go benchmark format, a line a run, for benchstat; not of faultline check",
                       benchfmt, None, benchfmt),
    "bmf": Format("Bencher Metric Format, JSON, median and range; not of faultline check",
                  bmf_json, None, bmf_json),
    "csv": Format("CSV (RFC 4180), a row a run; not of faultline check",
                  csv_table, None, csv_table),
    "custom": Format("customSmallerIsBetter of github-action-benchmark; not of faultline check",
                     custom_json, None, custom_json),
    "gbench": Format("Google Benchmark JSON, for its tools/compare.py; not of faultline check",
                     gbench_json, None, gbench_json),
    "markdown": Format("the table of what is proved, for a page; only of faultline check", None,
                       proof_markdown, None),
    "text": Format("the plain-text table of faultline report, 72 columns (check, sim: 100), ASCII",
                   table, table, table),
}


def convert(name: str, result: Result | ProofResult) -> str:
    """`result` in the format `name`. Raises ReportError (exit 4) when there is none of its kind."""
    one = formats[name]
    if isinstance(result, ProofResult):
        if one.write_proof is not None:
            return one.write_proof(result)
        kind, usable = "from the model checker", [n for n, f in formats.items() if f.write_proof]
    elif isinstance(result, SimResult):
        if one.write_sim is not None:
            return one.write_sim(result)
        kind, usable = "from the simulator", [n for n, f in formats.items() if f.write_sim]
    else:
        if one.write is not None:
            return one.write(result)
        kind, usable = "no file of the model checker", [n for n, f in formats.items() if f.write]
    choice = " or ".join(filter(None, [", ".join(usable[:-1]), usable[-1]]))
    raise ReportError(
        EXIT_ENVIRONMENT,
        f"{result.path} is {kind}, format {name} cannot hold it; use --format {choice}",
    )
