"""stored.py: the dashboard's history from a store of results: see report.history."""

from __future__ import annotations

from pathlib import Path

from report import describe
from report.dashboard.history import Accepted, Change, Line, Point
from report.dashboard.sources import label_values
from report.errors import EXIT_NOTHING, ReportError
from report.gate.accepted import read_accepted
from report.history.index import read_index
from report.history.series import Point as Stored, Series, epoch_words, history_series


def lines_of_store(store: Path) -> tuple[list[Line], list[str]]:
    """The throughput of every configuration of a store, and what of it could not be read.

    Changes that accepted.toml of the store accepts are marked. Raises ReportError: exit 2 for a
    store or accepted.toml that cannot be read, 5 for an empty store.
    """
    index = read_index(store)
    if not index.entries:
        raise ReportError(
            EXIT_NOTHING,
            f"the store {store} holds no session; add one with faultline history add, or leave "
            "out --history",
        )
    file = store / "accepted.toml"
    accepted = read_accepted(file) if file.is_file() else ()
    series = history_series(index, accepted=accepted)
    return [line_of(one) for one in series], list(index.problems)


def line_of(series: Series) -> Line:
    simulated = series.exact
    kind = "SIMULATED, no clock was read" if simulated else "measured"
    n = describe.span([point.n for point in series.points])
    points = [point_of(series, one) for one in series.points]
    return Line(
        title=f"{series.label} - {series.metric.title}",
        caption=f"{series.machine}: {kind}; {series.words}; "
        f"{describe.count(len(points), 'session')} in the order of "
        f"{'commits' if series.ordered_by == 'git' else 'time'}, n = {n}; median and 95 % interval "
        "(none where the runs are few)",
        unit=series.unit, better=series.metric.better,
        labels={**label_values(series.benchmark), "machine": series.machine,
                "bench": "sim" if simulated else "host", "metric": series.metric.name},
        points=points,
        changes=[Change(one.first, one.last, one.before, one.after) for one in series.shifts],
        accepted=[Accepted(i, one.accepted) for i, one in enumerate(series.points)
                  if one.accepted is not None],
        suspect=series.suspects[-1] if series.suspects else 0,
    )


def point_of(series: Series, one: Stored) -> Point:
    return Point(
        commit=one.commit, time=one.started, value=one.value,
        low=one.value if one.low is None else one.low,
        high=one.value if one.high is None else one.high,
        n=one.n, epoch=f"{one.epoch + 1}: {epoch_words(series, one.epoch)}",
    )
