"""diagnostics.py: what to look at before believing a sample: modes, trends, where the noise is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from report.stats.effect import checked

mode_gap = 5.0  # x the median gap
mode_share = 0.2  # the smaller mode has at least this share of the runs
trend_alpha = 0.01
strip = 500


def is_multimodal(values: Sequence[float]) -> bool:
    """Whether the largest gap between sorted runs is 5 times the median one and splits off 20 %."""
    ordered = np.sort(checked(values, positive=False))
    n = ordered.size
    if n < 8:
        return False
    gaps = np.diff(ordered)
    k = int(np.argmax(gaps))
    smaller = min(k + 1, n - k - 1) / n
    return bool(smaller >= mode_share and gaps[k] > mode_gap * np.median(gaps) and gaps[k] > 0)


def has_trend(values: Sequence[float]) -> bool:
    """Whether runs in their order rise or fall: Kendall's tau against the order, p < 0.01."""
    y = checked(values, positive=False)
    n = int(y.size)
    if n < 6:
        return False
    from scipy.special import ndtr

    # In strips: the signs of 10,000 runs at once would take most of a gigabyte.
    score = sum(
        float(np.triu(np.sign(y[None, start:] - y[start : start + strip, None]), 1).sum())
        for start in range(0, n, strip)
    )
    _, ties = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if variance <= 0:
        return False
    z = (abs(score) - 1) / math.sqrt(variance)
    return bool(z > 0 and 2 * float(ndtr(-z)) < trend_alpha)


@dataclass(frozen=True)
class Components:
    """Where the noise is. Standard deviations of logarithms, so 0.01 is 1 %.

    between: of processes; within: of trials in one process; icc: share of the variance that is
    between; lag1: correlation of a trial with the next.
    """

    between: float
    within: float
    icc: float
    lag1: float


def components(trials: Sequence[Sequence[float]]) -> Components:
    """From values [process, trial]: at least 2 processes of 2 trials. Raises ValueError."""
    y = np.asarray(trials, dtype=float)
    if y.ndim != 2 or min(y.shape) < 2 or not np.all(np.isfinite(y)) or np.any(y <= 0):
        raise ValueError("components need 2 processes of 2 trials each, all above 0")
    y = np.log(y)
    repeats = y.shape[1]
    within = float(y.var(axis=1, ddof=1).mean())
    between = max(0.0, float(y.mean(axis=1).var(ddof=1)) - within / repeats)
    residual = y - y.mean(axis=1, keepdims=True)
    squares = float((residual**2).sum())
    # A process's own mean, taken off, makes neighbours look opposed: by 1 / repeats.
    lag = float((residual[:, 1:] * residual[:, :-1]).sum()) / squares if squares else 0.0
    total = between + within
    return Components(
        math.sqrt(between), math.sqrt(within), between / total if total else 0.0,
        lag + 1 / repeats if squares else 0.0,
    )


def best_repetitions(
    between: float, within: float, cost_process: float, cost_trial: float
) -> int:
    """Trials a process that give the most precision for the time; costs in seconds.

    T. Kalibera, R. Jones: Rigorous Benchmarking in Reasonable Time (2013), two levels.
    """
    if between <= 0:
        return 1 if within <= 0 else 100
    return max(1, math.ceil(math.sqrt(cost_process / cost_trial) * within / between))
