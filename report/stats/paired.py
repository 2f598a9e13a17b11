"""paired.py: two variants in the same rounds: exact signed-rank test and Hodges-Lehmann interval.

The interval is the test inverted, so they never contradict each other (M. Hollander, D. Wolfe,
E. Chicken: Nonparametric Statistical Methods, 3.1 to 3.3).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Sequence

import numpy as np

from report.stats.effect import Effect, Values, checked, detectable, middle, robust_sd, select

exact_max = 200  # pairs; beyond it the normal approximation is right to more digits than are shown
least = 6  # pairs of which the test can reach 0.05: only where all 6 point the same way,
least_loss = 1.26  # so that it needs a larger effect than Student's test, by this
walsh_max = 2000  # pairs whose Walsh averages are laid out; beyond it they are counted


def paired_ratio(base: Sequence[float], new: Sequence[float], level: float = 0.95) -> Effect:
    """New / base from pairs: element i of both is of round i. Raises ValueError for bad samples."""
    a, b = checked(base, positive=True), checked(new, positive=True)
    return paired(np.log(b) - np.log(a) if a.size == b.size else unequal(), level, relative=True)


def paired_difference(base: Sequence[float], new: Sequence[float], level: float = 0.95) -> Effect:
    """New - base from pairs, in the unit of the values."""
    a, b = checked(base, positive=False), checked(new, positive=False)
    return paired(b - a if a.size == b.size else unequal(), level, relative=False)


def unequal() -> Values:
    raise ValueError("pairs need samples of the same length")


def paired(d: Values, level: float, relative: bool) -> Effect:
    """The effect of pairwise differences d, of logarithms where it is relative."""
    n = int(d.size)
    estimate, low, high = interval(d, level)
    spread = robust_sd(d)
    found = math.inf
    if bound(n, 0.95) > 0:
        found = detectable(spread, 1 / math.sqrt(n), n - 1, least_loss if n == least else 1.04)
    return Effect(
        ratio=exp(estimate) if relative else estimate,
        low=exp(low) if relative else low,
        high=exp(high) if relative else high,
        p=signed_rank_p(d), n=(n, n), spread=spread,
        mde=expm1(found) if relative else found, paired=True, relative=relative,
    )


def exp(x: float) -> float:
    """e^x that ends in 0 and inf, without overflow."""
    return 0.0 if x == -math.inf else math.inf if x > 709 else math.exp(x)


def expm1(x: float) -> float:
    return math.inf if x > 709 else math.expm1(x)


def interval(d: Values, level: float) -> tuple[float, float, float]:
    """Median and interval bounds of the Walsh averages (d_i + d_j) / 2, i <= j."""
    n = int(d.size)
    k = bound(n, level)
    if n > walsh_max:
        return large_interval(d, k)
    i, j = upper_triangle(n)
    walsh = np.sort((d[i] + d[j]) / 2)
    if k == 0:
        return middle(walsh), -math.inf, math.inf
    return middle(walsh), float(walsh[k - 1]), float(walsh[-k])


@lru_cache(maxsize=16)
def upper_triangle(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices i <= j below n: the same for every configuration of a session."""
    return np.triu_indices(n)


def large_interval(d: Values, k: int) -> tuple[float, float, float]:
    """The same from counts of Walsh averages: all of 10,000 pairs would take a gigabyte."""
    s = np.sort(d)
    total = s.size * (s.size + 1) // 2

    def count(t: float) -> int:
        ordered_pairs = int(np.searchsorted(s, 2 * t - s, side="right").sum())
        return (ordered_pairs + int(np.searchsorted(s, t, side="right"))) // 2

    def at(rank: int) -> float:
        return select(count, rank, float(s[0]), float(s[-1]))

    return (at((total + 1) // 2) + at(total // 2 + 1)) / 2, at(k), at(total + 1 - k)


@lru_cache(maxsize=256)
def bound(n: int, level: float) -> int:
    """How many Walsh averages lie outside the interval on each side; 0: too few pairs for one."""
    tail = (1 - level) / 2
    if n > exact_max:
        from scipy.special import ndtri

        mean, sd = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(int(mean + sd * float(ndtri(tail)) + 0.5), 0)
    return int(np.searchsorted(signed_rank_cdf(n), tail * (1 + 1e-12), side="right"))


@lru_cache(maxsize=256)
def signed_rank_cdf(n: int) -> Values:
    """P(W <= w), w = 0 .. n(n+1)/2, of the sum of positive ranks, without ties."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1.0
    for rank in range(1, n + 1):
        shifted = counts.copy()
        shifted[rank:] += counts[: counts.size - rank]
        counts = shifted / 2  # kept a probability: 2^n would overflow
    return np.cumsum(counts)


def signed_rank_p(d: Values) -> float:
    """Exact two-sided p of the signed-rank test that d is symmetric about 0.

    Zeros are left out, ties get mid-ranks; exact with them, too. Beyond 200 pairs the normal
    approximation.
    """
    nonzero = d[d != 0]
    n = int(nonzero.size)
    if n == 0:
        return 1.0
    ranks = midranks(np.abs(nonzero))
    total, positive = n * (n + 1) / 2, float(ranks[nonzero > 0].sum())
    smaller = min(positive, total - positive)
    if n > exact_max:
        from scipy.special import ndtr

        sd = math.sqrt(float(ranks @ ranks)) / 2
        return min(1.0, 2 * float(ndtr((smaller + 0.5 - total / 2) / sd)))
    at_most = tied_cdf(ranks, smaller) if tied(ranks) else signed_rank_cdf(n)[round(smaller)]
    return min(1.0, 2 * float(at_most))


def tied(ranks: Values) -> bool:
    """Whether any two share a rank: the squares of all different ones add up to the most."""
    n = int(ranks.size)
    return 6 * float(ranks @ ranks) < n * (n + 1) * (2 * n + 1) - 1


def tied_cdf(ranks: Values, smaller: float) -> float:
    """P(sum of positive ranks <= smaller) over all sign flips of these ranks, mid-ranks included.

    Doubled ranks are whole numbers, so all flips are counted in n additions of one array.
    """
    share = np.zeros(round(2 * smaller) + 1)
    share[0] = 1.0
    for rank in np.rint(2 * ranks).astype(int):
        grown = share.copy()
        grown[rank:] += share[: max(share.size - rank, 0)]
        share = grown / 2
    return float(share.sum())


def midranks(values: Values) -> Values:
    """Ranks from 1; ties share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], values.size]
    ranks = np.empty(values.size)
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks
