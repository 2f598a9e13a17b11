"""benchfmt.py: a result in the Go benchmark format, one line a run, so that benchstat can pivot.

The format is that of https://go.dev/design/14313-benchmark-format: lines `key: value` hold for all
that follow, `Unit` lines say what is better, a result is a name, a count of iterations and pairs of
value and unit. benchstat makes a table of its own for each set of `key: value` lines, so only what
makes figures incomparable is one: with the date among them no two sessions would share a table.
Other lines are passed over by its readers; here they begin with #.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from report.exports.facts import facts, failed, longest
from report.exports.names import name_of, ordered_runs, safe_text
from report.metrics import Metric, metrics
from report.result import Benchmark, Result, Run, SimResult


def benchfmt(result: Result) -> str:
    """The whole output, ASCII."""
    lines = [f"# {name}: {words}" for name, words in facts(result)]
    lines += [f"# failed: {words}" for words in failed(result)]
    lines += [f"{key}: {words[:longest]}" for key, words in configuration(result)]
    lines += ["", *unit_lines(result)]
    lines += [result_line(run, result) for run in ordered_runs(result) if run.failure is None]
    return "".join(line.rstrip() + "\n" for line in lines)


def configuration(result: Result) -> list[tuple[str, str]]:
    """What splits benchstat's tables: the bench, and the machine that the figures are of."""
    bench = [("bench", safe_text(result.session.bench))]
    if isinstance(result, SimResult):
        return [*bench, ("machine", safe_text(f"simulated {result.simulated.name}"))]
    return [
        *bench, ("goarch", safe_text(result.machine.arch)),
        ("cpu", safe_text(result.machine.model or "unknown")), ("machine", result.machine.id),
    ]


def unit_lines(result: Result) -> list[str]:
    """Which way is better, for each unit that occurs."""
    better = {
        unit: metric.better for run in result.good_runs for metric, _, unit in values_of(run)
    }
    return [f"Unit {unit} better={way}" for unit, way in better.items()]


def result_line(run: Run, result: Result) -> str:
    """`BenchmarkPf_shared/design=rwsem/placement=separate/threads=2 561234 5.6e+06 fault/s ...`."""
    parts = [benchmark_name(name_of(run, result)), str(sum(trial.ops for trial in run.measured))]
    for _, value, unit in values_of(run):
        parts += [f"{value:.9g}", unit]
    return " ".join(parts)


def values_of(run: Run) -> list[tuple[Metric, float, str]]:
    """What the run gave: metric, value, unit. Seconds, as benchstat turns every ns into them."""
    found = []
    for metric in metrics.values():
        value = metric.value_of(run)
        if value is not None:
            scaled = value * 1e-9 if metric.unit == "ns" else value
            found.append((metric, scaled, unit_of(metric, run.benchmark)))
    return found


def unit_of(metric: Metric, benchmark: Benchmark) -> str:
    """fault/s, fault/CPU-s; of what is no rate the metric's name: wait_p99-sec, jain. No blanks."""
    if "op" in metric.unit:
        return quote(metric.unit_of(benchmark), safe="/-_.", errors="backslashreplace")
    return f"{metric.name}-sec" if metric.unit == "ns" else metric.name


def benchmark_name(name: str) -> str:
    """A harmless name in Go's form: the first part begins with a capital, threads come last.

    A name that ends in -8 would be read as one of 8 CPUs (GOMAXPROCS), so such a minus is encoded.
    """
    first, *keys = name.split("/")
    keys.sort(key=lambda part: part.startswith("threads="))  # stable: the others keep their order
    head = first[:1].upper() + first[1:]
    full = "/".join([f"Benchmark{head if head[:1].isupper() else '_' + head}", *keys])
    return re.sub(r"-(\d+)$", r"%2D\1", full)
