"""What must hold of every comparison, whatever the figures: tried on drawn samples."""

from __future__ import annotations

import math
from typing import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report import stats
from report.stats import Verdict

settings.register_profile("faultline", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("faultline")

Drawn = list[tuple[float, float]]
Compare = Callable[[np.ndarray, np.ndarray], stats.Effect]

rates = st.floats(min_value=0.1, max_value=1e9, allow_nan=False)
samples = st.lists(st.tuples(rates, rates), min_size=6, max_size=16)
opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER,
            Verdict.SAME: Verdict.SAME, Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE}
ratios = pytest.mark.parametrize("compare", [stats.paired_ratio, stats.unpaired_ratio])


def split(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    return np.array([a for a, _ in drawn]), np.array([b for _, b in drawn])


@ratios
@given(drawn=samples)
def test_swapping_the_sides_inverts_everything(compare: Compare, drawn: Drawn) -> None:
    base, new = split(drawn)
    there, back = compare(base, new), compare(new, base)
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert back.low == pytest.approx(1 / there.high)
    assert back.high == pytest.approx(1 / there.low)
    assert back.p == pytest.approx(there.p)
    for better in ("higher", "lower"):
        verdict = stats.verdict(there, 0.05, better)
        assert stats.verdict(back, 0.05, better) is opposite[verdict]


@ratios
@given(drawn=samples, factor=st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_both_sides_changes_nothing(
    compare: Compare, drawn: Drawn, factor: float
) -> None:
    base, new = split(drawn)
    one, other = compare(base, new), compare(base * factor, new * factor)
    assert other.ratio == pytest.approx(one.ratio)
    assert (other.low, other.high) == pytest.approx((one.low, one.high))


@ratios
@given(drawn=samples, seed=st.integers(0, 1000))
def test_the_order_of_rounds_does_not_matter(
    compare: Compare, drawn: Drawn, seed: int
) -> None:
    base, new = split(drawn)
    order = np.random.default_rng(seed).permutation(base.size)
    one, other = compare(base, new), compare(base[order], new[order])
    assert other.ratio == pytest.approx(one.ratio) and other.p == pytest.approx(one.p, abs=0.02)
    assert (other.low, other.high) == pytest.approx((one.low, one.high))


@ratios
@given(drawn=samples)
def test_the_estimate_lies_in_its_interval(compare: Compare, drawn: Drawn) -> None:
    effect = compare(*split(drawn))
    assert effect.low * (1 - 1e-12) <= effect.ratio <= effect.high * (1 + 1e-12)
    assert 0 < effect.p <= 1


@given(drawn=samples, threshold=st.floats(0.001, 0.5))
def test_a_wider_threshold_flags_less(drawn: Drawn, threshold: float) -> None:
    effect = stats.paired_ratio(*split(drawn))
    flags = (Verdict.BETTER, Verdict.WORSE)
    if stats.verdict(effect, threshold, "higher") not in flags:
        assert stats.verdict(effect, 2 * threshold, "higher") not in flags


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_are_not_smaller_and_keep_their_order(p: list[float]) -> None:
    for adjust in (stats.benjamini_hochberg, stats.holm):
        q = adjust(p)
        assert all(adjusted >= raw - 1e-12 for raw, adjusted in zip(p, q))
        assert max(q) <= 1
        order = np.argsort(p, kind="stable")
        assert np.all(np.diff(np.array(q)[order]) >= -1e-12)


@given(st.lists(rates, min_size=1, max_size=40), st.floats(0.5, 2))
def test_a_history_scaled_changes_in_the_same_places(y: list[float], factor: float) -> None:
    one = stats.change_points(y)
    other = stats.change_points([value * factor for value in y])
    assert [(c.first, c.best, c.last) for c in one] == [(c.first, c.best, c.last) for c in other]
    assert all(c.first <= c.best <= c.last for c in one)


@given(drawn=samples)
def test_differences_shift_with_their_samples(drawn: Drawn) -> None:
    base, new = split(drawn)
    effect = stats.paired_difference(base, new)
    moved = stats.paired_difference(base, new + 7.0)
    assert moved.ratio == pytest.approx(effect.ratio + 7.0, rel=1e-6, abs=1e-3)
    assert math.isfinite(effect.low) and not effect.relative
