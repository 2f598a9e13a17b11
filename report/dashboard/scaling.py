"""scaling.py: the page Scaling: throughput over threads or simulated CPUs, a chart a workload."""

from __future__ import annotations

import math
from typing import Any, Sequence

from report import describe
from report.dashboard.model import Chart, Control, Page, Row, Table
from report.dashboard.numbers import number, percent
from report.dashboard.sources import (
    Looks, Source, benchmark_labels, caption, measured, series_name,
)
from report.result import Result, SimResult
from report.summary import Panel, Series, Spread

finest_max = 16  # borders of clusters, or of nodes, beyond so many are not drawn

controls = (
    Control("y", "Show", (("rate", "op/s"), ("ns", "ns/op"), ("efficiency", "efficiency"),
                          ("cpu", "op/CPU-s"))),
    Control("s", "Axis", (("linear", "linear"), ("log", "log"))),
)


def page(every: Sequence[Source], looks: Looks) -> Page:
    charts = [
        chart(source, result, panel, looks)
        for source, result in measured(every) for panel in source.panels
    ]
    return Page(
        "scaling", "Scaling",
        "Throughput over the number of threads (of a simulation: of CPUs). Lines join medians; "
        "bands reach from the lowest to the highest run, they are no confidence interval. "
        "Efficiency is throughput for each thread in percent of a single thread's.",
        charts=charts, controls=controls if charts else (),
        empty=None if charts else "No file here gives throughput; add one of faultline run or "
        "faultline sim.",
    )


def chart(source: Source, result: Result, panel: Panel, looks: Looks) -> Chart:
    several = len(result.subjects) > 1
    return Chart(
        key=("scaling", source.label, panel.title),
        kind="lines",
        title=f"{panel.title} - {source.machine}",
        caption=caption(source, result, describe.n_range([panel])),
        data={
            "x": axis(source, result, panel),
            "unit": panel.unit,
            "series": [series_data(panel, one, looks, several) for one in panel.series],
        },
        table=table(source, panel, several),
        labels={**source.labels, "workload": panel.title.split(" ")[0]},
    )


def axis(source: Source, result: Result, panel: Panel) -> dict[str, Any]:
    """The x axis: its counts, where parts of a simulated machine come in, where CPUs are shared."""
    counts = panel.counts
    over = [count for count in counts if panel.oversubscribed(count)]
    fitting = [count for count in counts if not over or count < over[0]]
    found: dict[str, Any] = {"name": source.counted, "counts": counts, "borders": [], "over": None}
    if over:
        found["over"] = math.sqrt(fitting[-1] * over[0]) if fitting else over[0] / 1.5
    if isinstance(result, SimResult):
        found["borders"] = borders(result, counts[0], counts[-1])
    return found


def borders(result: SimResult, low: int, high: int) -> list[list[Any]]:
    """[x, part, words] of the borders between low and high CPUs; few enough to be told apart."""
    every = result.simulated.borders
    number_of = {
        part: sum(border.part == part for border in every)
        for part in ("socket", "sibling", "node", "cluster")
    }
    found = []
    sockets = 1
    for border in every:
        x = math.sqrt((border.cpus - 1) * border.cpus)
        sockets += border.part == "socket"
        if not low < x < high or number_of.get(border.part, 99) > finest_max:
            continue
        words = {"socket": f"socket {sockets}", "sibling": "SMT siblings"}
        found.append([x, border.part, words.get(border.part, "")])
    return found


def series_data(panel: Panel, series: Series, looks: Looks, several: bool) -> dict[str, Any]:
    """One line: [count, n, rate low median high, the same per CPU-second or null] a point."""
    points = []
    for count in panel.counts:
        cell = panel.cells.get((series, count))
        if cell is None or cell.throughput is None:
            continue
        points.append([count, cell.n, *three(cell.throughput), *three(cell.cpu_throughput)])
    return {
        "name": series_name(series, several), "look": looks.of(series),
        "labels": {"design": series.design, "placement": series.placement,
                   **({"subject": series.subject} if several else {})},
        "points": points,
    }


def three(spread: Spread | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if spread is None else (spread.low, spread.median, spread.high)


def table(source: Source, panel: Panel, several: bool) -> Table:
    rows = []
    for series in panel.series:
        alone = single(panel, series)
        for count in panel.counts:
            cell = panel.cells.get((series, count))
            if cell is None:
                continue
            low, middle, high = three(cell.throughput)
            efficiency = middle / (count * alone) if middle and alone else None
            rows.append(Row(
                (series_name(series, several), count,
                 *(number(value) for value in (middle, low, high)),
                 number(1e9 * count / middle if middle else None), percent(efficiency),
                 number(three(cell.cpu_throughput)[1]), percent(three(cell.fallback)[1], 2),
                 cell.n, len(cell.failures)),
                benchmark_labels(source, cell.benchmark),
            ))
    unit = panel.unit
    return Table(
        f"{panel.title}: {unit} per second over {source.counted}",
        ("design", source.counted, f"{unit}/s", "lowest", "highest", f"ns/{unit} of a thread",
         "efficiency", f"{unit}/CPU-s", "fallback", "n", "failed"),
        rows, frozenset(range(1, 11)),
    )


def single(panel: Panel, series: Series) -> float | None:
    """Throughput of one thread; None where that was not measured."""
    cell = panel.cells.get((series, 1))
    return cell.throughput.median if cell and cell.throughput else None
