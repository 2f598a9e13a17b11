"""words.py: a number, an interval or a verdict of a comparison as the shortest honest text."""

from __future__ import annotations

import math

from report import describe
from report.compare import Comparison, Outcome, Row, Sample
from report.stats import Effect

# Between benches nothing is better: a ratio says how far a model is from a measurement.
bench_words = {True: {"BETTER": "HIGHER", "WORSE": "LOWER"},
               False: {"BETTER": "LOWER", "WORSE": "HIGHER"}}


rounds_max = 200  # more than anyone would wait for: said as "over 200"


def verdict_word(comparison: Comparison, row: Row, outcome: Outcome) -> str:
    """BETTER, WORSE, SAME, INCONCLUSIVE (between benches HIGHER, LOWER), or refused."""
    if outcome.verdict is None:
        return "refused"
    word = outcome.verdict.value
    if comparison.by == "bench":
        return bench_words[row.metric.better == "higher"].get(word, word)
    return word


def count_words(comparison: Comparison) -> dict[str, int]:
    """How many outcomes have which word, in a fixed order."""
    found = [verdict_word(comparison, row, one) for row, one in comparison.outcomes]
    order = ("BETTER", "WORSE", "HIGHER", "LOWER", "SAME", "INCONCLUSIVE", "refused")
    return {word: found.count(word) for word in order if word in found}


def verdict_line(comparison: Comparison) -> str:
    """'verdicts: 3 BETTER, 1 WORSE, 2 INCONCLUSIVE (9 more rounds)'."""
    more = rounds_text(comparison)
    parts = [
        f"{number} {word}" + (f" ({more})" if word == "INCONCLUSIVE" and more else "")
        for word, number in count_words(comparison).items()
    ]
    return f"verdicts: {', '.join(parts)}"


def rounds_text(comparison: Comparison) -> str:
    """How many rounds (seeds of a simulation) should settle what is open, if that can be said."""
    needed = [one.rounds_needed for _, one in comparison.outcomes if one.rounds_needed]
    if not needed:
        return ""
    what = more_of(comparison)
    low, high = (f"over {rounds_max}" if n > rounds_max else str(n)
                 for n in (min(needed), max(needed)))
    return f"{low} more {what}" if low == high else f"{low} to {high} more {what}"


def more_of(comparison: Comparison) -> str:
    """What more of would settle an open row."""
    if comparison.base.result.session.bench == "sim":
        return "seeds"
    return "rounds" if comparison.paired else "runs"


def change_text(effect: Effect) -> str:
    """'+1.2%', 'x17.3' from ten times on; a difference as '+0.012'."""
    return bound_text(effect, effect.ratio) + ("%" if is_percent(effect, effect.ratio) else "")


def bound_text(effect: Effect, value: float) -> str:
    """As change_text, without the percent sign."""
    if not effect.relative:
        return f"{round(value, 3) + 0.0:+.3f}"
    if is_percent(effect, value):
        percent = 100 * (value - 1)
        # Adding zero turns a rounded -0.0 into 0.0: no change has no direction.
        return f"{round(percent, 1) + 0.0:+.1f}" if abs(percent) < 99.95 else f"{percent:+.0f}"
    return f"x{value:.1f}" if value < 99.95 else f"x{value:.3g}"


def is_percent(effect: Effect, value: float) -> bool:
    return effect.relative and value < 9.995


def bounded(effect: Effect) -> bool:
    """Whether there is an interval: with too few runs (below 6) it is everything."""
    return math.isfinite(effect.high) and math.isfinite(effect.low) and (
        effect.low > 0 or not effect.relative)


def interval_text(effect: Effect) -> str:
    """'-0.5.. +0.2' in percent, each end five wide; 'none' without an interval."""
    if not bounded(effect):
        return "none"
    low, high = (bound_text(effect, value) for value in (effect.low, effect.high))
    return f"{low:>5}..{high:>5}"


def p_text(p: float | None) -> str:
    """'0.034', '<.001'; '-' where it is not known."""
    if p is None:
        return "-"
    return "<.001" if p < 0.0005 else f"{p:.3f}"


def mde_text(effect: Effect) -> str | None:
    """The smallest change that such a session finds in 8 of 10 cases; None: not known."""
    if not math.isfinite(effect.mde):
        return None
    if not effect.relative:
        return f"{effect.mde:.3f}" if effect.mde >= 0.0005 else "<0.001"
    percent = 100 * effect.mde
    return "<0.1%" if percent < 0.05 else f"{percent:.1f}%" if percent < 99.5 else ">99%"


def threshold_text(row: Row) -> str:
    """'2%', '0.05' for a difference."""
    return f"{100 * row.threshold:.3g}%" if row.metric.relative else f"{row.threshold:.3g}"


def value_text(sample: Sample) -> str:
    """The median; 'failed' where every run did."""
    if sample.median is None:
        return "failed" if sample.failures else "-"
    return describe.compact(sample.median)


def spread_text(sample: Sample) -> str:
    """The standard deviation in percent of the mean: '1.2%', '12%'; '-' below two values."""
    spread = sample.sd_percent
    if spread is None:
        return "-"
    return f"{spread:.1f}%" if spread < 9.95 else f"{spread:.0f}%"


def better_text(comparison: Comparison, row: Row) -> str:
    """What a positive change means: stands with every table."""
    if comparison.by == "bench":
        return "+ is more than the base, not better"
    return "+ is better" if row.metric.better == "higher" else "- is better (lower)"


def axis_word(comparison: Comparison) -> str:
    """What `count` counts: threads, or simulated CPUs."""
    return "CPUs" if comparison.base.result.session.bench == "sim" else "threads"
