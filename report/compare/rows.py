"""rows.py: one row for each configuration that base and contenders share, under each metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from report.compare.judge import adjust, judge, refused
from report.compare.model import Outcome, Row, Sample
from report.compare.samples import Samples, count_params, distinguishing, label_of
from report.errors import EXIT_INPUT, EXIT_NOTHING, ReportError
from report.metrics import Metric, metrics
from report.near import near_names
from report.result import Benchmark

default_metrics = ("throughput",)


@dataclass(frozen=True)
class Selection:
    """What a user asks to see: empty means everything. Values are checked by `check_selection`.

    threshold: the smallest change that matters, relative (0.05 is 5 %; of fairness: 0.05 of the
    index); None: that of each metric, wider where threads share CPUs.
    """

    workloads: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()  # threads, or simulated CPUs
    metrics: tuple[str, ...] = default_metrics
    threshold: float | None = None

    def takes(self, benchmark: Benchmark) -> bool:
        return (
            (not self.workloads or benchmark.workload in self.workloads)
            and (not self.designs or benchmark.design in self.designs)
            and (not self.placements or benchmark.placement in self.placements)
            and (not self.counts or benchmark.count in self.counts)
        )


def check_selection(selection: Selection, benchmarks: Sequence[Benchmark]) -> None:
    """Raises ReportError (exit 2) for a name that no configuration has, with near ones."""
    known = {
        "metric": (selection.metrics, list(metrics)),
        "workload": (selection.workloads, [b.workload for b in benchmarks]),
        "design": (selection.designs, [b.design for b in benchmarks]),
        "placement": (selection.placements, [b.placement for b in benchmarks]),
        "number of threads or CPUs": (
            tuple(map(str, selection.counts)), [str(b.count) for b in benchmarks]
        ),
    }
    for kind, (asked, there) in known.items():
        for name in asked:
            if name not in there:
                near = near_names(name, list(dict.fromkeys(there)))
                raise ReportError(EXIT_INPUT, f"no {kind} is named '{name}'; {near}")


def make_rows(
    base: Samples, contenders: Sequence[Samples], selection: Selection, paired: bool,
    check_versions: bool = True,
) -> tuple[Row, ...]:
    """The rows in the order of the metrics, then of the base's file.

    check_versions: refuse a row whose benchmark means something else in the other file. A
    configuration that only some contenders have stands with a refusal for the others; one that no
    contender has is left out, and so is a metric that no run gives. Raises ReportError (exit 5)
    where that leaves nothing of what is in common.
    """
    matches = [
        (benchmark, [other.benchmarks.get(key) for other in contenders])
        for key, mine in base.benchmarks.items()
        for benchmark in mine[:1]
        if selection.takes(benchmark)
    ]
    matches = [(benchmark, found) for benchmark, found in matches if any(found)]
    names = distinguishing([benchmark for benchmark, _ in matches], base.leave_out)
    rows = []
    for name in selection.metrics:
        metric = metrics[name]
        found_rows: list[Row] = []
        for benchmark, found in matches:
            mine = base.sample(benchmark, metric)
            threshold = selection.threshold or metric.threshold_of(benchmark)
            outcomes = [
                outcome_of(benchmark, mine, other, one[0] if one else None, metric, threshold,
                           paired, check_versions)
                for other, one in zip(contenders, found)
            ]
            if any(sample.n or sample.failures
                   for sample in (mine, *(outcome.sample for outcome in outcomes))):
                found_rows.append(make_row(benchmark, metric, names, mine, outcomes, threshold))
        if name in default_metrics or any(map(has_value, found_rows)):
            rows += found_rows
    if matches and not rows:
        raise ReportError(
            EXIT_NOTHING,
            f"no run gives {' or '.join(selection.metrics)}; ask for another --metric: "
            f"{', '.join(default_metrics)} is in every file",
        )
    return adjust(rows)


def has_value(row: Row) -> bool:
    """Whether base or a contender has a value: a bench may not give the metric at all."""
    return any(sample.n for sample in (row.base, *(one.sample for one in row.outcomes)))


def outcome_of(
    benchmark: Benchmark, mine: Sample, other: Samples, theirs: Benchmark | None, metric: Metric,
    threshold: float, paired: bool, check_versions: bool,
) -> Outcome:
    """What became of the base's configuration in one contender."""
    if theirs is None:
        return refused(Sample((), (), 0), "not in this one")
    sample = other.sample(theirs, metric)
    if check_versions and theirs.version != benchmark.version:
        return refused(sample, "the benchmark's version differs: its figures changed meaning")
    return judge(mine, sample, metric, threshold, paired)


def make_row(
    benchmark: Benchmark, metric: Metric, names: list[str], mine: Sample,
    outcomes: list[Outcome], threshold: float,
) -> Row:
    without_count = [name for name in names if name not in count_params]
    return Row(
        label=label_of(benchmark, names),
        panel=label_of(benchmark, [n for n in without_count if n not in ("design", "placement")]),
        series=label_of(benchmark, without_count),
        count=benchmark.count,
        benchmark=benchmark,
        metric=metric,
        unit=metric.unit_of(benchmark),
        threshold=threshold,
        base=mine,
        outcomes=tuple(outcomes),
        parts=tuple(
            (name, str(benchmark.params.get(name))) for name in without_count if name != "workload"
        ),
    )
