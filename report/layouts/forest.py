"""forest.py: the intervals of a table drawn under each other, on one axis, in ASCII.

          -10%            0           +10%
  pf_shared
        2            . [--*--]             BETTER, sees 1.3%
"""

from __future__ import annotations

import math
from typing import Sequence

from report.compare import Comparison, Outcome, Row
from report.layouts.words import (
    bounded, mde_text, more_of, rounds_max, verdict_word,
)
from report.stats import Effect
from report.table import indent, wrap

label_width = 7
percents = (1, 2, 5, 10, 20, 50, 100)


class Axis:
    """From an effect to a column: percent up to a doubling, powers of two beyond; differences as
    they are. columns is odd, so that no change has a column of its own."""

    def __init__(self, effects: Sequence[Effect], columns: int) -> None:
        self.columns = columns
        self.relative = effects[0].relative
        ends = [end for effect in effects for end in ends_of(effect)]
        if self.relative and max(abs(math.log2(end)) for end in ends) > 1:
            self.doublings = math.ceil(max(abs(math.log2(end)) for end in ends))
            self.limit = float(self.doublings)
        elif self.relative:
            self.doublings = 0
            widest = max(100 * abs(end - 1) for end in ends)
            self.limit = next((p for p in percents if p >= widest), percents[-1]) / 100
        else:
            self.doublings = 0
            widest = max(abs(end) for end in ends)
            self.limit = next((p / 100 for p in percents if p / 100 >= widest), 1.0)

    def column(self, value: float) -> int:
        """Of the value of an effect; outside 0..columns-1 where the axis does not reach it."""
        if self.relative and self.doublings:
            place = math.log2(value) if 0 < value < math.inf else math.copysign(1e9, value - 1)
        else:
            place = value - 1 if self.relative else value
        half = self.columns // 2
        reach = max(-10.0, min(10.0, place / self.limit))
        return half + round(reach * half)

    def labels(self) -> tuple[str, str, str]:
        """Of the left end, the middle, the right end."""
        if self.doublings:
            factor = 2**self.doublings
            text = str(factor) if factor < 1e6 else f"{factor:.1e}"
            return f"/{text}", "1", f"x{text}"
        if self.relative:
            return f"-{100 * self.limit:g}%", "0", f"+{100 * self.limit:g}%"
        return f"-{self.limit:g}", "0", f"+{self.limit:g}"

    def head(self) -> str:
        left, middle, right = self.labels()
        half = self.columns // 2
        before = middle.rjust(half + 1 - len(left))
        return left + before + right.rjust(self.columns - half - 1)


def ends_of(effect: Effect) -> list[float]:
    """What the axis must reach: the interval, or the estimate where there is none."""
    found = [effect.low, effect.high] if bounded(effect) else [effect.ratio]
    return [end for end in found if end > 0 or not effect.relative]


def forest_lines(
    comparison: Comparison, outcomes: Sequence[tuple[Row, Outcome]], width: int
) -> list[str]:
    """The drawing of one table; nothing where no row has an effect."""
    effects = [one.effect for _, one in outcomes if one.effect and ends_of(one.effect)]
    if not effects:
        return []
    said = [words_of(comparison, row, one) for row, one in outcomes]
    room = width - len(indent) - label_width - 3 - max(map(len, said))
    axis = Axis(effects, room - 1 + room % 2)
    lines = [f"{indent}{'':{label_width}} {axis.head()}"]
    series = ""
    for (row, outcome), words in zip(outcomes, said):
        if row.series != series:
            series = row.series
            lines += wrap(series, width)
        mark = "*" if row.benchmark.oversubscribed else " "
        drawn = draw(axis, outcome.effect, row.threshold)
        lines.append(f"{indent}{f'{row.count}{mark}':>{label_width}} {drawn}  {words}")
    return lines


def draw(axis: Axis, effect: Effect | None, threshold: float) -> str:
    """One line: threshold, no change, interval, estimate; < and > where it runs out."""
    canvas = [" "] * axis.columns

    def put(value: float, letter: str) -> None:
        column = axis.column(value)
        if 0 <= column < axis.columns:
            canvas[column] = letter

    zero = 1.0 if axis.relative else 0.0
    for limit in ((1 / (1 + threshold), 1 + threshold) if axis.relative else
                  (-threshold, threshold)):
        put(limit, ".")
    put(zero, ":")
    if effect is None:
        return "".join(canvas)
    last = axis.columns - 1
    if bounded(effect):
        low, high = axis.column(effect.low), axis.column(effect.high)
        for column in range(max(low, 0), min(high, last) + 1):
            canvas[column] = "-"
        put(effect.low, "[")
        put(effect.high, "]")
        if low < 0:
            canvas[0] = "<"
        if high > last:
            canvas[last] = ">"
    put(effect.ratio, "*")
    return "".join(canvas)


def words_of(comparison: Comparison, row: Row, outcome: Outcome) -> str:
    """What stands at the end of a line: 'SAME, sees 1.3%', '? +9 rounds, sees 4.2%'."""
    word = verdict_word(comparison, row, outcome)
    if word not in ("SAME", "INCONCLUSIVE") or outcome.effect is None:
        return word
    sees = mde_text(outcome.effect)
    needed = outcome.rounds_needed or 0
    number = f"over {rounds_max}" if needed > rounds_max else str(needed)
    more = f" +{number} {more_of(comparison)}" if needed else ""
    return ("SAME" if word == "SAME" else f"?{more}") + (f", sees {sees}" if sees else "")
