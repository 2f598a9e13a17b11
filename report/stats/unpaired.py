"""unpaired.py: two samples of different sessions: exact Mann-Whitney test, Hodges-Lehmann interval.

Not interleaved, so drift between the sessions is not excluded: whoever prints it says so.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Sequence

import numpy as np

from report.stats.effect import Effect, Values, checked, detectable, middle, robust_sd, select
from report.stats.paired import exp, expm1, midranks, tied

exact_max = 40 * 40  # runs of base x of new; beyond it the normal approximation
laid_out_max = 4_000_000  # differences in memory; beyond it they are counted


def unpaired_ratio(base: Sequence[float], new: Sequence[float], level: float = 0.95) -> Effect:
    """New / base of independent runs. Raises ValueError for bad samples."""
    a, b = checked(base, positive=True), checked(new, positive=True)
    return unpaired(np.log(a), np.log(b), level, relative=True)


def unpaired_difference(base: Sequence[float], new: Sequence[float], level: float = 0.95) -> Effect:
    """New - base of independent runs, in the unit of the values."""
    a, b = checked(base, positive=False), checked(new, positive=False)
    return unpaired(a, b, level, relative=False)


def unpaired(x: Values, y: Values, level: float, relative: bool) -> Effect:
    m, n = int(x.size), int(y.size)
    estimate, low, high = interval(x, y, bound(m, n, level))
    one = math.sqrt((robust_sd(x) ** 2 * max(m - 1, 0) + robust_sd(y) ** 2 * max(n - 1, 0))
                    / max(m + n - 2, 1))
    found = math.inf  # while no difference, however large, can reach 0.05
    if bound(m, n, 0.95) > 0:
        found = detectable(one, math.sqrt(1 / m + 1 / n), m + n - 2)
    return Effect(
        ratio=exp(estimate) if relative else estimate,
        low=exp(low) if relative else low,
        high=exp(high) if relative else high,
        p=mann_whitney_p(x, y), n=(m, n), spread=one * math.sqrt(2),
        mde=expm1(found) if relative else found, paired=False, relative=relative,
    )


def interval(x: Values, y: Values, k: int) -> tuple[float, float, float]:
    """Median and k-th from both ends of all differences y_j - x_i; k = 0: no ends."""
    total = x.size * y.size
    if total <= laid_out_max:
        laid_out = np.sort((y[:, None] - x[None, :]).ravel())
        if k == 0:
            return middle(laid_out), -math.inf, math.inf
        return middle(laid_out), float(laid_out[k - 1]), float(laid_out[-k])
    x, y = np.sort(x), np.sort(y)

    def count(t: float) -> int:
        return total - int(np.searchsorted(x, y - t, side="left").sum())

    def at(rank: int) -> float:
        return select(count, rank, float(y[0] - x[-1]), float(y[-1] - x[0]))

    estimate = (at((total + 1) // 2) + at(total // 2 + 1)) / 2
    return (estimate, at(k), at(total + 1 - k)) if k else (estimate, -math.inf, math.inf)


@lru_cache(maxsize=256)
def bound(m: int, n: int, level: float) -> int:
    """How many differences lie outside the interval on each side; 0: too few runs for one."""
    tail = (1 - level) / 2
    if m * n > exact_max:
        from scipy.special import ndtri

        sd = math.sqrt(m * n * (m + n + 1) / 12)
        return max(int(m * n / 2 + sd * float(ndtri(tail)) + 0.5), 0)
    return int(np.searchsorted(mann_whitney_cdf(m, n), tail * (1 + 1e-12), side="right"))


@lru_cache(maxsize=256)
def mann_whitney_cdf(m: int, n: int) -> Values:
    """P(U <= u), u = 0 .. mn, without ties: counts of the ways by their generating function."""
    if m > n:
        return mann_whitney_cdf(n, m)
    # Gaussian binomial coefficient (m + n over m)_q: times (1 - q^(n+i)), divided by (1 - q^i).
    counts = np.zeros(m * n + 1)
    counts[0] = 1.0
    for i in range(1, m + 1):
        shift = n + i
        if shift < counts.size:
            product = counts.copy()
            product[shift:] -= counts[: counts.size - shift]
            counts = product
        for start in range(i):
            counts[start::i] = np.cumsum(counts[start::i])
    cumulated = np.cumsum(counts)
    return cumulated / cumulated[-1]


def mann_whitney_p(x: Values, y: Values) -> float:
    """Two-sided p: exact without ties up to 1600 pairs of runs, else normal with correction."""
    m, n = int(x.size), int(y.size)
    together = np.concatenate([x, y])
    ranks = midranks(together)
    u = float(ranks[m:].sum()) - n * (n + 1) / 2
    smaller = min(u, m * n - u)
    if m * n <= exact_max and not tied(ranks):
        return min(1.0, 2 * float(mann_whitney_cdf(m, n)[int(round(smaller))]))
    from scipy.special import ndtr

    _, ties = np.unique(together, return_counts=True)
    size = m + n
    correction = float((ties**3 - ties).sum()) / (size * max(size - 1, 1))
    variance = m * n / 12 * (size + 1 - correction)
    if variance <= 0:
        return 1.0  # all values are the same
    return min(1.0, 2 * float(ndtr((smaller + 0.5 - m * n / 2) / math.sqrt(variance))))
