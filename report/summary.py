"""summary.py: from runs to numbers. A run gives one value; a configuration gives median and range.

Nothing here infers: no interval and no test, only what was seen and how often.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Callable, Iterable

from report.result import Benchmark, Failure, Result, Run

# The parameters that have an axis of their own; a workload that varies in another one is split.
axis_params = ("workload", "design", "placement", "threads")


@dataclass(frozen=True)
class RunSummary:
    """What one successful run says: medians over its measured trials. None is not measured."""

    run: Run
    throughput: float  # operations per second
    cpu_throughput: float | None  # operations per CPU-second of all threads together
    fallback: float | None  # share of faults that the VMA lock refused, 0..1
    secondary: dict[str, float]  # operations per second of the threads in another role, by role


@dataclass(frozen=True)
class Spread:
    """Median and range of one value over the runs of a configuration."""

    median: float
    low: float
    high: float
    n: int

    @property
    def half_range_percent(self) -> float | None:
        """Half of (high - low) in percent of the median; None where the median is 0."""
        return 50 * (self.high - self.low) / self.median if self.median else None


@dataclass(frozen=True)
class Cell:
    """One configuration of one subject: the spread of each value, and the runs that failed."""

    benchmark: Benchmark
    throughput: Spread | None  # None when no run succeeded
    cpu_throughput: Spread | None
    fallback: Spread | None
    secondary: dict[str, Spread]
    failures: list[Failure]

    @property
    def n(self) -> int:
        return self.throughput.n if self.throughput else 0


@dataclass(frozen=True, order=True)
class Series:
    """What a column of a table and a line of a plot stand for."""

    design: str
    placement: str
    subject: str  # id of the subject


@dataclass
class Panel:
    """One workload: a block of the table, a panel of the plot."""

    title: str
    unit: str
    series: list[Series] = field(default_factory=list)
    cells: dict[tuple[Series, int], Cell] = field(default_factory=dict)  # (series, count)

    @property
    def counts(self) -> list[int]:
        """The counts of threads, or of simulated CPUs, ascending."""
        return sorted({count for _, count in self.cells})

    def oversubscribed(self, count: int) -> bool:
        """Whether these are more threads than CPUs."""
        return any(
            cell.benchmark.oversubscribed for (_, c), cell in self.cells.items() if c == count
        )


def run_summary(run: Run) -> RunSummary:
    """The summary of one successful run."""
    trials = run.measured
    cpu_rates = [t.ops / t.cpu_s for t in trials if t.cpu_s]
    success, abort = (
        sum_counter(run, name) for name in ("vma_lock_success", "vma_lock_abort")
    )
    tries = None if success is None or abort is None else success + abort
    return RunSummary(
        run=run,
        throughput=statistics.median(t.ops / t.s for t in trials),
        # One trial without CPU time makes the run's value unknown: a median of the rest would
        # not be of the same trials as the throughput.
        cpu_throughput=statistics.median(cpu_rates) if len(cpu_rates) == len(trials) else None,
        fallback=abort / tries if tries and abort is not None else None,
        secondary={
            role: statistics.median(t.secondary.get(role, 0) / t.s for t in trials)
            for role in dict.fromkeys(role for t in trials for role in t.secondary)
        },
    )


def run_summaries(result: Result) -> list[RunSummary]:
    """A summary of each run that did not fail, in the file's order."""
    return [run_summary(run) for run in result.good_runs]


def panels(result: Result) -> list[Panel]:
    """The workloads of `result` in the file's order; series in order of first appearance.

    A configuration without any run yet (an unfinished session) has no cell.
    """
    splitting = splitting_params(result.benchmarks)
    summaries: dict[tuple[int, str], list[RunSummary]] = {}
    for summary in run_summaries(result):
        key = (summary.run.benchmark.index, summary.run.subject.id)
        summaries.setdefault(key, []).append(summary)
    failures: dict[tuple[int, str], list[Failure]] = {}
    for run in result.failed_runs:
        if run.failure is not None:
            failures.setdefault((run.benchmark.index, run.subject.id), []).append(run.failure)
    found: dict[str, Panel] = {}
    for subject in result.subjects:
        for benchmark in result.benchmarks:
            key = (benchmark.index, subject.id)
            if key not in summaries and key not in failures:
                continue
            title = panel_title(benchmark, splitting)
            panel = found.setdefault(title, Panel(title, benchmark.unit))
            series = Series(benchmark.design, benchmark.placement, subject.id)
            if series not in panel.series:
                panel.series.append(series)
            panel.cells[series, benchmark.count] = make_cell(
                benchmark, summaries.get(key, []), failures.get(key, [])
            )
    return list(found.values())


def all_series(blocks: Iterable[Panel]) -> list[Series]:
    """Every series of the panels once, in order of first appearance."""
    return list(dict.fromkeys(series for panel in blocks for series in panel.series))


def make_cell(
    benchmark: Benchmark, summaries: list[RunSummary], failures: list[Failure]
) -> Cell:
    roles = dict.fromkeys(role for s in summaries for role in s.secondary)
    by_role = {role: spread(summaries, lambda s, r=role: s.secondary.get(r)) for role in roles}
    return Cell(
        benchmark=benchmark,
        throughput=spread(summaries, lambda s: s.throughput),
        cpu_throughput=spread(summaries, lambda s: s.cpu_throughput),
        fallback=spread(summaries, lambda s: s.fallback),
        secondary={role: found for role, found in by_role.items() if found},
        failures=failures,
    )


def spread(
    summaries: list[RunSummary], value_of: Callable[[RunSummary], float | None]
) -> Spread | None:
    """Median and range of one value over the runs that have it; None when no run has."""
    values = [value for s in summaries if (value := value_of(s)) is not None]
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def sum_counter(run: Run, name: str) -> int | None:
    """Sum of a counter over the measured trials; None when any of them does not have it."""
    values = [trial.counters.get(name) for trial in run.measured]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def splitting_params(benchmarks: list[Benchmark]) -> dict[str, list[str]]:
    """For each workload the further parameters in which two otherwise equal configurations differ.

    A parameter that merely follows design or threads does not split a workload into panels.
    """
    alike: dict[tuple[str, ...], list[Benchmark]] = {}
    for benchmark in benchmarks:
        alike.setdefault(tuple(str(benchmark.params[k]) for k in axis_params), []).append(benchmark)
    splitting: dict[str, list[str]] = {}
    for group in alike.values():
        names = dict.fromkeys(k for b in group for k in b.params if k not in axis_params)
        for name in names:
            known = splitting.setdefault(group[0].workload, [])
            if len({str(b.params.get(name)) for b in group}) > 1 and name not in known:
                known.append(name)
    return splitting


def panel_title(benchmark: Benchmark, splitting: dict[str, list[str]]) -> str:
    """The workload, with the parameters that tell its panels apart: "pf_shared pages=64"."""
    names = splitting.get(benchmark.workload, [])
    return " ".join([benchmark.workload] + [f"{n}={benchmark.params.get(n)}" for n in names])
