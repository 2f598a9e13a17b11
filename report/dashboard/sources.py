"""sources.py: the files of a dashboard: their labels, their looks, what the captions say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Sequence

from report import describe
from report.proof import ProofResult
from report.result import Benchmark, Result, SimResult
from report.summary import Panel, Series, all_series, panels


@dataclass(frozen=True)
class Source:
    """One file. label: what it is called in the dashboard, different for every file."""

    label: str
    result: Result | ProofResult

    @property
    def bench(self) -> str:
        return self.result.session.bench

    @property
    def simulated(self) -> bool:
        return isinstance(self.result, SimResult)

    @property
    def counted(self) -> str:
        """What the x axis counts."""
        return "CPUs" if self.simulated else "threads"

    @property
    def machine(self) -> str:
        """The machine that the figures are of, in a few words."""
        if isinstance(self.result, SimResult):
            return self.result.simulated.name
        return self.result.machine.model or self.result.machine.arch

    @cached_property
    def panels(self) -> list[Panel]:
        return panels(self.result) if isinstance(self.result, Result) else []

    @property
    def labels(self) -> dict[str, str | int]:
        return {"file": self.label, "bench": self.bench, "machine": self.machine}


def sources(results: Sequence[Result | ProofResult]) -> list[Source]:
    """The files with labels: their names, made different by a number where they are alike."""
    names = [
        one.path.name.removesuffix(".gz").removesuffix(".json") or "file" for one in results
    ]
    return [
        Source(name if names.count(name) == 1 else f"{name}#{names[: i + 1].count(name)}", one)
        for i, (name, one) in enumerate(zip(names, results))
    ]


def measured(every: Sequence[Source]) -> list[tuple[Source, Result]]:
    """The files that give throughput, with their results."""
    return [(one, one.result) for one in every if isinstance(one.result, Result)]


def proofs(every: Sequence[Source]) -> list[tuple[Source, ProofResult]]:
    """The files of the model checker."""
    return [(one, one.result) for one in every if isinstance(one.result, ProofResult)]


def caption(source: Source, result: Result, n: str) -> str:
    """Machine, kernel, method and n in a line; n: "12", or "8..12"."""
    if isinstance(result, SimResult):
        machine = result.simulated
        kind = "SIMULATED, no clock was read"
        where = f"{machine.name}: {machine.summary}"
        unit = "seeds"
    else:
        kind = describe.bench(result)
        where = f"{describe.machine(result)}, {describe.kernel(result)}"
        unit = "processes"
    return f"{source.label}: {kind}; {where}; n = {n} {unit}, their median and range"


def series_name(series: Series, several_subjects: bool) -> str:
    """'refcount, embedded'."""
    names = [series.design] + ([] if series.placement == "none" else [series.placement])
    return ", ".join(names + ([series.subject] if several_subjects else []))


def benchmark_labels(source: Source, benchmark: Benchmark) -> dict[str, str | int]:
    """What a filter can ask of one configuration."""
    return {**source.labels, **label_values(benchmark)}


def label_values(benchmark: Benchmark) -> dict[str, str | int]:
    """The part of it that is not of the file."""
    found: dict[str, str | int] = {
        "workload": benchmark.workload, "design": benchmark.design,
        "placement": benchmark.placement, "threads": benchmark.threads,
    }
    if benchmark.cpus is not None:
        found["cpus"] = benchmark.cpus
    return found


class Looks:
    """How a series looks, the same on every page: colour and symbol by design, dashes by place.

    A look is (colour, symbol, dashes, hollow): numbers into lists of the scripts and the style
    sheet.
    """

    def __init__(self, every: Sequence[Source]) -> None:
        self.designs: list[str] = []
        self.places: dict[str, list[tuple[str, str]]] = {}
        for source in every:
            for series in all_series(source.panels):
                self.design(series.design)
                known = self.places.setdefault(series.design, [])
                if (series.placement, series.subject) not in known:
                    known.append((series.placement, series.subject))

    def design(self, name: str) -> int:
        """The number of a design, the same wherever it occurs."""
        if name not in self.designs:
            self.designs.append(name)
        return self.designs.index(name)

    def of(self, series: Series) -> tuple[int, int, int, bool]:
        number = self.design(series.design)
        place = self.places[series.design].index((series.placement, series.subject))
        return (number % 7, number % 8, (number + place) % 5, place > 0)
