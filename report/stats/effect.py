"""effect.py: what a comparison of two samples says: a ratio or a difference, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Callable, Sequence

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
else:
    Values = np.ndarray  # numpy.typing alone takes longer to import than this package


@dataclass(frozen=True)
class Effect:
    """New against base.

    ratio: new / base, or new - base where `relative` is false: the Hodges-Lehmann estimate. low,
    high: the exact interval at the level asked for; 0 and inf (-inf and inf of a difference) where
    there are too few runs for one. p: exact two-sided probability of so large an effect by chance.
    n: runs of base, of new. spread: robust standard deviation of the paired logarithms of ratios
    (unpaired: of one run, both sides pooled, times the square root of 2), or of the differences.
    mde: smallest relative change (difference) that would be found in 4 of 5 such comparisons; inf
    where there are too few runs to say.
    """

    ratio: float
    low: float
    high: float
    p: float
    n: tuple[int, int]
    spread: float
    mde: float
    paired: bool
    relative: bool


def checked(values: Sequence[float], positive: bool) -> Values:
    """The values as an array. Raises ValueError: none, not finite, or not above 0."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or array.size == 0:
        raise ValueError("a sample is a sequence of at least one value")
    if not np.isfinite(array).all():
        raise ValueError("a sample has a value that is not finite")
    if positive and array.min() <= 0:
        raise ValueError("a ratio needs values above 0")
    return array


def robust_sd(values: Values) -> float:
    """The median absolute deviation as an estimate of the standard deviation: x 1.4826, and
    n / (n - 0.8), as that of few values comes out too small (C. Croux, P. Rousseeuw 1992).

    At least half the standard deviation, so that it is not 0 where more than half of a few values
    are the same.
    """
    n = values.size
    if n < 2:
        return 0.0
    mad = middle(np.sort(np.abs(values - middle(np.sort(values)))))
    off = values - values.sum() / n
    sd = math.sqrt(float(off @ off) / (n - 1))
    return max(1.4826 * mad * n / (n - 0.8), 0.5 * sd)


def middle(ordered: Values) -> float:
    """The median of sorted values: np.median takes ten times as long for a dozen."""
    n = ordered.size
    return float(ordered[n // 2] + ordered[(n - 1) // 2]) / 2


def select(count: Callable[[float], int], k: int, low: float, high: float) -> float:
    """The k-th smallest, from 1, of values in low .. high that are never all in memory.

    count(t): how many are at most t. Bisection down to neighbouring doubles.
    """
    while True:
        half = low + (high - low) / 2
        if not low < half < high:
            return high if count(low) < k else low
        low, high = (low, half) if count(half) >= k else (half, high)


def detectable(spread: float, errors: float, degrees: int, loss: float = 1.04) -> float:
    """The effect that a two-sided test at 0.05 finds with probability 0.8, in units of the logs.

    errors: standard error = spread x errors. loss: how much larger it is than Student's test would
    need, by simulation of a known spread (docs/statistics.md).
    """
    return loss * quantiles(degrees) * spread * errors if degrees >= 2 else math.inf


@lru_cache(maxsize=256)
def quantiles(degrees: int) -> float:
    """Student's 0.975 and 0.8 quantiles, added: a function of n alone, asked for in each row."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975) + stdtrit(degrees, 0.8))
