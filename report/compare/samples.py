"""samples.py: a result's runs by configuration and metric: what is compared with what."""

from __future__ import annotations

import json
from typing import Iterable

from report.compare.model import Sample
from report.errors import EXIT_INPUT, ReportError
from report.metrics import Metric
from report.result import Benchmark, Result, Run, SimResult

count_params = ("threads", "cpus")  # the axis of a curve

# What a rate or a time can be, in its unit: beyond, a ratio or its square leaves the range of a
# double, and nothing that was measured lies there.
value_min, value_max = 1e-12, 1e18


class Samples:
    """The runs of one result, found by configuration.

    leave_out: parameters that do not tell configurations apart here, e.g. ("design",) where designs
    are what is compared. subject: only runs of this subject; None: of all, which must be one.
    """

    def __init__(
        self, result: Result, leave_out: Iterable[str] = (), subject: str | None = None
    ) -> None:
        self.result = result
        self.leave_out = frozenset(leave_out)
        self.benchmarks: dict[str, list[Benchmark]] = {}
        for benchmark in result.benchmarks:
            self.benchmarks.setdefault(key_of(benchmark, self.leave_out), []).append(benchmark)
        self.runs: dict[int, list[Run]] = {}
        for run in result.runs:
            if subject is None or run.subject.id == subject:
                self.runs.setdefault(run.benchmark.index, []).append(run)

    def sample(self, benchmark: Benchmark, metric: Metric) -> Sample:
        """The values of one configuration, ordered by round or seed.

        Raises ReportError (exit 2) for a value that no measurement gives.
        """
        first = self.result.sim_plan.first_seed if isinstance(self.result, SimResult) else 0
        found = []
        failures = 0
        for run in self.runs.get(benchmark.index, []):
            value = None if run.failure else metric.value_of(run)
            failures += run.failure is not None
            if value is not None:
                self.check(value, metric, benchmark)
                found.append((run.round + first, value))
        found.sort()
        return Sample(
            tuple(v for _, v in found), tuple(k for k, _ in found), failures,
            self.result.plan.repeats and metric.relative,
        )

    def check(self, value: float, metric: Metric, benchmark: Benchmark) -> None:
        """Raises ReportError (exit 2) unless a measurement can have given the value."""
        low, high = (value_min, value_max) if metric.relative else (0.0, 1.0 + 1e-9)
        if not low <= value <= high:
            raise ReportError(
                EXIT_INPUT,
                f"{self.result.path}: a run of {benchmark.id} has a {metric.name} of {value:g} "
                f"{metric.unit_of(benchmark)}, which nothing measured can be; the file was damaged "
                "or edited, record the session again",
            )


def key_of(benchmark: Benchmark, leave_out: frozenset[str]) -> str:
    """What two configurations have in common when they are compared: all other parameters."""
    params = {name: v for name, v in benchmark.params.items() if name not in leave_out}
    return json.dumps(params, sort_keys=True)


def pairs_of(base: Sample, new: Sample) -> tuple[list[float], list[float]]:
    """The values of both for the rounds or seeds that both have, in the same order."""
    mine = dict(zip(base.pairs, base.values))
    shared = [(mine[pair], value) for pair, value in zip(new.pairs, new.values) if pair in mine]
    return [a for a, _ in shared], [b for _, b in shared]


def distinguishing(benchmarks: list[Benchmark], leave_out: frozenset[str]) -> list[str]:
    """The parameters that a label must name: those that differ, without those that merely follow.

    A parameter that is a function of the ones named before it (the machine's shoot-down cost for a
    number of CPUs) says nothing new.
    """
    order = ("workload", "design", "placement", "threads", "cpus")
    names = list(dict.fromkeys(name for b in benchmarks for name in b.params))
    names.sort(key=lambda name: (order.index(name) if name in order else len(order)))
    chosen: list[str] = []
    groups: dict[tuple[str, ...], int] = {(): 1}
    for name in names:
        if name in leave_out or name == "machine":
            continue
        found = {tuple(str(b.params.get(n)) for n in (*chosen, name)) for b in benchmarks}
        if name == "workload" or len(found) > len(groups):
            chosen.append(name)
            groups = dict.fromkeys(found, 1)
    return chosen


def label_of(benchmark: Benchmark, names: list[str]) -> str:
    """"pf_shared/design=rwsem/threads=2"; the names are those of distinguishing()."""
    parts = [benchmark.workload] + [
        f"{name}={benchmark.params.get(name)}" for name in names if name != "workload"
    ]
    return "/".join(parts)
