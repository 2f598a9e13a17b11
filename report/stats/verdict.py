"""verdict.py: better, worse, the same, or not known yet: what an interval says of a threshold."""

from __future__ import annotations

import math
from enum import Enum

from report.stats.effect import Effect


rounds_least = 6  # below it no 95 % interval of pairs is finite


class Verdict(str, Enum):
    BETTER = "BETTER"
    WORSE = "WORSE"
    SAME = "SAME"
    INCONCLUSIVE = "INCONCLUSIVE"


def limits(effect: Effect, threshold: float) -> tuple[float, float]:
    """The effects that are the largest ones of no importance, downwards and upwards."""
    if threshold < 0:
        raise ValueError("a threshold is at least 0")
    return (1 / (1 + threshold), 1 + threshold) if effect.relative else (-threshold, threshold)


def verdict(effect: Effect, threshold: float, better: str) -> Verdict:
    """BETTER or WORSE only when the whole interval lies beyond the threshold, SAME only when it
    lies within. better: "higher" or "lower".

    A threshold of 0 can be told apart from nothing but exact equality.
    """
    if better not in ("higher", "lower"):
        raise ValueError(f"better is higher or lower, not {better!r}")
    down, up = limits(effect, threshold)
    if effect.low > up:
        return Verdict.BETTER if better == "higher" else Verdict.WORSE
    if effect.high < down:
        return Verdict.WORSE if better == "higher" else Verdict.BETTER
    if effect.low >= down and effect.high <= up:
        return Verdict.SAME
    return Verdict.INCONCLUSIVE


def rounds_needed(effect: Effect, threshold: float) -> int | None:
    """Further rounds until the interval should be narrow enough for a verdict.

    None: nothing can be said (no spread known, or the effect lies on the threshold's edge).
    n = 2 + 1.05 (2.8 s / d)^2 runs see a distance d with probability 0.8.
    """
    n = min(effect.n)
    if n < 3 or effect.spread <= 0 or threshold <= 0:
        return None
    if effect.relative and not 0 < effect.ratio < math.inf:
        return None
    size = math.log(effect.ratio) if effect.relative else effect.ratio
    edge = math.log1p(threshold) if effect.relative else threshold
    distance = max(abs(abs(size) - edge), 0.1 * edge)
    wanted = 2 + 1.05 * (2.8 * effect.spread / distance) ** 2
    return max(math.ceil(wanted) - n, rounds_least - n, 1)
