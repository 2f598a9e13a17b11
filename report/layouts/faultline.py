"""faultline.py: our own layout: medians, change with its interval, q, verdict; a forest; notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from report import describe
from report.compare import Comparison, Outcome, Row
from report.errors import ascii_line
from report.layouts import Options, head
from report.layouts.forest import forest_lines
from report.layouts.notes import note_lines, remarkable
from report.layouts.words import (
    axis_word, better_text, change_text, interval_text, p_text, spread_text, threshold_text,
    value_text, verdict_line, verdict_word,
)
from report.table import indent, wrap

Cells = tuple[str, ...]

# Columns after the count, and which of them go first where the width does not hold them all.
names = ("base", "sd", "new", "sd", "change", "95% CI", "q", "verdict")
expendable = (4, 2, 7)  # sd of new, sd of base, q


@dataclass(frozen=True)
class Block:
    """One table: one metric of one contender."""

    contender: int
    rows: tuple[Row, ...]

    def outcomes(self) -> list[tuple[Row, Outcome]]:
        return [(row, row.outcomes[self.contender]) for row in self.rows]


def render(comparison: Comparison, options: Options) -> str:
    lines = [*head.lines(comparison, options.width), *body(comparison, options)]
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def body(comparison: Comparison, options: Options) -> list[str]:
    """Everything under the head: a table and a forest for each contender, verdicts, notes."""
    lines: list[str] = []
    for block in blocks(comparison):
        lines += ["", *table_lines(comparison, block, options.width)]
        drawn = forest_lines(comparison, block.outcomes(), options.width)
        lines += ["", *drawn] if drawn else []
    lines += ["", *wrap(verdict_line(comparison), options.width)]
    lines += ["", *wrap(legend(comparison), options.width)]
    return lines + note_lines(comparison, options.width)


def blocks(comparison: Comparison) -> list[Block]:
    """By metric, then by contender; the rows of a series stand together."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in comparison.rows:
        found.setdefault(row.metric.name, {}).setdefault(row.series, []).append(row)
    return [
        Block(contender, tuple(row for rows in series.values() for row in rows))
        for series in found.values() for contender in range(len(comparison.contenders))
    ]


def table_lines(comparison: Comparison, block: Block, width: int) -> list[str]:
    """A title, a head, then the rows, those of a series under its name."""
    metric = block.rows[0].metric
    source = comparison.contenders[block.contender]
    limits = ", ".join(dict.fromkeys(threshold_text(row) for row in block.rows))
    lines = wrap(
        f"{metric.title}{head.mark(comparison)}: {source.label} against {comparison.base.label}; "
        f"{better_text(comparison, block.rows[0])}; threshold {limits}; n {sizes(block)}", width)
    texts = [cells(comparison, row, outcome) for row, outcome in block.outcomes()]
    written = table((axis_word(comparison), *names), texts, width - len(indent))
    lines += written[:2]
    series = ""
    for row, line in zip(block.rows, written[2:]):
        if row.series != series:
            series = row.series
            lines += wrap(f"{series} [{row.unit}]", width)
        lines.append(line)
    return lines


def sizes(block: Block) -> str:
    """'12', '11..12', '12 and 8': runs of base and of new."""
    found = [one.effect.n for _, one in block.outcomes() if one.effect]
    mine, theirs = (describe.span([n[side] for n in found]) for side in (0, 1))
    return mine if mine == theirs else f"{mine} and {theirs}"


def cells(comparison: Comparison, row: Row, outcome: Outcome) -> Cells:
    """The texts of one line, in the order of the columns."""
    effect = outcome.effect
    word = verdict_word(comparison, row, outcome)
    shown = {"INCONCLUSIVE": "?", "refused": "-"}.get(word, word)
    return (
        f"{row.count}{'*' if row.benchmark.oversubscribed else ' '}",
        value_text(row.base), spread_text(row.base),
        value_text(outcome.sample), spread_text(outcome.sample),
        change_text(effect) if effect else "-",
        interval_text(effect) if effect else "-",
        p_text(outcome.q),
        shown + ("!" if remarkable(outcome) else ""),
    )


def table(heads: Cells, texts: Sequence[Cells], room: int) -> list[str]:
    """Head, rule and rows, columns as wide as their widest text; what does not fit is left out."""
    columns = list(range(len(heads)))
    widths = [max(len(line[c]) for line in (heads, *texts)) for c in columns]
    for victim in expendable:
        if sum(widths[c] + 1 for c in columns) - 1 > room:
            columns.remove(victim)
    spare = max(0, room - sum(widths[c] + 1 for c in columns) + 1)
    gap = " " * min(2, 1 + spare // (len(columns) - 1))
    last = columns[-1]

    def line(row: Cells) -> str:
        return indent + gap.join(
            row[c].ljust(widths[c]) if c == last else row[c].rjust(widths[c]) for c in columns)

    return [line(heads), indent + "-" * (len(line(heads)) - len(indent)), *map(line, texts)]


def legend(comparison: Comparison) -> str:
    """What the marks mean."""
    pairs = ("over the pairs, not of the two medians" if comparison.paired
             else "the median over all pairs of runs")
    words = [
        "base, new: median of the runs; sd: of a run, in % of the mean; k, M, G: 10^3, 10^6, "
        f"10^9. change: new / base - 1 (xN: N times; of fairness: new - base), {pairs}.",
        "[--*--]: 95% interval and estimate; dots: the threshold; colon: no change. sees: the "
        "change that such a session finds in 8 of 10 cases.",
    ]
    found = {verdict_word(comparison, row, one) for row, one in comparison.outcomes}
    if "INCONCLUSIVE" in found:
        words.append("?: INCONCLUSIVE, which is not the same as no change.")
    if any(row.benchmark.oversubscribed for row in comparison.rows):
        words.append("*: more threads than CPUs.")
    if any(remarkable(one) for _, one in comparison.outcomes):
        words.append("!: see the notes.")
    return " ".join(words)
