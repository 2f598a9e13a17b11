"""bmf.py: a result in the Bencher Metric Format: {benchmark: {measure: {value, lower, upper}}}.

A measure is known to Bencher by its slug; `throughput` is one of its own (operations a second), the
others are made there with the units that docs/results.md lists.
"""

from __future__ import annotations

import json
import statistics

from report.exports.names import grouped_runs
from report.metrics import metrics
from report.result import Result, Run


def bmf_json(result: Result) -> str:
    """The document as text, strict JSON, ending with a newline."""
    document = {name: measures(runs) for name, runs in grouped_runs(result).items()}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def measures(runs: list[Run]) -> dict[str, dict[str, float]]:
    """Median over the runs of one configuration, and the lowest and highest run."""
    found = {}
    for metric in metrics.values():
        values = [value for run in runs if (value := metric.value_of(run)) is not None]
        if values:
            found[metric.name.replace("_", "-")] = {
                "value": statistics.median(values),
                "lower_value": min(values), "upper_value": max(values),
            }
    return found
