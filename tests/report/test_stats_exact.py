"""Statistics against scipy's and statsmodels' own, and against values worked out by hand."""

from __future__ import annotations

import math
import tracemalloc
from itertools import product
from typing import Callable

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests

from report import stats
from report.stats.paired import bound, signed_rank_cdf
from report.stats.unpaired import mann_whitney_cdf

RNG = np.random.default_rng(20261122)


def pairs(n: int, shift: float = 0.01, noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    base = np.exp(RNG.normal(0, noise, n))
    return base, base * np.exp(RNG.normal(shift, noise, n))


@pytest.mark.parametrize("n", [2, 3, 5, 6, 7, 12, 20, 50])
def test_signed_rank_p_is_scipys_exact_one(n: int) -> None:
    for _ in range(20):
        base, new = pairs(n)
        expected = scipy_stats.wilcoxon(np.log(new) - np.log(base), mode="exact").pvalue
        assert stats.paired_ratio(base, new).p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("m, n", [(1, 1), (2, 5), (6, 6), (12, 9), (30, 40)])
def test_mann_whitney_p_is_scipys_exact_one(m: int, n: int) -> None:
    for _ in range(20):
        base, new = pairs(m)[0], pairs(n)[1]
        expected = scipy_stats.mannwhitneyu(base, new, method="exact").pvalue
        assert stats.unpaired_ratio(base, new).p == pytest.approx(expected, rel=1e-9)


def test_large_samples_agree_with_the_normal_approximation() -> None:
    base, new = pairs(600, shift=0.001)
    expected = scipy_stats.wilcoxon(np.log(new) - np.log(base), mode="approx", correction=True)
    assert stats.paired_ratio(base, new).p == pytest.approx(expected.pvalue, rel=1e-6)
    expected = scipy_stats.mannwhitneyu(base, new, method="asymptotic")
    assert stats.unpaired_ratio(base, new).p == pytest.approx(expected.pvalue, rel=1e-6)


def test_the_interval_is_the_test_inverted() -> None:
    """What the interval excludes the test rejects, and what it holds the test does not."""
    for n in (6, 8, 12, 17):
        base, new = pairs(n)
        effect = stats.paired_ratio(base, new)
        for edge, inside in ((effect.low, 1.0001), (effect.high, 0.9999)):
            assert stats.paired_ratio(base * edge * inside, new).p > 0.05
            assert stats.paired_ratio(base * edge / inside, new).p <= 0.05


def test_tied_differences_are_flipped_in_every_way() -> None:
    base = np.zeros(6)
    new = np.array([0.25, 0.25, 0.25, -0.25, 0.5, 0.0])
    ranks, signs = np.array([2.5, 2.5, 2.5, 2.5, 5]), np.array([1, 1, 1, -1, 1])
    observed = abs(ranks @ signs)
    ways = [abs(ranks @ np.array(flip)) >= observed - 1e-9 for flip in product((-1, 1), repeat=5)]
    assert stats.paired_difference(base, new).p == pytest.approx(np.mean(ways))


def test_no_difference_at_all_is_no_evidence() -> None:
    effect = stats.paired_ratio([3.0] * 8, [3.0] * 8)
    assert (effect.ratio, effect.low, effect.high, effect.p) == (1, 1, 1, 1)
    assert effect.mde == 0 and stats.verdict(effect, 0.02, "higher") is stats.Verdict.SAME
    assert stats.unpaired_ratio([3.0] * 8, [3.0] * 9).p == 1


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_too_few_rounds_have_no_interval(n: int) -> None:
    effect = stats.paired_ratio(*pairs(n, shift=1))
    assert (effect.low, effect.high, effect.mde) == (0, math.inf, math.inf)
    assert stats.verdict(effect, 0.02, "higher") is stats.Verdict.INCONCLUSIVE
    assert stats.paired_difference(*pairs(n)).low == -math.inf


def test_six_rounds_are_enough() -> None:
    assert bound(5, 0.95) == 0 and bound(6, 0.95) == 1
    effect = stats.paired_ratio(*pairs(6, shift=0.5))
    assert effect.low > 1.2 and effect.p == 2 / 2**6


def test_counts_of_the_null_distributions() -> None:
    assert signed_rank_cdf(3) * 8 == pytest.approx([1, 2, 3, 5, 6, 7, 8])
    assert mann_whitney_cdf(2, 3) * 10 == pytest.approx([1, 2, 4, 6, 8, 9, 10])
    assert mann_whitney_cdf(7, 4) == pytest.approx(mann_whitney_cdf(4, 7))


def test_adjusted_p_are_those_of_statsmodels() -> None:
    for m in (1, 2, 5, 40):
        p = list(RNG.uniform(0, 0.2, m))
        assert stats.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
        assert stats.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert stats.benjamini_hochberg([]) == stats.holm([]) == []


@pytest.mark.parametrize("paired", [True, False])
def test_the_bootstrap_is_scipys(paired: bool) -> None:
    base, new = pairs(20, shift=0.05)

    def ratio(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.mean(b, axis=axis) / np.mean(a, axis=axis)

    expected = scipy_stats.bootstrap(
        (base, new), ratio, paired=paired, method="BCa", random_state=1).confidence_interval
    estimate, low, high = stats.bootstrap_ratio(base, new, np.mean, paired)
    assert estimate == pytest.approx(ratio(base, new))
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.003)
    assert (low, high) == stats.bootstrap_ratio(base, new, np.mean, paired)[1:]


def test_quantile_interval_holds_what_the_binomial_promises() -> None:
    low, high = stats.quantile_interval(list(range(1, 21)), 0.5)
    assert (low, high) == (6, 15)  # tables of the sign test: ranks 6 and 15 of 20
    assert stats.quantile_interval([1.0, 2.0, 3.0], 0.99)[1] == math.inf


def test_kendalls_tau_decides_on_trends() -> None:
    for _ in range(50):
        y = RNG.normal(0, 1, 15) + np.arange(15) * RNG.uniform(-0.3, 0.3)
        p = scipy_stats.kendalltau(np.arange(15), y, method="asymptotic").pvalue
        if not 0.004 < p < 0.02:  # ours has a continuity correction
            assert stats.has_trend(y) is bool(p < 0.01)
    assert not stats.has_trend([1.0] * 20)


def test_components_find_where_the_noise_is() -> None:
    between, within = 0.02, 0.005
    trials = np.exp(RNG.normal(0, within, (400, 4)) + RNG.normal(0, between, (400, 1)))
    found = stats.components(trials)
    assert found.between == pytest.approx(between, rel=0.1)
    assert found.within == pytest.approx(within, rel=0.1)
    assert found.icc == pytest.approx(0.941, abs=0.02) and abs(found.lag1) < 0.1
    assert stats.best_repetitions(0.02, 0.005, 0.15, 0.3) == 1
    assert stats.best_repetitions(0.01, 0.04, 1.0, 0.25) == 8


def test_two_modes_are_seen_and_one_is_not() -> None:
    one = RNG.normal(100, 1, 12)
    assert stats.is_multimodal(np.concatenate([one[:6], one[6:] + 40]))
    assert not stats.is_multimodal(np.r_[one[:11], 500.0])  # an outlier is no mode
    assert not stats.is_multimodal([1.0, 2.0, 50.0, 51.0])


def test_the_certificate_counts_false_flags() -> None:
    effects = [stats.paired_ratio(*pairs(8, shift=0)) for _ in range(40)]
    verdicts = [stats.Verdict.SAME] * 39 + [stats.Verdict.WORSE]
    found = stats.certify(effects, verdicts)
    assert (found.tests, found.false_flags) == (40, 1)
    expected = scipy_stats.binomtest(1, 40).proportion_ci(method="exact")
    assert found.rate_high == pytest.approx(expected.high)
    assert stats.rate_interval(0, 10)[0] == 0 and stats.rate_interval(10, 10)[1] == 1
    with pytest.raises(ValueError):
        stats.certify([], [])


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [1.0, math.inf], [0.0, 1.0], [-1.0, 2.0]])
def test_bad_samples_are_one_clear_error(values: list[float]) -> None:
    with pytest.raises(ValueError, match="sample|ratio"):
        stats.paired_ratio(values, values)
    with pytest.raises(ValueError, match="sample|ratio"):
        stats.unpaired_ratio([1.0, 2.0], values)


