"""certificate.py: the noise certificate: how often this machine sees a change where there is none.

Made from two sessions of the same build, so that every flag is a false one.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Sequence

from report.stats.effect import Effect
from report.stats.verdict import Verdict


@dataclass(frozen=True)
class Certificate:
    """What an A/A comparison found.

    tests: comparisons; false_flags: BETTER or WORSE among them; rate_high: upper end of the 95 %
    Clopper-Pearson interval of that rate; spread: median standard deviation of a pair; mde: median
    minimum detectable effect, relative; significant: tests with p < 0.05, about 5 % when all is
    well.
    """

    tests: int
    false_flags: int
    rate_high: float
    spread: float
    mde: float
    significant: int


def certify(effects: Sequence[Effect], verdicts: Sequence[Verdict]) -> Certificate:
    """The certificate of an A/A comparison. Raises ValueError without any effect."""
    if not effects or len(effects) != len(verdicts):
        raise ValueError("a certificate needs effects, and a verdict of each")
    flags = sum(one in (Verdict.BETTER, Verdict.WORSE) for one in verdicts)
    return Certificate(
        tests=len(effects), false_flags=flags, rate_high=rate_interval(flags, len(effects))[1],
        spread=statistics.median(effect.spread for effect in effects),
        mde=statistics.median(effect.mde for effect in effects),
        significant=sum(effect.p < 0.05 for effect in effects),
    )


def rate_interval(hits: int, tests: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a probability: `hits` of `tests` were seen."""
    from scipy.special import btdtri

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(btdtri(hits, tests - hits + 1, tail))
    high = 1.0 if hits == tests else float(btdtri(hits + 1, tests - hits, 1 - tail))
    return low, high
