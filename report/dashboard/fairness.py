"""fairness.py: the page Fairness: Jain's index over threads, and what each thread got."""

from __future__ import annotations

import statistics
from typing import Any, Sequence

from report import describe
from report.dashboard.latency import count_control
from report.dashboard.model import Chart, Control, Page, Row, Table
from report.dashboard.numbers import percent, plain
from report.dashboard.scaling import axis
from report.dashboard.sources import (
    Looks, Source, benchmark_labels, caption, measured, series_name,
)
from report.metrics import jain_of
from report.result import Result, Run
from report.summary import Panel, Series

strip_max = 64  # threads shown of one run; of more, every k-th in the order of their shares


def page(every: Sequence[Source], looks: Looks) -> Page:
    charts: list[Chart] = []
    counts: set[int] = set()
    for source, result in measured(every):
        runs: dict[tuple[int, str], list[Run]] = {}
        for run in result.good_runs:
            runs.setdefault((run.benchmark.index, run.subject.id), []).append(run)
        for panel in source.panels:
            found = cells(panel, runs)
            if not found:
                continue
            charts.append(jain_chart(source, result, panel, found, looks))
            charts.append(strip_chart(source, result, panel, found, looks))
            counts.update(count for _, count in found)
    controls: tuple[Control, ...] = (count_control(counts),) if charts else ()
    return Page(
        "fairness", "Fairness",
        "Jain's index between the threads of the counted role: 1 when all did the same, 1/n when "
        "one did everything. Below each: operations of every thread of the run with the median "
        "index, as a multiple of a fair share; the choice of a number is for these.",
        charts=charts, controls=controls,
        empty=None if charts else "No file here has two threads of one role that could be unfair.",
    )


def cells(
    panel: Panel, runs: dict[tuple[int, str], list[Run]]
) -> dict[tuple[Series, int], list[tuple[float, Run]]]:
    """(index, run) of the runs that have an index, the lowest first, for each cell."""
    found = {}
    for (series, count), cell in panel.cells.items():
        mine = [
            (index, run) for run in runs.get((cell.benchmark.index, series.subject), [])
            if (index := jain_of(run)) is not None
        ]
        if mine:
            found[series, count] = sorted(mine, key=lambda pair: pair[0])
    return found


def jain_chart(
    source: Source, result: Result, panel: Panel,
    found: dict[tuple[Series, int], list[tuple[float, Run]]], looks: Looks,
) -> Chart:
    several = len(result.subjects) > 1
    rows = []
    lines = []
    for series in panel.series:
        points: list[list[Any]] = []
        for count in panel.counts:
            mine = found.get((series, count))
            if not mine:
                continue
            indices = [index for index, _ in mine]
            middle = statistics.median(indices)
            points.append([count, len(mine), indices[0], middle, indices[-1]])
            shares = relative(mine[(len(mine) - 1) // 2][1])
            rows.append(Row(
                (series_name(series, several), count, plain(middle), plain(indices[0]),
                 plain(indices[-1]), percent(min(shares)) if shares else "-",
                 percent(max(shares)) if shares else "-", len(mine)),
                benchmark_labels(source, panel.cells[series, count].benchmark),
            ))
        lines.append({"name": series_name(series, several), "look": looks.of(series),
                      "labels": {"design": series.design, "placement": series.placement},
                      "points": points})
    return Chart(
        key=("fairness", source.label, panel.title),
        kind="lines",
        title=f"fairness of {panel.title} - {source.machine}",
        caption=caption(source, result, describe.n_range([panel])),
        data={"x": axis(source, result, panel), "unit": "", "fixed": "jain", "series": lines},
        table=Table(
            f"Jain's index of {panel.title}; shares of the slowest and the fastest thread of the "
            "median run, 100% is fair",
            ("design", source.counted, "Jain", "lowest", "highest", "slowest thread",
             "fastest thread", "n"),
            rows, frozenset(range(1, 8)),
        ),
        labels={**source.labels, "workload": panel.title.split(" ")[0]},
    )


def relative(run: Run) -> list[float]:
    """Operations of each thread of the counted role in the median trial, fair share = 1, sorted."""
    trials = sorted(run.measured, key=lambda trial: trial.ops / trial.s)
    trial = trials[(len(trials) - 1) // 2]
    mine = [ops for ops, role in zip(trial.thread_ops, run.benchmark.roles)
            if role not in trial.secondary]
    total = sum(mine)
    return sorted(ops * len(mine) / total for ops in mine) if total else []


def strip_chart(
    source: Source, result: Result, panel: Panel,
    found: dict[tuple[Series, int], list[tuple[float, Run]]], looks: Looks,
) -> Chart:
    several = len(result.subjects) > 1
    strips = []
    rows = []
    for series in panel.series:
        shares: dict[int, list[float]] = {}
        for count in panel.counts:
            mine = found.get((series, count))
            every = relative(mine[(len(mine) - 1) // 2][1]) if mine else []
            if not every:
                continue
            shares[count] = thin(every)
            rows.append(Row(
                (series_name(series, several), count, len(every),
                 *(percent(every[round(q * (len(every) - 1))]) for q in (0, 0.25, 0.5, 0.75, 1))),
                benchmark_labels(source, panel.cells[series, count].benchmark),
            ))
        strips.append({"name": series_name(series, several), "look": looks.of(series),
                       "labels": {"design": series.design, "placement": series.placement},
                       "shares": shares})
    return Chart(
        key=("strip", source.label, panel.title),
        kind="strip",
        title=f"share of each thread, {panel.title} - {source.machine}",
        caption=caption(source, result, describe.n_range([panel]))
        + "; shown is one run, the one with the median index",
        data={"counted": source.counted, "counts": panel.counts, "series": strips},
        table=Table(
            f"operations of a thread of {panel.title}, 100% is a fair share",
            ("design", source.counted, "threads", "slowest", "25%", "median", "75%", "fastest"),
            rows, frozenset(range(1, 8)),
        ),
        labels={**source.labels, "workload": panel.title.split(" ")[0]},
    )


def thin(shares: list[float]) -> list[float]:
    """At most strip_max of sorted shares, with the first and the last."""
    if len(shares) <= strip_max:
        return shares
    step = (len(shares) - 1) / (strip_max - 1)
    return [shares[round(i * step)] for i in range(strip_max)]
