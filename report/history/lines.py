"""lines.py: series of a store as the lines of the dashboard's page History.

    from report.dashboard import make_pages
    from report.history.lines import dashboard_lines
    pages = make_pages(results, dashboard_lines(history_series("results")))
"""

from __future__ import annotations

from typing import Any, Sequence

from report import describe
from report.dashboard.history import Accepted, Change, Line, Point
from report.history.series import Series, epoch_words
from report.history.text import bench_words


def dashboard_lines(series: Sequence[Series], least: int = 2) -> list[Line]:
    """A line for each series that has at least `least` sessions, in the order of its commits.

    Where a session has too few runs for an interval of the median, the point has none: low and
    high are the value.
    """
    return [line_of(one) for one in series if len(one.points) >= least]


def line_of(one: Series) -> Line:
    return Line(
        title=f"{one.label}: {one.metric.title}",
        caption=caption(one),
        unit=one.unit,
        better=one.metric.better,
        labels=labels_of(one),
        points=[
            Point(
                point.commit, point.started, point.value,
                point.value if point.low is None else point.low,
                point.value if point.high is None else point.high, point.n,
                f"{point.epoch + 1}: {epoch_words(one, point.epoch)}",
            )
            for point in one.points
        ],
        changes=[
            Change(shift.first, shift.last, shift.before, shift.after) for shift in one.shifts
            if shift.accepted is None
        ],
        accepted=[
            Accepted(place, point.accepted) for place, point in enumerate(one.points)
            if point.accepted is not None
        ],
    )


def caption(one: Series) -> str:
    kind = ", ".join(map(bench_words, one.benches))
    n = describe.span([point.n for point in one.points])
    order = {"git": "commits in git's order", "time": "in order of time"}[one.ordered_by]
    return (
        f"{one.words}: {kind}; {describe.count(len(one.points), 'session')}, {order}, n = {n}, "
        "median of the runs and its 95 % interval"
    )


def labels_of(one: Series) -> dict[str, Any]:
    """What the filters go by, as on the other pages: the machine is the model of its CPU."""
    b = one.benchmark
    found: dict[str, Any] = {
        "bench": "sim" if one.exact else "host",
        "machine": one.machine if one.exact else one.words.split(", ")[0],
        "workload": b.workload, "design": b.design, "placement": b.placement, "threads": b.threads,
    }
    return found if b.cpus is None else found | {"cpus": b.cpus}
