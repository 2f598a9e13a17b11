"""history.py: the page History: a value over commits, change points as ranges, accepted changes.

The contract: `Line` objects, made from a store of results by report.history, or by `lines_of` from
the files of one machine that the dashboard was given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Sequence

from report import describe
from report.dashboard.model import Cell, Chart, Page, Row, Table
from report.dashboard.numbers import number
from report.dashboard.sources import Source, benchmark_labels, measured, series_name
from report.summary import Spread


rows_max = 100  # newest sessions that a table shows; the CSV file has all
changes_need = 8  # points of an epoch from which on change points can be told


@dataclass(frozen=True)
class Point:
    """One configuration in one session.

    commit: of the subject; None: not known. time: RFC 3339, UTC. value, low, high: median and range
    of the runs, or an estimate with its interval. epoch: changes with machine, kernel or anchor;
    values of two epochs are never compared.
    """

    commit: str | None
    time: str
    value: float
    low: float
    high: float
    n: int
    epoch: str = ""


@dataclass(frozen=True)
class Change:
    """A change point: at one of the points `first` .. `last` (positions) a new level began."""

    first: int
    last: int
    before: float
    after: float


@dataclass(frozen=True)
class Accepted:
    """A change that somebody accepted, at the point `at` (position)."""

    at: int
    reason: str


@dataclass(frozen=True)
class Line:
    """One configuration over time. points: in order. suspect: 1 or -1 when the two newest points
    lie above or below all that the ones before allow."""

    title: str
    caption: str
    unit: str
    better: str  # higher | lower
    labels: dict[str, Any]
    points: Sequence[Point]
    changes: Sequence[Change] = field(default=())
    accepted: Sequence[Accepted] = field(default=())
    suspect: int = 0


def page(lines: Sequence[Line]) -> Page:
    charts = [chart(line) for line in lines]
    return Page(
        "history", "History",
        "One point a session, in the order of commits or of time; whiskers as the caption says. "
        "Shaded: a change point as the range of sessions that it may lie in. A vertical line: a "
        "new epoch (another machine, kernel or anchor), across which nothing is compared, or an "
        "accepted change with its reason.",
        charts=charts,
        empty=None if charts else "There is no history: give files of one machine from two "
        "sessions or more.",
    )


def chart(line: Line) -> Chart:
    rows = []
    epochs = [point.epoch for point in line.points]
    marks = {accepted.at: f"accepted: {accepted.reason}" for accepted in line.accepted}
    for one in line.changes:
        for at in range(one.first, one.last + 1):
            marks.setdefault(at, f"change point, {number(one.before).shown} to "
                             f"{number(one.after).shown}")
    newest = list(enumerate(line.points))[-rows_max:]
    for i, point in newest:
        rows.append(Row(
            (point.time, (point.commit or "unknown")[:12], number(point.value),
             number(point.low), number(point.high), point.n, point.epoch,
             Cell(marks.get(i, "-"))), line.labels,
        ))
    return Chart(
        key=("history", line.title, line.caption),
        kind="history",
        title=line.title,
        caption=line.caption,
        data={
            "unit": line.unit, "better": line.better,
            "points": [[p.time, (p.commit or "unknown")[:12], p.low, p.value, p.high, p.n]
                       for p in line.points],
            "epochs": [i for i in range(1, len(epochs)) if epochs[i] != epochs[i - 1]],
            "changes": [[c.first, c.last, c.before, c.after] for c in line.changes],
            "suspect": line.suspect, "accepted": [[a.at, a.reason] for a in line.accepted],
        },
        table=Table(
            f"{line.title} over time ({line.unit})" + (
                f", the newest {rows_max} of {len(line.points)} sessions"
                if len(line.points) > rows_max else ""),
            ("session", "commit", "value", "lowest", "highest", "n", "epoch", "mark"),
            rows, frozenset((2, 3, 4, 5)),
        ),
        labels=line.labels,
    )


def lines_of(every: Sequence[Source]) -> list[Line]:
    """The history that the given files are: configurations that two sessions or more have."""
    points: dict[tuple[str, ...], list[tuple[Point, Source]]] = {}
    about: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {}
    for source, result in sorted(measured(every), key=lambda pair: pair[1].session.started):
        for panel in source.panels:
            for (series, count), cell in panel.cells.items():
                if cell.throughput is None:
                    continue
                name = f"{panel.title}, {series_name(series, False)}, "
                name += describe.count(count, source.counted[:-1])
                key = (name, source.bench, source.machine, panel.unit, cell.benchmark.version)
                commit = next((s.commit for s in result.subjects if s.id == series.subject), None)
                points.setdefault(key, []).append(
                    (point(commit, source, cell.throughput), source))
                labels = benchmark_labels(source, cell.benchmark)
                labels.pop("file")
                about[key] = (name, labels)
    return [
        Line(about[key][0], caption(found), f"{key[3]}/s", "higher", about[key][1],
             [one for one, _ in found], changes_of([one for one, _ in found]))
        for key, found in points.items()
        if len({source.result.session.id for _, source in found}) > 1
    ]


def changes_of(points: Sequence[Point]) -> list[Change]:
    """The change points within each epoch; none where it is short, or without scipy."""
    try:
        from report.stats import change_points
    except ImportError:
        return []
    starts = [0, *(i for i in range(1, len(points)) if points[i].epoch != points[i - 1].epoch)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(points)]):
        values = [one.value for one in points[start:end]]
        if len(values) < changes_need or min(values) <= 0:
            continue
        found += [Change(start + one.first, start + one.last, math.exp(one.before),
                         math.exp(one.after)) for one in change_points(values)]
    return found


def point(commit: str | None, source: Source, spread: Spread) -> Point:
    result = source.result
    kernel = "" if source.simulated else f"{result.machine.id}, {describe.kernel(result)}"
    return Point(commit, result.session.started, spread.median, spread.low, spread.high,
                 spread.n, kernel)


def caption(found: Sequence[tuple[Point, Source]]) -> str:
    source = found[0][1]
    kind = "SIMULATED" if source.simulated else describe.bench(source.result)
    n = describe.span([one.n for one, _ in found])
    return (f"{source.machine}: {kind}; {describe.count(len(found), 'session')}, n = {n}, median "
            "and range of the runs")
