"""paired.py: two variants in the same rounds: exact signed-rank test and Hodges-Lehmann interval.

The interval is the test inverted, so they never contradict each other (M. Hollander, D. Wolfe,
E. Chicken: Nonparametric Statistical Methods, 3.1 to 3.3).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Sequence

import numpy as np

from report.stats.effect import Effect, Values, checked, detectable, robust_sd

exact_max = 200  # pairs; beyond it the normal approximation is right to more digits than are shown
enumerated_max = 14  # pairs of which all sign flips are tried where there are ties
flips = 20000  # random sign flips beyond that


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
    found = detectable(spread, 1 / math.sqrt(n), n - 1)
    return Effect(
        ratio=math.exp(estimate) if relative else estimate,
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
    if n > 2000:
        return large_interval(d, level)
    i, j = np.triu_indices(n)
    walsh = np.sort((d[i] + d[j]) / 2)
    k = bound(n, level)
    if k == 0:
        return float(np.median(walsh)), -math.inf, math.inf
    return float(np.median(walsh)), float(walsh[k - 1]), float(walsh[-k])


def large_interval(d: Values, level: float) -> tuple[float, float, float]:
    """The same for very many pairs, from every k-th: their Walsh averages would fill the memory."""
    ordered = np.sort(d)
    step = math.ceil(ordered.size / 2000)
    estimate, low, high = interval(ordered[step // 2 :: step], level)
    narrowing = 1 / math.sqrt(step)  # the interval is that of all pairs, not of one in `step`
    return estimate, estimate - (estimate - low) * narrowing, (
        estimate + (high - estimate) * narrowing
    )


def bound(n: int, level: float) -> int:
    """How many Walsh averages lie outside the interval on each side; 0: too few pairs for one."""
    tail = (1 - level) / 2
    if n > exact_max:
        from scipy.special import ndtri

        mean, sd = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(int(mean + sd * float(ndtri(tail)) + 0.5), 0)
    return int(np.searchsorted(signed_rank_cdf(n), tail * (1 + 1e-12), side="right"))


@lru_cache(maxsize=None)
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

    Ties and zeros: mid-ranks, zeros left out, all sign flips up to 14 pairs, beyond that 20000
    random ones.
    """
    nonzero = d[d != 0]
    n = int(nonzero.size)
    if n == 0:
        return 1.0
    size = np.abs(nonzero)
    ranks = midranks(size)
    if n == d.size and np.unique(size).size == n:
        smaller = min(float(ranks[nonzero > 0].sum()), float(ranks[nonzero < 0].sum()))
        if n > exact_max:
            return normal_p(smaller, n)
        return min(1.0, 2 * float(signed_rank_cdf(n)[int(round(smaller))]))
    return flipped_p(ranks, np.sign(nonzero))


def normal_p(smaller: float, n: int) -> float:
    from scipy.special import ndtr

    mean, sd = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return min(1.0, 2 * float(ndtr((smaller + 0.5 - mean) / sd)))


def flipped_p(ranks: Values, signs: Values) -> float:
    """p by flipping signs: all ways where there are few, else a fixed random choice."""
    n = int(ranks.size)
    observed = abs(float(ranks @ signs))
    if n <= enumerated_max:
        every = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) * 2 - 1
        return float(np.mean(np.abs(every @ ranks) >= observed - 1e-9))
    if n > exact_max:
        from scipy.special import ndtr

        return min(1.0, 2 * float(ndtr(-observed / math.sqrt(float((ranks**2).sum())))))
    chosen = np.random.default_rng(0).integers(0, 2, (flips, n)) * 2 - 1
    extreme = int(np.count_nonzero(np.abs(chosen @ ranks) >= observed - 1e-9))
    return (extreme + 1) / (flips + 1)


def midranks(values: Values) -> Values:
    """Ranks from 1; ties share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], values.size]
    ranks = np.empty(values.size)
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks
