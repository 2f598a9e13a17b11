"""latency.py: the page Latency: how often an operation waited longer than a time."""

from __future__ import annotations

import statistics
from typing import Any, Sequence

from report.dashboard.model import Chart, Control, Page, Row, Table
from report.dashboard.numbers import nanoseconds, number
from report.dashboard.sources import (
    Looks, Source, benchmark_labels, caption, measured, series_name,
)
from report.describe import span
from report.result import Benchmark, Result, Run
from report.simulated import Figures
from report.summary import Panel, Series

quantiles = (  # (name, share of the operations that wait longer, the figure)
    ("p50", 0.5, "wait_p50_ns"), ("p99", 0.01, "wait_p99_ns"), ("p99.9", 0.001, "wait_p999_ns"),
)


def page(every: Sequence[Source], looks: Looks) -> Page:
    charts: list[Chart] = []
    counts: set[int] = set()
    silent = []
    for source, result in measured(every):
        runs = runs_by_cell(result)
        if not runs:
            silent.append(source.label)
            continue
        for panel in source.panels:
            charts.append(chart(source, result, panel, runs, looks))
            counts.update(panel.counts)
    missing = f" Not measured in: {', '.join(silent)}." if silent else ""
    return Page(
        "latency", "Latency",
        "The share of operations whose waiting time was longer than x (both axes logarithmic): "
        "median, 99th and 99.9th percentile and the longest wait, medians over the runs; whiskers "
        "reach from the lowest to the highest run. A wait of 0 ns is drawn at 1 ns." + missing,
        charts=charts,
        controls=(count_control(counts),) if charts else (),
        empty=None if charts else "No file here has waiting times; faultline sim records them."
        + missing,
    )


def count_control(counts: set[int]) -> Control:
    """The choice of a number of threads or CPUs; usually the largest."""
    ordered = sorted(counts, reverse=True)
    return Control("n", "Threads or CPUs", tuple((str(count), str(count)) for count in ordered))


def runs_by_cell(result: Result) -> dict[tuple[int, str], list[Run]]:
    """The good runs with waiting times of each configuration and subject."""
    found: dict[tuple[int, str], list[Run]] = {}
    for run in result.good_runs:
        if run.sim is not None:
            found.setdefault((run.benchmark.index, run.subject.id), []).append(run)
    return found


def chart(
    source: Source, result: Result, panel: Panel, runs: dict[tuple[int, str], list[Run]],
    looks: Looks,
) -> Chart:
    several = len(result.subjects) > 1
    series_found = []
    rows = []
    for series in panel.series:
        curves = {}
        for count in panel.counts:
            cell = panel.cells.get((series, count))
            mine = runs.get((cell.benchmark.index, series.subject), []) if cell else []
            figures = [run.sim for run in mine if run.sim is not None]
            if cell is None or not figures:
                continue
            curves[count] = curve(figures)
            rows.append(row(source, series, several, cell.benchmark, figures))
        series_found.append(series_data(series, several, looks, curves))
    return Chart(
        key=("latency", source.label, panel.title),
        kind="quantiles",
        title=f"waiting for {panel.title} - {source.machine}",
        caption=caption(source, result, span([len(one) for one in runs.values()])),
        data={"counted": source.counted, "counts": panel.counts, "series": series_found},
        table=Table(
            f"waiting time of an operation of {panel.title}, medians over runs",
            ("design", source.counted, "p50", "p99", "p99.9", "longest", "operations", "n"),
            rows, frozenset(range(1, 8)),
        ),
        labels={**source.labels, "workload": panel.title.split(" ")[0]},
    )


def curve(figures: list[Figures]) -> list[list[Any]]:
    """[name, share that waits longer, lowest, median, highest ns] for each quantile."""
    points = [[name, share, *low_middle_high([getattr(one, key) for one in figures])]
              for name, share, key in quantiles]
    # Of the longest wait one knows that none of the operations was longer.
    share = 1 / max(statistics.median(one.waits for one in figures), 2)
    longest = low_middle_high([one.wait_max_ns for one in figures])
    kept = [point for point, (_, less, _) in zip(points, quantiles) if less > share]
    return kept + [["longest", share, *longest]]


def low_middle_high(values: list[int]) -> tuple[float, float, float]:
    return min(values), statistics.median(values), max(values)


def row(
    source: Source, series: Series, several: bool, benchmark: Benchmark, figures: list[Figures]
) -> Row:
    middle = [statistics.median(getattr(one, key) for one in figures)
              for key in (*(key for _, _, key in quantiles), "wait_max_ns")]
    return Row(
        (series_name(series, several), benchmark.count, *map(nanoseconds, middle),
         number(statistics.median(one.waits for one in figures)), len(figures)),
        benchmark_labels(source, benchmark),
    )


def series_data(
    series: Series, several: bool, looks: Looks, curves: dict[int, list[list[Any]]]
) -> dict[str, Any]:
    return {
        "name": series_name(series, several), "look": looks.of(series),
        "labels": {"design": series.design, "placement": series.placement},
        "curves": curves,
    }
