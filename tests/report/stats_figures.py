"""stats_figures.py: prints the figures of docs/statistics.md: simulated, with fixed seeds.

python3 tests/report/stats_figures.py
Takes about a minute; the tests count the same on fewer sessions.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import test_stats_simulation as simulated  # noqa: E402
from report import stats  # noqa: E402
from report.stats import Verdict  # noqa: E402

SESSIONS = 4000
SERIES = 400


def share(hits: int, tests: int) -> str:
    """hits / tests in per cent with its exact 95 % interval."""
    low, high = stats.rate_interval(hits, tests)
    return f"{100 * hits / tests:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def significance(kind: str, shift: float, paired: bool) -> str:
    rng = np.random.default_rng(1)
    compare = stats.paired_ratio if paired else stats.unpaired_ratio
    hits = sum(compare(*simulated.session(rng, shift=shift, kind=kind)).p < 0.05
               for _ in range(SESSIONS))
    return share(hits, SESSIONS)


def coverage(n: int, tail: bool, paired: bool = True) -> str:
    rng = np.random.default_rng(2)
    compare = stats.paired_ratio if paired else stats.unpaired_ratio
    hits = 0
    for _ in range(SESSIONS):
        effect = compare(*simulated.session(rng, shift=0.03, n=n, tail=tail))
        hits += effect.low <= math.exp(0.03) <= effect.high
    return share(hits, SESSIONS)


def flags(noise: float) -> str:
    rng = np.random.default_rng(3)
    hits = sum(
        stats.verdict(stats.paired_ratio(*simulated.session(rng, noise=noise)), 0.02, "higher")
        in (Verdict.BETTER, Verdict.WORSE) for _ in range(SESSIONS))
    return share(hits, SESSIONS)


def two_stages(noise: float, shift: float, sessions: int = 50) -> tuple[float, str, float]:
    """False flags per 200 configurations, power on the 5 changed ones, share measured again."""
    rng = np.random.default_rng(4)
    false_flags = found = again = 0
    for _ in range(sessions):
        shifts = [-shift] * 5 + [0.0] * 195
        picked = [one for one in shifts if stats.screen(
            stats.paired_ratio(*simulated.session(rng, one, noise)), 0.02, "higher")]
        again += len(picked)
        fresh = [stats.paired_ratio(*simulated.session(rng, one, noise, n=16)) for one in picked]
        result = stats.confirm(fresh, [0.02] * len(fresh), ["higher"] * len(fresh))
        found += sum(v is Verdict.WORSE and one < 0 for v, one in zip(result, picked))
        false_flags += sum(v is not None and one == 0 for v, one in zip(result, picked))
    return false_flags / sessions, share(found, 5 * sessions), again / sessions / 200


def false_changes(kind: str) -> str:
    rng = np.random.default_rng(5)
    hits = sum(bool(stats.change_points(simulated.series(rng, 100, kind))) for _ in range(SERIES))
    return share(hits, SERIES)


def placed_changes(step: float, after: int) -> str:
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(SERIES):
        y = simulated.series(rng, 40 + after, "independent")
        y[40:] *= math.exp(step)
        hits += any(one.first <= 40 <= one.last for one in stats.change_points(y))
    return share(hits, SERIES)


def suspects(kind: str, step: float, after: int = 2) -> str:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(SESSIONS):
        y = simulated.series(rng, 30 + after, kind)
        y[30:] *= math.exp(step)
        hits += stats.suspect(y) != 0
    return share(hits, SESSIONS)


def main() -> None:
    for kind in ("none", "linear", "walk", "step"):
        for shift in (0.0, 0.01, 0.02):
            print(f"p < 0.05, drift {kind}, shift {shift}: paired {significance(kind, shift, True)}"
                  f", unpaired {significance(kind, shift, False)}", flush=True)
    for n in (6, 12, 20):
        print(f"coverage, n {n}: normal {coverage(n, False)}, heavy tails {coverage(n, True)}, "
              f"unpaired {coverage(n, False, False)}", flush=True)
    for noise in (0.005, 0.01, 0.02, 0.05):
        print(f"BETTER or WORSE of nothing, noise {noise}: {flags(noise)}", flush=True)
    for noise, shift in ((0.01, 0.05), (0.02, 0.05), (0.05, 0.1)):
        false_flags, power, again = two_stages(noise, shift)
        print(f"screen and confirm, noise {noise}, shift {shift}: {false_flags:.2f} false, power "
              f"{power}, measured again {100 * again:.1f} %", flush=True)
    for kind in ("independent", "correlated", "outliers"):
        print(f"{kind}: false changes {false_changes(kind)}, false suspects {suspects(kind, 0)}",
              flush=True)
    for step, after in ((0.05, 4), (0.05, 5), (0.05, 8), (0.03, 5), (0.03, 8)):
        print(f"change of {step}, {after} points after: {placed_changes(step, after)}", flush=True)
    for step in (0.03, 0.05):
        print(f"suspected, step {step}: {suspects('independent', step)}", flush=True)


if __name__ == "__main__":
    main()
