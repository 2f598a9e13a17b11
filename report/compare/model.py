"""model.py: a comparison as plain objects: what layouts print, plots draw and the gate judges."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from report.metrics import Metric
from report.result import Benchmark, Result

if TYPE_CHECKING:
    from report.stats import Effect, Verdict


@dataclass(frozen=True)
class Source:
    """One column of a comparison: a build, a design, a placement, or a bench.

    label: what stands over the column, unique in the comparison. detail: the same in a few words
    more, e.g. commit and compiler. result: the file that its runs are in.
    """

    label: str
    detail: str
    result: Result


@dataclass(frozen=True)
class Sample:
    """One configuration of one source: a value a run, in the order of `pairs`.

    pairs: what two values must share to be a pair: the round of a session, a simulation's seed.
    failures: runs that gave no value because they failed. repeats: nothing in them is chance.
    """

    values: tuple[float, ...]
    pairs: tuple[int, ...]
    failures: int
    repeats: bool = False

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def median(self) -> float | None:
        """None when there is no value."""
        return statistics.median(self.values) if self.values else None

    @property
    def sd_percent(self) -> float | None:
        """Standard deviation in percent of the mean; None below two values or for a mean of 0."""
        mean = statistics.fmean(self.values) if self.n > 1 else 0.0
        return 100 * statistics.stdev(self.values) / abs(mean) if mean else None


@dataclass(frozen=True)
class Outcome:
    """One contender against the base in one row.

    refusal: why there is no verdict, one line ("no run in NEW", "benchmark version differs"); then
    effect and verdict are None. q: p adjusted for all outcomes of the comparison (Benjamini and
    Hochberg). rounds_needed: further rounds until an INCONCLUSIVE one should resolve; None: cannot
    be said, or need not. flags: what to look at before believing it: "multimodal base",
    "trend new", "runs failed".
    """

    sample: Sample
    effect: Effect | None
    verdict: Verdict | None
    q: float | None
    rounds_needed: int | None
    flags: tuple[str, ...]
    refusal: str | None


@dataclass(frozen=True)
class Row:
    """One configuration under one metric: the base and, in the order of the sources, the others.

    label: the parameters that tell it from the other rows: "pf_shared/threads=2". panel: its
    workload with the parameters that split it, as in a report's panels. series: what a curve over
    `count` (threads or simulated CPUs) is one of: the label without the count. parts: the label's
    parameters without workload and count, e.g. (("design", "rwsem"),).
    """

    label: str
    panel: str
    series: str
    count: int
    benchmark: Benchmark
    metric: Metric
    unit: str  # with the configuration's own operation: fault/s
    threshold: float
    base: Sample
    outcomes: tuple[Outcome, ...]
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A base, its contenders and what was found.

    by: what tells the sources apart: "file", "design", "placement" or "bench". paired: whether all
    effects are within rounds of one session, or within seeds of one simulated machine. warnings:
    one line each, for stderr and the head of a table.
    """

    base: Source
    contenders: tuple[Source, ...]
    by: str
    paired: bool
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.base, *self.contenders)

    @property
    def counted(self) -> bool:
        """Whether nothing in the figures is chance: instructions of boots with one seed."""
        return all(source.result.plan.repeats for source in self.sources)

    @property
    def outcomes(self) -> list[tuple[Row, Outcome]]:
        """Every outcome with its row, in the order of a table."""
        return [(row, outcome) for row in self.rows for outcome in row.outcomes]

    def count_verdicts(self) -> dict[str, int]:
        """How many outcomes have which verdict; "refused" those without one."""
        found: dict[str, int] = {}
        for _, outcome in self.outcomes:
            name = outcome.verdict.value if outcome.verdict else "refused"
            found[name] = found.get(name, 0) + 1
        return found
