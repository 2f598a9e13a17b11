"""counted.py: instructions of a machine whose clock they are: there is no chance to test."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np

from report.stats.effect import Effect, checked, middle, robust_sd


def counted_ratio(base: Sequence[float], new: Sequence[float]) -> Effect:
    """New against base where every run of a side repeats the same course, e.g. boots with icount.

    ratio: of the medians. low, high: the ratios of the runs that are farthest apart, so that what
    repeats differ by is inside. p: 0 where no run of one side is inside the range of the other,
    otherwise 1; it is no probability, as nothing was drawn. mde: the width of the interval. Raises
    ValueError: no value, not finite, or not above 0.
    """
    a, b = np.sort(checked(base, True)), np.sort(checked(new, True))
    apart = bool(b[0] > a[-1] or b[-1] < a[0])
    return Effect(
        ratio=middle(b) / middle(a), low=float(b[0] / a[-1]), high=float(b[-1] / a[0]),
        p=0.0 if apart else 1.0, n=(a.size, b.size),
        spread=math.hypot(robust_sd(np.log(a)), robust_sd(np.log(b))),
        mde=float(b[-1] / b[0] * a[-1] / a[0]) - 1, paired=False, relative=True,
    )
