"""markdown.py: the verdict for a page: a job's step summary, a merge request.

Names and messages of a result file are data from strangers: every character that Markdown or HTML
could act on is escaped.
"""

from __future__ import annotations

import re

from report.errors import ascii_line
from report.gate.model import Row, Verdict
from report.gate.text import (
    change_text, compact, counted, headline, interval_text, n_text, notices, side_words,
    worst_first,
)

special = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@/$])")
rows_max = 500  # a step summary may have 1 MiB


def verdict_markdown(verdict: Verdict, strict: bool) -> str:
    """Heading, what was compared, a table of every row that is not merely the same, notes."""
    lines = [f"### faultline gate: {escape(headline(verdict, strict))}", ""]
    lines += [f"- {name}: {escape(words)}" for name, words in facts(verdict)]
    rows = worst_first(verdict)
    if rows:
        lines += [
            "",
            "| status | configuration | metric | change | 95 % interval | base | new | n | why |",
            "|---|---|---|--:|---|--:|--:|--:|---|",
        ]
        lines += [row_line(row) for row in rows[:rows_max]]
    if len(rows) > rows_max:
        lines += ["", f"{len(rows) - rows_max} further rows are in the JSON verdict."]
    lines += ["", escape(counted(verdict))]
    lines += [f"- {escape(words)}" for words in (*notices(verdict), *verdict.certificate)]
    return "\n".join(lines) + "\n"


def facts(verdict: Verdict) -> list[tuple[str, str]]:
    found = [("base", side_words(verdict.base)), ("new", side_words(verdict.new))]
    if verdict.mode != "proofs":
        found += [("machine", verdict.machine), ("kernel", verdict.kernel)]
    return found + [("method", words) for words in verdict.method]


def row_line(row: Row) -> str:
    cells = (
        row.status.value, row.label, row.metric, change_text(row), interval_text(row)
        if row.change is not None else "-", compact(row.base), compact(row.new), n_text(row.n),
        "; ".join((row.reason, *row.details[:3])),
    )
    return "| " + " | ".join(escape(cell) for cell in cells) + " |"


def escape(text: str) -> str:
    """One line in which no character means anything to Markdown or HTML."""
    line = ascii_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return special.sub(r"\\\1", line)
