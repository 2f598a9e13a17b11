"""metrics.py: the one list of what is compared: unit, direction, and the change that matters.

A new metric is one line here. The thresholds are those of research on benchmark noise: a change
below them is not worth a mail, whatever its significance.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Callable

from report.histogram import merged
from report.result import Benchmark, Run
from report.summary import run_summary

oversubscribed_threshold = 0.10  # more threads than CPUs measure the scheduler as well
counted_threshold = 0.002  # instructions repeat within 0.05 %, docs/kernel.md


@dataclass(frozen=True)
class Metric:
    """What one number of a run means.

    unit: `op` in it stands for the configuration's own unit, e.g. fault. threshold: the smallest
    change that matters, relative (0.02 is 2 %) or, where `relative` is false, in the metric's unit.
    value_of: the number of one good run; None where the bench does not give it.
    """

    name: str
    title: str
    unit: str
    better: str  # higher | lower
    threshold: float
    relative: bool
    value_of: Callable[[Run], float | None]

    def unit_of(self, benchmark: Benchmark) -> str:
        """The unit with the configuration's own operation: fault/s for op/s."""
        return self.unit.replace("op", benchmark.unit)

    def threshold_of(self, benchmark: Benchmark) -> float:
        """The threshold of one configuration: wider where threads share CPUs, narrow where
        instructions are counted."""
        if self.relative and benchmark.counts_instructions:
            return counted_threshold
        if self.relative and benchmark.oversubscribed:
            return max(self.threshold, oversubscribed_threshold)
        return self.threshold


def jain_of(run: Run) -> float | None:
    """Jain's index between the threads of the primary role: 1 is fair, 1/n one thread did all."""
    if run.sim is not None:
        return run.sim.jain
    found = []
    for trial in run.measured:
        roles = zip(trial.thread_ops, run.benchmark.roles)
        mine = [ops for ops, role in roles if role not in trial.secondary]
        squares = sum(ops * ops for ops in mine)
        if len(mine) > 1 and squares:
            found.append(sum(mine) ** 2 / (len(mine) * squares))
    return statistics.median(found) if found else None


def wait_of(name: str) -> Callable[[Run], float | None]:
    """A quantile of the waiting time, of the benches that keep it. A wait of 0 ns is as good as 1:
    ratios need it above 0."""

    def read(run: Run) -> float | None:
        return None if run.sim is None else max(float(getattr(run.sim, name)), 1.0)

    return read


def latency_of(share: float) -> Callable[[Run], float | None]:
    """A quantile of the time of one operation, over the measured trials of a run."""

    def read(run: Run) -> float | None:
        together = merged(t.latency for t in run.measured if t.latency is not None)
        if together is None or together.n * (1 - share) < 1:  # too few for so far a tail
            return None
        return max(float(together.quantile(share) or 0), 1.0)

    return read


metrics: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("throughput", "throughput", "op/s", "higher", 0.02, True,
               lambda run: run_summary(run).throughput or None),
        Metric("cpu_throughput", "throughput per CPU-second", "op/CPU-s", "higher", 0.02, True,
               lambda run: run_summary(run).cpu_throughput or None),
        Metric("latency_p50", "latency, median", "ns", "lower", 0.05, True, latency_of(0.5)),
        Metric("latency_p99", "latency, 99th percentile", "ns", "lower", 0.05, True,
               latency_of(0.99)),
        Metric("latency_p999", "latency, 99.9th percentile", "ns", "lower", 0.10, True,
               latency_of(0.999)),
        Metric("wait_p50", "waiting time, median", "ns", "lower", 0.05, True,
               wait_of("wait_p50_ns")),
        Metric("wait_p99", "waiting time, 99th percentile", "ns", "lower", 0.05, True,
               wait_of("wait_p99_ns")),
        Metric("wait_p999", "waiting time, 99.9th percentile", "ns", "lower", 0.10, True,
               wait_of("wait_p999_ns")),
        Metric("jain", "fairness (Jain's index)", "1", "higher", 0.05, False, jain_of),
    )
}
