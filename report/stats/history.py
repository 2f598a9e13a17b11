"""history.py: a series of commits: where it changed for good, and whether its newest points did.

Points are logarithms of what a session measured, in the order of commits, all of one epoch: the
same machine, kernel, compiler and benchmark version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from report.stats.effect import Values, checked
from report.stats.paired import midranks

segment_min = 3
change_alpha = 0.01
thirds_need = 12  # points, so that two thirds have a cut that can be significant
permutations = 999
near_best = 0.9  # of the largest statistic: positions that may be the change as well
suspect_points = 2
suspect_window = 30
suspect_needs = 8
suspect_floor = 0.002  # standard deviation below which no history is taken to be


@dataclass(frozen=True)
class Change:
    """The series changed for good at one of the points first .. last (indices of new points).

    before, after: medians of the segments on both sides, as logarithms; runs: points in each.
    """

    first: int
    best: int
    last: int
    before: float
    after: float
    points: tuple[int, int]

    @property
    def ratio(self) -> float:
        """Level after / before."""
        return math.exp(self.after - self.before)


def change_points(
    values: Sequence[float], threshold: float = 0.02, seed: int = 1
) -> list[Change]:
    """The lasting changes of a series of values above 0, in order.

    Binary segmentation by the largest standardised CUSUM of ranks, which is also looked for in the
    first and last two thirds, since in the whole a change and the one that undoes it hide each
    other; significance by permuting, which pays for having chosen the place; then the smallest
    shifts are dropped until all are larger than the threshold and than the noise. Same input and
    seed, same result.
    """
    y = np.log(checked(values, positive=True))
    rng = np.random.default_rng(seed)
    cuts: list[int] = []
    pending = [(0, int(y.size))]
    while pending:
        start, end = pending.pop()
        cut = first_cut(y[start:end], rng)
        if cut is not None:
            cuts.append(start + cut)
            pending += [(start + cut, end), (start, start + cut)]
    return describe(y, prune(y, sorted(cuts), threshold))


def first_cut(y: Values, rng: np.random.Generator) -> int | None:
    """Where y is cut in two: as a whole, or else what two thirds of it show."""
    cut = significant_cut(y, rng, change_alpha)
    if cut is None and y.size >= thirds_need:
        third = int(y.size) // 3
        for start, end in ((0, int(y.size) - third), (third, int(y.size))):
            cut = significant_cut(y[start:end], rng, change_alpha / 4)
            if cut is not None:
                return start + cut
    return cut


def significant_cut(y: Values, rng: np.random.Generator, alpha: float) -> int | None:
    """Where y is best cut in two, if that is no accident."""
    if y.size < 2 * segment_min:
        return None
    observed = cusum(midranks(y)[None, :])[0]
    best = int(np.argmax(observed))
    if observed[best] <= 0:
        return None
    allowed = int(alpha * (permutations + 1)) - 1  # more accidents than these: none
    ranks, exceeded = midranks(y), 0
    for _ in range(9):  # in batches: most segments are given up after the first
        drawn = rng.permuted(np.tile(ranks, (permutations // 9, 1)), axis=1)
        exceeded += int(np.count_nonzero(cusum(drawn).max(axis=1) >= observed[best] - 1e-12))
        if exceeded > allowed:
            return None
    return best


def cusum(ranks: Values) -> Values:
    """|standardised rank sum| of the first k, for each row and k; 0 for too short a segment."""
    n = ranks.shape[1]
    k = np.arange(n)
    sums = np.concatenate(
        [np.zeros((ranks.shape[0], 1)), np.cumsum(ranks - (n + 1) / 2, axis=1)[:, :-1]], axis=1
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.abs(sums) / np.sqrt(k * (n - k) * (n + 1) / 12)
    found[:, :segment_min] = 0
    found[:, n - segment_min + 1 :] = 0
    return found


def prune(y: Values, cuts: list[int], threshold: float) -> list[int]:
    """The cuts whose shift matters and stands out of the noise; the least one goes first."""
    while cuts:
        edges = [0, *cuts, int(y.size)]
        parts = [y[a:b] for a, b in zip(edges, edges[1:])]
        medians = [float(np.median(part)) for part in parts]
        residual = np.concatenate([part - m for part, m in zip(parts, medians)])
        sd = 1.4826 * float(np.median(np.abs(residual)))
        room = [
            abs(medians[i + 1] - medians[i])
            - max(math.log1p(threshold),
                  2 * sd / math.sqrt(min(parts[i].size, parts[i + 1].size)))
            for i in range(len(cuts))
        ]
        least = int(np.argmin(room))
        if room[least] >= 0:
            break
        cuts = cuts[:least] + cuts[least + 1 :]
    return cuts


def describe(y: Values, cuts: list[int]) -> list[Change]:
    """Each cut with the positions that fit nearly as well, between its neighbours."""
    found = []
    edges = [0, *cuts, int(y.size)]
    for left, cut, right in zip(edges, cuts, edges[2:]):
        statistic = cusum(midranks(y[left:right])[None, :])[0]
        near = np.flatnonzero(statistic >= near_best * statistic[cut - left]) + left
        found.append(Change(
            first=min(int(near.min()), cut), best=cut, last=max(int(near.max()), cut),
            before=float(np.median(y[left:cut])), after=float(np.median(y[cut:right])),
            points=(cut - left, right - cut),
        ))
    return found


def suspect(values: Sequence[float], threshold: float = 0.02) -> int:
    """1 or -1 when the newest 2 points both lie above, or below, what the last 30 allow; else 0.

    Quick to react, and wrong once in 300 to 1,000 commits: what it names is measured again.
    """
    from scipy.special import stdtrit

    y = np.log(checked(values, positive=True))
    newest = y[-suspect_points:]
    window = y[max(0, y.size - suspect_points - suspect_window) : y.size - suspect_points]
    if window.size < suspect_needs:
        return 0
    middle = float(np.median(window))
    sd = max(1.4826 * float(np.median(np.abs(window - middle))), suspect_floor)
    reach = max(
        math.log1p(threshold),
        float(stdtrit(window.size - 1, 0.99)) * sd * math.sqrt(1 + math.pi / (2 * window.size)),
    )
    if np.all(newest - middle > reach):
        return 1
    return -1 if np.all(newest - middle < -reach) else 0
