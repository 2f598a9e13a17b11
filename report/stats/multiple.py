"""multiple.py: p of many tests, adjusted.

statsmodels has both; it takes longer to import than a comparison takes, so that its multipletests
is the tests' oracle instead.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """q of each test: the false discovery rate at which it would be reported."""
    values = np.asarray(p, dtype=float)
    m = values.size
    if m == 0:
        return []
    order = np.argsort(values)
    scaled = values[order] * m / np.arange(1, m + 1)
    adjusted = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    result = np.empty(m)
    result[order] = adjusted
    return [float(q) for q in result]


def holm(p: Sequence[float]) -> list[float]:
    """p of each test, adjusted so that any false one is as rare as the level says."""
    values = np.asarray(p, dtype=float)
    m = values.size
    if m == 0:
        return []
    order = np.argsort(values)
    scaled = values[order] * (m - np.arange(m))
    result = np.empty(m)
    result[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return [float(one) for one in result]
