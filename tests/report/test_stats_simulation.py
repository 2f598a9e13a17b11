"""False alarms, power and coverage, counted on simulated sessions with fixed seeds.

Bounds are what the method promises, widened by what chance does to so many sessions (4 standard
deviations of a binomial). docs/statistics.md has the figures of more sessions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from report import stats
from report.stats import Effect, Verdict

SESSIONS = 600
ROUNDS = 12


def drift(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """What a machine does to 2 n runs in a row, as logarithms."""
    if kind == "linear":
        return np.linspace(0, 0.04, 2 * n)
    if kind == "walk":
        return np.cumsum(rng.normal(0, 0.03 / math.sqrt(2 * n), 2 * n))
    if kind == "step":
        return 0.05 * (np.arange(2 * n) >= rng.integers(2, 2 * n - 2))
    return np.zeros(2 * n)


def session(
    rng: np.random.Generator, shift: float = 0.0, noise: float = 0.01, kind: str = "none",
    n: int = ROUNDS, tail: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Base and new of n rounds; in each round a coin says which comes first."""
    common = drift(kind, n, rng).reshape(n, 2)
    first = rng.integers(0, 2, n)
    draw = rng.standard_t(3, (n, 2)) * 0.6 if tail else rng.normal(0, 1, (n, 2))
    rows = np.arange(n)
    base = common[rows, first] + noise * draw[:, 0]
    new = common[rows, 1 - first] + noise * draw[:, 1] + shift
    return np.exp(base), np.exp(new)


def effects(seed: int, **how: Any) -> list[Effect]:
    rng = np.random.default_rng(seed)
    return [stats.paired_ratio(*session(rng, **how)) for _ in range(SESSIONS)]


def sigma(share: float, tests: int) -> float:
    return math.sqrt(share * (1 - share) / tests)


@pytest.mark.parametrize("kind", ["none", "linear", "walk", "step"])
def test_five_percent_of_nothing_is_significant_whatever_drifts(kind: str) -> None:
    rate = np.mean([one.p < 0.05 for one in effects(1, kind=kind)])
    assert rate < 0.05 + 4 * sigma(0.05, SESSIONS)


@pytest.mark.parametrize("kind", ["none", "linear", "walk"])
def test_one_percent_is_found_at_one_percent_noise(kind: str) -> None:
    power = np.mean([one.p < 0.05 for one in effects(2, shift=0.01, kind=kind)])
    assert power > 0.58 - 4 * sigma(0.58, SESSIONS)


@pytest.mark.parametrize("tail", [False, True])
def test_the_interval_covers_the_truth(tail: bool) -> None:
    truth = math.exp(0.03)
    found = effects(3, shift=0.03, tail=tail)
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.95 - 4 * sigma(0.95, SESSIONS) < covered


def test_the_unpaired_interval_covers_the_truth_without_drift() -> None:
    rng = np.random.default_rng(4)
    found = [stats.unpaired_ratio(*session(rng, shift=0.03)) for _ in range(SESSIONS)]
    covered = np.mean([one.low <= math.exp(0.03) <= one.high for one in found])
    assert 0.95 - 4 * sigma(0.95, SESSIONS) < covered


def test_a_verdict_needs_the_whole_interval() -> None:
    """Without a change there is hardly ever BETTER or WORSE, at any noise."""
    for noise in (0.01, 0.05):
        verdicts = [stats.verdict(one, 0.02, "higher") for one in effects(5, noise=noise)]
        flags = sum(one in (Verdict.BETTER, Verdict.WORSE) for one in verdicts)
        assert flags <= 3, noise
    quiet = [stats.verdict(one, 0.02, "higher") for one in effects(6, noise=0.005)]
    assert np.mean([one is Verdict.SAME for one in quiet]) > 0.95


@pytest.mark.parametrize("n", [6, 8, 12])
def test_the_detectable_effect_is_detected_four_times_in_five(n: int) -> None:
    """mde is in units of a spread that is estimated, too: so the median one is taken."""
    mde = float(np.median([one.mde for one in effects(7, n=n)]))
    power = np.mean([one.p < 0.05 for one in effects(8, shift=math.log1p(mde), n=n)])
    assert 0.8 - 0.13 < power < 0.8 + 0.1


def test_screen_and_confirm_flag_what_changed_and_nothing_else() -> None:
    """200 configurations, 5 of them 5 % slower, noise 2 %."""
    rng = np.random.default_rng(9)
    false_flags = found = 0
    for _ in range(4):
        shifts = [-0.05] * 5 + [0.0] * 195
        candidates = [
            shift for shift in shifts
            if stats.screen(stats.paired_ratio(*session(rng, shift, 0.02)), 0.02, "higher")
        ]
        fresh = [stats.paired_ratio(*session(rng, shift, 0.02, n=16)) for shift in candidates]
        flags = stats.confirm(fresh, [0.02] * len(fresh), ["higher"] * len(fresh))
        found += sum(flag is Verdict.WORSE and shift < 0 for flag, shift in zip(flags, candidates))
        false_flags += sum(flag is not None and shift == 0
                           for flag, shift in zip(flags, candidates))
    assert false_flags == 0 and found >= 18


def series(rng: np.random.Generator, n: int, kind: str) -> np.ndarray:
    noise = rng.normal(0, 0.01, n)
    if kind == "correlated":
        for i in range(1, n):
            noise[i] += 0.4 * noise[i - 1]
    if kind == "outliers":
        noise += (rng.uniform(0, 1, n) < 0.06) * rng.normal(0, 0.08, n)
    return np.exp(noise)


@pytest.mark.parametrize("kind", ["independent", "correlated", "outliers"])
def test_a_history_without_change_has_none(kind: str) -> None:
    rng = np.random.default_rng(10)
    with_change = sum(bool(stats.change_points(series(rng, 100, kind))) for _ in range(40))
    assert with_change <= 1


@pytest.mark.parametrize("after, power", [(5, 0.8), (8, 0.85)])
def test_a_step_of_five_sigma_is_found_and_placed(after: int, power: float) -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(40):
        y = series(rng, 40 + after, "independent")
        y[40:] *= math.exp(0.05)
        hits += any(change.first <= 40 <= change.last and 0.03 < math.log(change.ratio) < 0.07
                    for change in stats.change_points(y))
    assert hits / 40 >= power


def test_the_newest_points_are_suspected_when_they_should_be() -> None:
    rng = np.random.default_rng(12)
    false_ones = sum(stats.suspect(series(rng, 32, "independent")) != 0 for _ in range(2000))
    assert false_ones <= 8
    found = 0
    for _ in range(300):
        y = series(rng, 34, "independent")
        y[32:] *= math.exp(-0.05)
        found += stats.suspect(y) == -1
    assert found / 300 > 0.8
    assert stats.suspect([1.0] * 9) == 0  # too short a history


def test_a_change_that_was_undone_is_found_twice() -> None:
    """In the whole series the two hide each other."""
    rng = np.random.default_rng(13)
    both = 0
    for _ in range(30):
        y = series(rng, 36, "independent")
        y[14:24] *= math.exp(-0.08)
        found = stats.change_points(y)
        both += len(found) == 2 and all(
            one.first <= place <= one.last for one, place in zip(found, (14, 24)))
    assert both >= 25
