"""histogram.py: histograms of times, as result files have them: log-linear buckets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable


@dataclass(frozen=True)
class Histogram:
    """Counts by size, `steps` buckets for each power of two: at most 1 / steps off.

    counts: (number of the bucket, values in it), ascending; n: all values; most: the largest one,
    exactly.
    """

    steps: int
    n: int
    most: int
    counts: tuple[tuple[int, int], ...]

    def upper_edge(self, bucket: int) -> int:
        """The largest value of a bucket, in the unit of the values."""
        if bucket < self.steps:
            return bucket
        shift = bucket // self.steps - 1
        return min(((bucket % self.steps + self.steps + 1) << shift) - 1, self.most)

    def quantile(self, share: float) -> int | None:
        """The smallest edge that at least `share` of the values do not exceed; None of nothing."""
        rank = max(math.ceil(share * self.n), 1)
        seen = 0
        for bucket, count in self.counts:
            seen += count
            if seen >= rank:
                return self.upper_edge(bucket)
        return None

    def exceeding(self) -> list[tuple[int, float]]:
        """Points of the CCDF: (value, share of the values that are larger), ascending."""
        found = []
        left = self.n
        for bucket, count in self.counts:
            left -= count
            found.append((self.upper_edge(bucket), left / self.n))
        return found


def merged(histograms: Iterable[Histogram]) -> Histogram | None:
    """All values together; None of none. Raises ValueError for different buckets."""
    every = list(histograms)
    if not every:
        return None
    if len({one.steps for one in every}) > 1:
        raise ValueError("histograms of different steps cannot be merged")
    counts: dict[int, int] = {}
    for one in every:
        for bucket, count in one.counts:
            counts[bucket] = counts.get(bucket, 0) + count
    return Histogram(
        every[0].steps, sum(one.n for one in every), max(one.most for one in every),
        tuple(sorted(counts.items())),
    )
