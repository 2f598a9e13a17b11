"""custom.py: a result as customSmallerIsBetter of github-action-benchmark.

A list of {name, unit, value, range, extra}, one entry a configuration and metric. That format takes
what is better when smaller, so a rate becomes the time of one operation; fairness, which is neither
a time nor a rate, is left out.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from report.exports.facts import facts
from report.exports.names import grouped_runs, safe_name
from report.metrics import Metric, metrics
from report.result import Benchmark, Result, Run, SimResult

shown = ("source", "session", "subject", "machine", "kernel", "state")  # said of every entry


def custom_json(result: Result) -> str:
    """The document as text, strict JSON, ending with a newline."""
    about = "\n".join(f"{name}: {words}" for name, words in facts(result) if name in shown)
    count = f"seeds of\n{about}" if isinstance(result, SimResult) else f"runs of\n{about}"
    entries = [
        entry(name, runs, metric, count)
        for name, runs in grouped_runs(result).items()
        for metric in metrics.values() if metric.unit != "1"
    ]
    return json.dumps([one for one in entries if one], indent=2, allow_nan=False) + "\n"


def entry(name: str, runs: list[Run], metric: Metric, about: str) -> dict[str, Any] | None:
    """Median over the runs; range: how far the farthest run is from it; None: not measured."""
    values = [value for run in runs if (value := metric.value_of(run)) is not None]
    if not values:
        return None
    if metric.better == "higher":
        values = [1e9 / value for value in values]
    median = statistics.median(values)
    return {
        "name": name if metric.name == "throughput" else f"{name} {metric.name}",
        "unit": time_unit(metric, runs[0].benchmark),
        "value": median,
        "range": f"+-{max(max(values) - median, median - min(values)):.4g}",
        "extra": f"median and range over {len(values)} {about}",
    }


def time_unit(metric: Metric, benchmark: Benchmark) -> str:
    """ns/fault for fault/s, CPU-ns/fault for fault/CPU-s; other metrics are times already."""
    unit = safe_name(benchmark.unit)
    return {"op/s": f"ns/{unit}", "op/CPU-s": f"CPU-ns/{unit}"}.get(metric.unit, metric.unit)
