"""bisect.py: the newest change for the worse that still lasts, as a range for git bisect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from report import describe
from report.history.changes import Shift, beyond, needs
from report.history.series import Series


@dataclass(frozen=True)
class Found:
    """A change for the worse with the series that shows it."""

    series: Series
    shift: Shift


@dataclass(frozen=True)
class Answer:
    """found: the change to bisect. doubts: why there may be one that cannot be named, one line
    each, when found is None."""

    found: Found | None
    doubts: tuple[str, ...]


def bisect_range(series: Sequence[Series]) -> Answer:
    """The newest lasting change for the worse of the series; of equally new ones the largest.

    Looked at is the newest epoch that has enough points. A change does not count when it was
    accepted, when the level of that epoch's end is good again, or when it has no range: the same
    commit on both sides, or an unknown one.
    """
    found: list[Found] = []
    doubts: list[str] = []
    for one in series:
        epoch = epoch_to_judge(one)
        mine = [s for s in one.shifts if one.points[s.best].epoch == epoch]
        for shift in mine:
            if not shift.worse or shift.accepted or made_good(one, shift, mine[-1]):
                continue
            why = no_range(shift)
            if why is None:
                found.append(Found(one, shift))
            else:
                doubts.append(f"{one.label}: {why}")
        doubts += doubts_of(one, one.points[-1].epoch)
    if not found:
        return Answer(None, tuple(doubts))
    best = max(found, key=lambda f: (f.series.points[f.shift.best].started, abs(f.shift.change)))
    return Answer(best, ())


def epoch_to_judge(one: Series) -> int:
    """The newest epoch with enough points; the newest one where none has."""
    order = list(dict.fromkeys(point.epoch for point in reversed(one.points)))
    enough = [
        epoch for epoch in order
        if one.exact or sum(point.epoch == epoch for point in one.points) >= needs
    ]
    return (enough or order)[0]


def made_good(one: Series, shift: Shift, newest: Shift) -> bool:
    """Whether the level of today is as good as the one before the shift."""
    level = newest.after
    if not beyond(shift.before, level, one.threshold, one.metric.relative):
        return True
    return (level < shift.before) != (one.metric.better == "higher")


def no_range(shift: Shift) -> str | None:
    """Why git cannot bisect it; None when it can."""
    if shift.good is None or shift.bad is None:
        return "it got worse, but a session there is of an unknown commit or a changed tree"
    if shift.good == shift.bad:
        return f"it got worse within commit {shift.good[:12]}: no commit is the cause"
    return None


def doubts_of(one: Series, newest: int) -> list[str]:
    """Why the newest epoch may hide a change."""
    points = sum(point.epoch == newest for point in one.points)
    if points < needs and not one.exact:
        there = describe.count(points, "session")
        return [f"{one.label}: {there} in the newest epoch, {needs} are needed"]
    sign = one.suspects[newest]
    if sign and (sign < 0) == (one.metric.better == "higher"):
        return [f"{one.label}: the newest 2 sessions are suspect; record more"]
    return []