def test_pairs_need_partners() -> None:
    for compare in (stats.paired_ratio, stats.paired_difference, stats.bootstrap_ratio):
        with pytest.raises(ValueError, match="same length"):
            compare([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("n", [6, 15, 40])
def test_ties_are_exact_and_do_not_depend_on_the_order_of_rounds(n: int) -> None:
    """Differences rounded to few values; the distribution counted by a dict, not an array."""
    d = np.round(RNG.normal(0.3, 1, n) * 2) / 2
    ranks = scipy_stats.rankdata(np.abs(d[d != 0]))
    ways = {0.0: 1}
    for rank in ranks:
        grown = dict(ways)
        for total, count in ways.items():
            grown[total + rank] = grown.get(total + rank, 0) + count
        ways = grown
    positive = float(ranks[d[d != 0] > 0].sum())
    smaller = min(positive, float(ranks.sum()) - positive)
    expected = 2 * sum(count for total, count in ways.items() if total <= smaller) / 2 ** len(ranks)
    p = stats.paired_difference(np.zeros(n), d).p
    assert p == pytest.approx(min(1.0, expected))
    assert p == stats.paired_difference(np.zeros(n), d[::-1]).p


def test_large_samples_are_counted_to_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order statistics found by counting are those of all averages and differences laid out."""
    base, new = pairs(301, shift=0.01)
    laid_out = stats.paired_ratio(base, new), stats.unpaired_ratio(base, new[:200])
    monkeypatch.setattr("report.stats.paired.walsh_max", 10)
    monkeypatch.setattr("report.stats.unpaired.laid_out_max", 10)
    counted = stats.paired_ratio(base, new), stats.unpaired_ratio(base, new[:200])
    for one, other in zip(laid_out, counted):
        assert (other.ratio, other.low, other.high) == pytest.approx(
            (one.ratio, one.low, one.high), rel=1e-14)


def test_ten_thousand_runs_fit_in_memory() -> None:
    """All differences of 10,000 runs and 10,000 others would take 800 MB."""
    base, new = pairs(10_000, shift=0.001)
    tracemalloc.start()
    effect, apart = stats.paired_ratio(base, new), stats.unpaired_ratio(base, new)
    assert not stats.has_trend(new)
    stats.quantile_interval(new, 0.99)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
    few = stats.paired_ratio(base[:1500], new[:1500])
    assert effect.low < math.exp(0.001) < effect.high
    assert math.log(effect.high / effect.low) < 0.5 * math.log(few.high / few.low)
    assert apart.low < math.exp(0.001) < apart.high


def test_a_bootstrap_of_many_runs_draws_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    base, new = pairs(30, shift=0.05)
    whole = stats.bootstrap_ratio(base, new)
    monkeypatch.setattr("report.stats.bootstrap.drawn_max", 3000)
    assert stats.bootstrap_ratio(base, new) == pytest.approx(whole, abs=0.003)
    with pytest.raises(ValueError, match="not finite"):
        stats.bootstrap_ratio(base, new, lambda values: math.nan)


@pytest.mark.parametrize("compare", [stats.paired_ratio, stats.unpaired_ratio])
def test_ratios_beyond_a_double_are_infinite(compare: Callable[..., stats.Effect]) -> None:
    effect = compare([1e-300] * 6, [1e300] * 6)
    assert effect.ratio == effect.low == math.inf
    assert stats.verdict(effect, 0.02, "higher") is stats.Verdict.BETTER
    assert compare([1e300] * 6, [1e-300] * 6).high == 0


def test_deterministic_figures_have_no_interval_to_speak_of() -> None:
    """Exact benches give the same figure in each round: any change is certain."""
    effect = stats.paired_ratio([100.0] * 6, [103.0] * 6)
    assert effect.low == pytest.approx(1.03) == effect.high and effect.spread < 1e-12
    assert effect.p == 2 / 2**6 and effect.mde < 1e-12
    assert stats.verdict(effect, 0.02, "lower") is stats.Verdict.WORSE
    assert stats.rounds_needed(stats.paired_ratio([3.0] * 6, [3.0] * 6), 0.02) is None


def test_rounds_needed_are_enough() -> None:
    """Never fewer than an interval needs, and more for a smaller threshold."""
    few = stats.paired_ratio([100.0, 100.1, 99.9], [100.0, 100.2, 99.9])
    assert stats.rounds_needed(few, 0.2) == 3
    base, new = pairs(12, shift=0.0, noise=0.02)
    effect = stats.paired_ratio(base, new)
    wanted = [stats.rounds_needed(effect, threshold) for threshold in (0.2, 0.02, 0.002)]
    assert None not in wanted and wanted == sorted(wanted, key=lambda n: n or 0)
    assert (wanted[2] or 0) > (wanted[1] or 0)
    with pytest.raises(ValueError, match="higher or lower"):
        stats.verdict(effect, 0.02, "more")
