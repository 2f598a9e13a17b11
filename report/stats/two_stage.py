"""two_stage.py: many configurations: screen them all, confirm the suspicious ones on fresh runs.

Corrections for many tests cost all power at a dozen rounds; measuring the few candidates again
costs 3 to 9 % more time and none of it (docs/statistics.md).
"""

from __future__ import annotations

import math
from typing import Sequence

from report.stats.effect import Effect
from report.stats.multiple import holm
from report.stats.verdict import Verdict, limits

screen_alpha = 0.05
confirm_alpha = 0.01
adjusted_above = 3  # candidates: from here on p is adjusted for their number


def direction(effect: Effect, better: str) -> Verdict:
    """Which way an effect points, whatever its size."""
    up = effect.ratio > (1 if effect.relative else 0)
    return Verdict.BETTER if up == (better == "higher") else Verdict.WORSE


def screen(effect: Effect, threshold: float, better: str) -> Verdict | None:
    """BETTER or WORSE: a candidate, to be confirmed on fresh runs; None: not suspicious."""
    down, up = limits(effect, threshold)
    if effect.p < screen_alpha and not down <= effect.ratio <= up:
        return direction(effect, better)
    return None


def confirm(
    effects: Sequence[Effect], thresholds: Sequence[float], better: Sequence[str]
) -> list[Verdict | None]:
    """What fresh runs of the candidates say: BETTER or WORSE where it is confirmed, else None.

    Confirmed: beyond the threshold again, p below 0.01 (adjusted for more than 3 candidates), and
    the near end of the interval beyond half the threshold. All of one gate are judged together.
    """
    p = [effect.p for effect in effects]
    if len(p) > adjusted_above:
        p = holm(p)
    found: list[Verdict | None] = []
    for effect, adjusted, threshold, good in zip(effects, p, thresholds, better):
        down, up = limits(effect, threshold)
        half_down, half_up = limits(
            effect, math.sqrt(1 + threshold) - 1 if effect.relative else threshold / 2
        )
        beyond = (effect.ratio > up and effect.low > half_up) or (
            effect.ratio < down and effect.high < half_down
        )
        found.append(direction(effect, good) if beyond and adjusted < confirm_alpha else None)
    return found
