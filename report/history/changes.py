"""changes.py: where a series changed for good, as a range of commits, and what is suspect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

needs = 6  # points of an epoch, below which no change can be found
suspect_needs = 10  # the two newest, and enough before them


@dataclass(frozen=True)
class Shift:
    """A change of level. first, best, last: places in the series' points, of which one is the first
    with the new level. good: commit of the last point before; bad: of `last`; the cause lies in
    good..bad. before, after: medians of the levels. points: how many each of them has. worse: by
    the metric's direction. relative: change is after / before - 1, else after - before.
    """

    first: int
    best: int
    last: int
    good: str | None
    bad: str | None
    before: float
    after: float
    points: tuple[int, int]
    worse: bool
    relative: bool
    accepted: str | None = None

    @property
    def ratio(self) -> float:
        return self.after / self.before if self.before else math.inf

    @property
    def change(self) -> float:
        return self.ratio - 1 if self.relative else self.after - self.before


def find_shifts(
    values: Sequence[float], places: Sequence[int], commits: Sequence[str | None],
    threshold: float, better: str, relative: bool, exact: bool,
) -> list[Shift]:
    """The changes of one epoch; places: of the values in the whole series; commits: of each value.

    exact: every step beyond the threshold is a change, at that very point.
    """
    if exact:
        spans = [(i, i, i, 1, 1) for i in range(1, len(values))
                 if beyond(values[i - 1], values[i], threshold, relative)]
        levels = [(values[i - 1], values[i]) for i, *_ in spans]
    else:
        if len(values) < needs or min(values) <= 0:
            return []
        from report.stats import change_points

        changes = change_points(values, threshold)
        spans = [(c.first, c.best, c.last, *c.points) for c in changes]
        levels = [(math.exp(c.before), math.exp(c.after)) for c in changes]
    return [
        Shift(
            places[first], places[best], places[last], commits[first - 1], commits[last], before,
            after, (left, right), (after < before) == (better == "higher"), relative,
        )
        for (first, best, last, left, right), (before, after) in zip(spans, levels)
    ]


def beyond(before: float, after: float, threshold: float, relative: bool) -> bool:
    if not relative or before <= 0 or after <= 0:
        return abs(after - before) > threshold
    return abs(math.log(after / before)) > math.log1p(threshold)


def find_suspects(values: Sequence[float], threshold: float) -> int:
    """1 or -1 when the two newest points lie above or below what the ones before allow; else 0."""
    if len(values) < suspect_needs or min(values) <= 0:
        return 0
    from report.stats import suspect

    return suspect(values, threshold)
