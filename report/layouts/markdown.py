"""markdown.py: a comparison as Markdown: for a page, a pull request, a step summary of a CI."""

from __future__ import annotations

import html

from report.compare import Comparison, Row
from report.errors import ascii_line
from report.layouts import Options, head
from report.layouts.notes import said
from report.layouts.words import (
    axis_word, better_text, change_text, interval_text, mde_text, p_text, spread_text,
    threshold_text, value_text, verdict_line, verdict_word,
)

special = "\\`*_[]|#~!"  # what Markdown would take for markup


def render(comparison: Comparison, options: Options) -> str:
    lines = [f"**{escape(head.title(comparison))}**", ""]
    lines += [f"* {name}: {escape(words)}" for name, words in head.facts(comparison)]
    for metric in dict.fromkeys(row.metric.name for row in comparison.rows):
        rows = [row for row in comparison.rows if row.metric.name == metric]
        for contender in range(len(comparison.contenders)):
            lines += ["", *table(comparison, rows, contender)]
    lines += ["", f"**{escape(verdict_line(comparison))}**", "", escape(legend(comparison))]
    return "\n".join(lines) + "\n"


def legend(comparison: Comparison) -> str:
    change = "over the pairs" if comparison.paired else "over all pairs of runs"
    return (
        f"base, new: median of the runs. change: new / base - 1 {change} (of fairness: new - base)."
        " sees: the change that such a session finds in 8 of 10 cases. INCONCLUSIVE is not the same"
        " as no change."
    )


def table(comparison: Comparison, rows: list[Row], contender: int) -> list[str]:
    """One metric of one contender."""
    source = comparison.contenders[contender]
    limits = ", ".join(dict.fromkeys(threshold_text(row) for row in rows))
    lines = [
        escape(f"{rows[0].metric.title}{head.mark(comparison)}: {source.label} against "
               f"{comparison.base.label}; {better_text(comparison, rows[0])}; threshold {limits}"),
        "",
        f"| configuration | {axis_word(comparison)} | base | sd | new | sd | change | 95% interval "
        "| q | verdict | sees | notes |",
        "|:--|" + "--:|" * 8 + ":--|--:|:--|",
    ]
    for row in rows:
        outcome = row.outcomes[contender]
        effect = outcome.effect
        notes = "; ".join(f"{where}: {what}" for what, where in said(outcome))
        cells = [
            f"{row.series} [{row.unit}]", str(row.count), value_text(row.base),
            spread_text(row.base), value_text(outcome.sample), spread_text(outcome.sample),
            change_text(effect) if effect else "-",
            interval_text(effect).replace(" ", "") if effect else "-", p_text(outcome.q),
            verdict_word(comparison, row, outcome), (effect and mde_text(effect)) or "-", notes,
        ]
        lines.append("| " + " | ".join(map(escape, cells)) + " |")
    return lines


def escape(text: str) -> str:
    """One line of ASCII in which nothing is HTML or Markdown markup: a label is a stranger's."""
    plain = html.escape(ascii_line(text), quote=False)
    return "".join(f"\\{c}" if c in special else c for c in plain)
