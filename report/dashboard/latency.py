"""latency.py: the page Latency: how often an operation took, or waited, longer than a time."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any, Callable, Sequence

from report.dashboard.model import Chart, Control, Page, Row, Table
from report.dashboard.numbers import nanoseconds, number
from report.dashboard.sources import (
    Looks, Source, benchmark_labels, caption, measured, series_name,
)
from report.describe import span
from report.histogram import Histogram, merged
from report.result import Benchmark, Result, Run
from report.summary import Panel, Series

quantiles = (("p50", 0.5), ("p99", 0.01), ("p99.9", 0.001))  # (name, share that takes longer)
points_max = 150  # points of a curve


@dataclass(frozen=True)
class Times:
    """What one run says: ns by quantile (None: too few operations), the longest, how many."""

    quantiles: tuple[float | None, ...]
    longest: float
    n: int


@dataclass(frozen=True)
class Quantity:
    """A time that files have. read: of one run; None where it has none."""

    name: str
    words: str  # before the workload's name
    read: Callable[[Run], Times | None]


def histogram_of(run: Run) -> Histogram | None:
    """The operations of the measured trials together."""
    return merged(trial.latency for trial in run.measured if trial.latency is not None)


def operation_times(run: Run) -> Times | None:
    found = histogram_of(run)
    if found is None:
        return None
    values = tuple(
        found.quantile(1 - share) if found.n * share >= 1 else None for _, share in quantiles
    )
    return Times(values, found.most, found.n)


def waiting_times(run: Run) -> Times | None:
    one = run.sim
    if one is None:
        return None
    return Times((one.wait_p50_ns, one.wait_p99_ns, one.wait_p999_ns), one.wait_max_ns, one.waits)


quantities = (
    Quantity("latency", "time of an operation of", operation_times),
    Quantity("waiting", "waiting time of an operation of", waiting_times),
)


def page(every: Sequence[Source], looks: Looks) -> Page:
    charts: list[Chart] = []
    silent = []
    for source, result in measured(every):
        before = len(charts)
        for quantity in quantities:
            times = times_by_cell(result, quantity)
            charts += [chart(source, result, panel, quantity, times, looks)
                       for panel in source.panels if in_panel(panel, times)]
        if len(charts) == before:
            silent.append(source.label)
    counts = {count for one in charts for count in one.data["counts"]}
    missing = f" Not measured in: {', '.join(silent)}." if silent else ""
    return Page(
        "latency", "Latency",
        "The share of operations that took, or waited, longer than x (both axes logarithmic). "
        "Curves: all runs together. Points: median, 99th and 99.9th percentile (of waiting times "
        "the longest, too), medians over the runs; whiskers reach from the lowest to the highest "
        "run. 0 ns is drawn at 1 ns. A host times a random sample of the operations." + missing,
        charts=charts, controls=(count_control(counts),) if charts else (),
        empty=None if charts else "No file here has times of single operations." + missing,
    )


def count_control(counts: set[int]) -> Control:
    """The choice of a number of threads or CPUs; usually the largest."""
    ordered = sorted(counts, reverse=True)
    return Control("n", "Threads or CPUs", tuple((str(count), str(count)) for count in ordered))


Cells = dict[tuple[int, str], list[tuple[Run, Times]]]


def times_by_cell(result: Result, quantity: Quantity) -> Cells:
    """The good runs that have times, of each configuration and subject."""
    found: Cells = {}
    for run in result.good_runs:
        times = quantity.read(run)
        if times is not None and times.n:
            found.setdefault((run.benchmark.index, run.subject.id), []).append((run, times))
    return found


def in_panel(panel: Panel, times: Cells) -> bool:
    return any((cell.benchmark.index, series.subject) in times
               for (series, _), cell in panel.cells.items())


def chart(
    source: Source, result: Result, panel: Panel, quantity: Quantity, times: Cells, looks: Looks
) -> Chart:
    several = len(result.subjects) > 1
    series_found = []
    rows = []
    counts = set()
    for series in panel.series:
        curves, lines = {}, {}
        for count in panel.counts:
            cell = panel.cells.get((series, count))
            mine = times.get((cell.benchmark.index, series.subject)) if cell else None
            if cell is None or not mine:
                continue
            curves[count] = marks([one for _, one in mine])
            if quantity.read is operation_times:
                lines[count] = exceeding([run for run, _ in mine])
                # The longest of a run is one in fewer than of all runs: beside the curve.
                curves[count] = curves[count][:-1] or curves[count]
            counts.add(count)
            rows.append(row(source, series, several, cell.benchmark, [one for _, one in mine]))
        series_found.append({
            "name": series_name(series, several), "look": looks.of(series),
            "labels": {"design": series.design, "placement": series.placement},
            "curves": curves, "lines": lines,
        })
    return Chart(
        key=(quantity.name, source.label, panel.title),
        kind="quantiles",
        title=f"{quantity.words} {panel.title} - {source.machine}",
        caption=caption(source, result, span([len(one) for one in times.values()])),
        data={"counted": source.counted, "counts": sorted(counts), "series": series_found},
        table=Table(
            f"{quantity.words} {panel.title}, medians over runs",
            ("design", source.counted, "p50", "p99", "p99.9", "longest", "operations", "n"),
            rows, frozenset(range(1, 8)),
        ),
        labels={**source.labels, "workload": panel.title.split(" ")[0]},
    )


def marks(times: Sequence[Times]) -> list[list[Any]]:
    """[name, share that takes longer, lowest, median, highest ns] for each quantile."""
    # Of the longest one knows that one in n took so long.
    least = 1 / max(statistics.median(one.n for one in times), 2)
    found: list[list[Any]] = []
    for i, (name, share) in enumerate(quantiles):
        known = [value for one in times if (value := one.quantiles[i]) is not None]
        if len(known) == len(times) and share > least:
            found.append([name, share, *low_middle_high(known)])
    return found + [["longest", least, *low_middle_high([one.longest for one in times])]]


def low_middle_high(values: Sequence[float]) -> tuple[float, float, float]:
    return min(values), statistics.median(values), max(values)


def exceeding(runs: Sequence[Run]) -> list[list[float]]:
    """[ns, share that takes longer] of all runs together; the last one: one in n took so long."""
    every = merged(found for run in runs if (found := histogram_of(run)) is not None)
    if every is None:
        return []
    points = [[float(value), share] for value, share in every.exceeding() if share > 0]
    step = max(1, -(-len(points) // points_max))
    return points[::step] + [[float(every.most), 1 / every.n]]


def row(
    source: Source, series: Series, several: bool, benchmark: Benchmark, times: Sequence[Times]
) -> Row:
    middle = []
    for i in range(len(quantiles)):
        known = [value for one in times if (value := one.quantiles[i]) is not None]
        middle.append(statistics.median(known) if len(known) == len(times) else None)
    return Row(
        (series_name(series, several), benchmark.count, *map(nanoseconds, middle),
         nanoseconds(statistics.median(one.longest for one in times)),
         number(statistics.median(one.n for one in times)), len(times)),
        benchmark_labels(source, benchmark),
    )
