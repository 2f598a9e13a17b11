"""sim_summary.py: from simulated runs to numbers: medians over seeds, and the run to look into."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Callable

from report.result import Run, SimResult
from report.simulated import Figures, transfer_classes
from report.summary import Panel, Series, panel_title, splitting_params, sum_counter

events = ("abort", "retry", "miss")  # the ways a fault leaves the VMA lock, as in /proc/vmstat


@dataclass(frozen=True)
class SimCell:
    """One configuration: medians over its seeds. None: there is nothing of it."""

    wait_p50_ns: float
    wait_p99_ns: float
    wait_p999_ns: float
    wait_max_ns: float
    jain: float | None
    min_max: float | None
    fallback: float | None  # (abort + retry + miss) / faults, 0..1
    shares: dict[str, float | None]  # each of `events` / faults, 0..1
    parks: float | None  # sleeps for each operation
    wakes: float | None  # wake-ups for each operation
    transfers: dict[str, float]  # by class, for each operation
    middle: Run  # the run whose throughput is the median one; of two the lower


def sim_cells(result: SimResult) -> dict[tuple[str, Series, int], SimCell]:
    """The cells by (title of the panel, series, CPUs); failed configurations have none."""
    splitting = splitting_params(result.benchmarks)
    runs: dict[tuple[str, Series, int], list[Run]] = {}
    for run in result.good_runs:
        one = run.benchmark
        series = Series(one.design, one.placement, run.subject.id)
        runs.setdefault((panel_title(one, splitting), series, one.count), []).append(run)
    return {key: sim_cell(found) for key, found in runs.items()}


def sim_cell(runs: list[Run]) -> SimCell:
    """What the good runs of one configuration say together."""
    figures = [run.sim for run in runs if run.sim]

    def middle_of(value_of: Callable[[Figures], float | None]) -> float | None:
        return median([value_of(one) for one in figures])

    by_rate = sorted(runs, key=lambda run: (rate(run), run.round))
    return SimCell(
        wait_p50_ns=statistics.median(one.wait_p50_ns for one in figures),
        wait_p99_ns=statistics.median(one.wait_p99_ns for one in figures),
        wait_p999_ns=statistics.median(one.wait_p999_ns for one in figures),
        wait_max_ns=statistics.median(one.wait_max_ns for one in figures),
        jain=middle_of(lambda one: one.jain),
        min_max=middle_of(lambda one: one.min_max),
        fallback=median([share(run, events) for run in runs]),
        shares={name: median([share(run, (name,)) for run in runs]) for name in events},
        parks=median([each(run, sum_counter(run, "parks")) for run in runs]),
        wakes=median([each(run, sum_counter(run, "wakes")) for run in runs]),
        transfers={
            name: median([each(run, run.sim.transfers[name]) for run in runs if run.sim]) or 0.0
            for name in transfer_classes
        },
        middle=by_rate[(len(by_rate) - 1) // 2],
    )


def median(values: list[float | None]) -> float | None:
    """The median; None when a value is not known: one of the others would be of other runs."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known and len(known) == len(values) else None


def rate(run: Run) -> float:
    """Operations of the counted role in a simulated second."""
    return sum(trial.ops for trial in run.measured) / sum(trial.s for trial in run.measured)


def operations(run: Run) -> int:
    """Operations of all threads, whatever their role."""
    return sum(trial.ops + sum(trial.secondary.values()) for trial in run.measured)


def each(run: Run, number: int | None) -> float | None:
    """`number` for each operation of the run."""
    return None if number is None else number / operations(run)


def share(run: Run, names: tuple[str, ...]) -> float | None:
    """The share of these events in all faults, 0..1; None where no fault tried a VMA lock."""
    every = {name: sum_counter(run, f"vma_lock_{name}") for name in ("success", *events)}
    known = [value for value in every.values() if value is not None]
    if len(known) < len(every) or not sum(known):
        return None
    return sum(every[name] or 0 for name in names) / sum(known)


def largest(panel: Panel, series: Series) -> list[int]:
    """The CPU counts of a series that gave a figure, the largest first."""
    cells = [(count, panel.cells.get((series, count))) for count in panel.counts]
    return [count for count, cell in reversed(cells) if cell and cell.throughput]
