"""bootstrap.py: intervals by resampling runs, for statistics that no rank test fits.

Runs are resampled, never trials: the trials of one process share its memory layout. BCa after
B. Efron, Better Bootstrap Confidence Intervals (1987).
"""

from __future__ import annotations

import math
from typing import Callable, Sequence

import numpy as np

from report.stats.effect import Values, checked

Statistic = Callable[[Values], float]
resamples = 9999
drawn_max = 4_000_000  # values drawn at once: 100 MB


def bootstrap_ratio(
    base: Sequence[float], new: Sequence[float], statistic: Statistic = np.median,
    paired: bool = True, seed: int = 0, level: float = 0.95,
) -> tuple[float, float, float]:
    """statistic(new) / statistic(base) with its BCa interval: (ratio, low, high).

    paired: element i of both is of the same round, and rounds are drawn. The same seed gives the
    same interval. Below 4 runs the interval is 0 to inf. Raises ValueError for bad samples.
    """
    a, b = checked(base, positive=True), checked(new, positive=True)
    if paired and a.size != b.size:
        raise ValueError("pairs need samples of the same length")
    estimate = statistic(b) / statistic(a)
    if min(a.size, b.size) < 4:
        return float(estimate), 0.0, math.inf
    rng = np.random.default_rng(seed)
    rows = max(1, min(resamples, drawn_max // max(a.size, b.size)))
    drawn = np.concatenate([
        draw(a, b, statistic, paired, min(rows, resamples - start), rng)
        for start in range(0, resamples, rows)
    ])
    if not (math.isfinite(estimate) and np.isfinite(drawn).all()):
        raise ValueError("the statistic of a resample is not finite")
    left_out = jackknife(a, b, statistic, paired)
    low, high = bca(drawn, float(estimate), left_out, level)
    return float(estimate), low, high


def draw(
    a: Values, b: Values, statistic: Statistic, paired: bool, rows: int, rng: np.random.Generator
) -> Values:
    """The ratio of so many resamples."""
    first = rng.integers(0, a.size, (rows, a.size))
    second = first if paired else rng.integers(0, b.size, (rows, b.size))
    return along(statistic, b[second]) / along(statistic, a[first])


def along(statistic: Statistic, rows: Values) -> Values:
    """The statistic of each row: at once where it can take an axis, as numpy's can."""
    try:
        found = np.asarray(statistic(rows, axis=1))  # type: ignore[call-arg]
    except TypeError:
        found = np.array([statistic(row) for row in rows])
    return found


def jackknife(a: Values, b: Values, statistic: Statistic, paired: bool) -> Values:
    """The ratio without each run, or each round, in turn."""
    if paired:
        return np.array([
            statistic(np.delete(b, i)) / statistic(np.delete(a, i)) for i in range(a.size)
        ])
    of_a, of_b = statistic(a), statistic(b)
    return np.array(
        [of_b / statistic(np.delete(a, i)) for i in range(a.size)]
        + [statistic(np.delete(b, i)) / of_a for i in range(b.size)]
    )


def bca(drawn: Values, estimate: float, left_out: Values, level: float) -> tuple[float, float]:
    """The bias-corrected and accelerated interval of what was drawn."""
    from scipy.special import ndtr, ndtri

    below = (np.count_nonzero(drawn < estimate) + 0.5 * np.count_nonzero(drawn == estimate))
    share = min(max(below / drawn.size, 1 / drawn.size), 1 - 1 / drawn.size)
    bias = float(ndtri(share))
    off = left_out.mean() - left_out
    cubed = float((off**2).sum()) ** 1.5
    acceleration = float((off**3).sum()) / (6 * cubed) if cubed else 0.0
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = bias + float(ndtri(tail))
        ends.append(float(ndtr(bias + z / (1 - acceleration * z))))
    low, high = np.quantile(drawn, ends)
    return float(low), float(high)


def quantile_interval(
    values: Sequence[float], share: float, level: float = 0.95
) -> tuple[float, float]:
    """An interval of a quantile between runs that assumes nothing: order statistics.

    -inf or inf where there are too few runs for that end. values: one a run.
    """
    from scipy.special import bdtr

    ordered = np.sort(checked(values, positive=False))
    if not 0 < share < 1:
        raise ValueError("a quantile lies between 0 and 1")
    n = int(ordered.size)
    tail = (1 - level) / 2
    # P(fewer than k values lie below the quantile) = P(Binomial(n, share) < k)
    at_most = bdtr(np.arange(n + 1), n, share)
    lower = int(np.searchsorted(at_most, tail, side="left"))
    upper = int(np.searchsorted(at_most, 1 - tail, side="left"))
    return (
        float(ordered[lower - 1]) if lower >= 1 else -math.inf,
        float(ordered[upper]) if upper < n else math.inf,
    )
