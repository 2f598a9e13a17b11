"""comparisons.py: which comparisons the files allow, and the words of their outcomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from report.dashboard.numbers import change
from report.dashboard.sources import Source, measured
from report.errors import ReportError, ascii_line
from report.result import Result

if TYPE_CHECKING:
    from report.compare import Comparison, Outcome, Row
    from report.compare.rows import Selection
    from report.stats import Effect

kinds = {"BETTER": "better", "WORSE": "worse", "SAME": "same", "INCONCLUSIVE": "unsure"}


@dataclass(frozen=True)
class Compared:
    """One comparison. title: what against what. source: the file of the base."""

    title: str
    source: Source
    comparison: Comparison


def compare(every: Sequence[Source]) -> tuple[list[Compared], list[str]]:
    """What each file has several of (designs, placements, builds) against the first one,
    and the files against the first file.

    Returns the comparisons and, in a line each, why there is not another one.
    """
    try:
        from report.compare import compare_files, compare_within  # scipy takes half a second
    except ImportError as error:
        return [], [f"nothing is compared ({error}); install python3-numpy and python3-scipy"]
    found, refused = [], []
    files = measured(every)
    for source, result in files:
        try:
            one = compare_within(result, selection=selection(result))
        except ReportError as error:
            refused.append(without_paths(f"{source.label}: {error}", files))
            continue
        title = f"{one.by}s against {one.base.label}, {source.label}"
        found.append(Compared(title, source, one))
    if len(files) > 1:
        source, base = files[0]
        for other, result in files[1:]:
            try:
                one = compare_files(base, [result], selection(base))
            except ReportError as error:
                words = f"{other.label} against {source.label}: {error}"
                refused.append(without_paths(words, files))
                continue
            found.append(Compared(f"{other.label} against {source.label}", source, one))
    return found, refused


def without_paths(words: str, files: Sequence[tuple[Source, Result]]) -> str:
    """Labels instead of paths: a dashboard is shown to others, folders of this host are not."""
    for source, result in files:
        words = words.replace(ascii_line(str(result.path)), source.label)
    return words


def threshold_of(row: Row) -> float:
    """The threshold of a row on the axis of `position`."""
    return math.log1p(row.threshold) if row.metric.relative else row.threshold


def selection(result: Result) -> Selection:
    """The metrics that this file has: throughput, and what of the others it gives."""
    from report.compare.rows import Selection
    from report.metrics import metrics

    runs = result.good_runs[:50]
    asked = ("throughput", "latency_p99", "wait_p99", "jain")
    return Selection(metrics=tuple(
        name for name in asked
        if name == "throughput" or any(metrics[name].value_of(run) is not None for run in runs)
    ))


def position(effect: Effect, value: float) -> float | None:
    """Where a ratio (its logarithm) or a difference stands on an axis; None: nowhere."""
    if not effect.relative:
        return value if math.isfinite(value) else None
    if not 0 < value < math.inf:
        return None
    return math.log(value)


def effect_words(effect: Effect) -> str:
    """'+5.0%' or, of a difference, '+0.031'."""
    return change(effect.ratio) if effect.relative else f"{effect.ratio:+.3f}"


def interval_words(effect: Effect) -> str:
    """'-1.2% to +3.4%'."""
    if effect.relative:
        return f"{bound(effect.low)} to {bound(effect.high)}"
    return f"{effect.low:+.3f} to {effect.high:+.3f}"


def bound(ratio: float) -> str:
    """An end of an interval; what no number of runs so small can bound is 'unknown'."""
    return "unknown" if ratio in (0, math.inf) else change(ratio)


def labels_of(
    compared: Compared, row: Row, outcome: Outcome, contender: str
) -> dict[str, str | int]:
    """What a filter can ask of one outcome."""
    benchmark = row.benchmark
    found: dict[str, str | int] = {
        **compared.source.labels, "workload": benchmark.workload, "design": benchmark.design,
        "threads": benchmark.threads, "metric": row.metric.name,
        "verdict": outcome.verdict.value if outcome.verdict else "refused",
    }
    if benchmark.cpus is not None:
        found["cpus"] = benchmark.cpus
    if compared.comparison.by == "design":
        found["design"] = contender.split("/")[0]
        found["base"] = compared.comparison.base.label
    else:
        found["file"] = contender
        found["placement"] = benchmark.placement
    return found


def verdict_words(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return outcome.refusal
    return outcome.verdict.value if outcome.verdict else "-"


def method(comparison: Comparison, relative: bool = True) -> str:
    """How the effects were found, in a sentence."""
    what = "ratio" if relative else "difference"
    if comparison.counted:
        return (
            f"Counted, nothing is chance: {what} of the medians; the interval is from the runs "
            "that are farthest apart."
        )
    if comparison.paired:
        return (
            "Paired within rounds (of a simulation: within seeds): Hodges-Lehmann estimate of the "
            f"{what}, exact 95 % signed-rank interval."
        )
    return (
        f"Not interleaved: drift is not excluded. Hodges-Lehmann estimate of the {what}, exact "
        "95 % Mann-Whitney interval."
    )
