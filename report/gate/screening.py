"""screening.py: the two stages of a gate over many configurations, as rules on effects.

A screen over m configurations finds some by chance; only what fresh processes show again counts.
"""

from __future__ import annotations

from typing import Sequence

from report.stats import Effect, holm

screen_p = 0.05
confirm_p = 0.01
raw_up_to = 3  # candidates that need no correction: the screen left so few


def beyond(effect: Effect, threshold: float, better: str) -> bool:
    """Whether the estimate is worse than the threshold; relative: 0.02 is a factor of 1.02."""
    if effect.relative:
        low, high = 1 / (1 + threshold), 1 + threshold
    else:
        low, high = -threshold, threshold
    return effect.ratio < low if better == "higher" else effect.ratio > high


def near_end_beyond(effect: Effect, threshold: float, better: str) -> bool:
    """Whether even the harmless end of the interval is worse than half the threshold."""
    half = threshold / 2
    if effect.relative:
        low, high = 1 / (1 + half), 1 + half
    else:
        low, high = -half, half
    return effect.high < low if better == "higher" else effect.low > high


def suspected(effect: Effect, threshold: float, better: str) -> bool:
    """Whether the screen makes a candidate of it."""
    return effect.p < screen_p and beyond(effect, threshold, better)


def confirmed(fresh: Sequence[tuple[Effect, float, str]]) -> list[bool]:
    """For each candidate's (effect, threshold, better) in fresh runs: is it a regression?"""
    raw = [effect.p for effect, _, _ in fresh]
    adjusted = raw if len(raw) <= raw_up_to else holm(raw)
    return [
        p < confirm_p and beyond(effect, threshold, better)
        and near_end_beyond(effect, threshold, better)
        for p, (effect, threshold, better) in zip(adjusted, fresh)
    ]
