"""notes.py: what to look at before believing a row, as footnotes under a table."""

from __future__ import annotations

from report.compare import Comparison, Outcome, Row
from report.layouts.words import bounded
from report.stats import Verdict
from report.table import wrap

listed_max = 12  # rows named in one note

# What a flag of an outcome begins with, and what it says.
flag_words = {
    "multimodal": "several levels (multimodal): a median hides them, look at the runs",
    "trend": "a trend over the session: not warmed up, or the machine drifted",
}


def remarkable(outcome: Outcome) -> bool:
    """Whether a row needs a mark that sends the reader to the notes."""
    return bool(outcome.flags or outcome.refusal) or small(outcome) or alone(outcome)


def small(outcome: Outcome) -> bool:
    """Significant after correction, yet not beyond the threshold."""
    return outcome.q is not None and outcome.q < 0.05 and outcome.verdict == Verdict.SAME


def alone(outcome: Outcome) -> bool:
    """A change by its own interval that does not stand the correction for all rows."""
    return outcome.verdict in (Verdict.BETTER, Verdict.WORSE) and (outcome.q or 0.0) >= 0.05


def note_lines(comparison: Comparison, width: int) -> list[str]:
    """The notes, a blank line before them; nothing when there is nothing to say."""
    found: dict[str, list[str]] = {}
    for row in comparison.rows:
        for number, outcome in enumerate(row.outcomes):
            place = place_of(comparison, row, number)
            for words, where in said(outcome, place):
                found.setdefault(words, []).append(where)
    lines = []
    for words, places in found.items():
        places = list(dict.fromkeys(places))
        more = f"; and {len(places) - listed_max} more" if len(places) > listed_max else ""
        lines += wrap(f"{words}: {'; '.join(places[:listed_max])}{more}", width, first="! ")
    return ["", *lines] if lines else []


def said(outcome: Outcome, place: str) -> list[tuple[str, str]]:
    """(what, where) of everything that one outcome has to say."""
    notes = []
    for flag in outcome.flags:
        for kind, words in flag_words.items():
            if flag.startswith(kind):
                notes.append((words, f"{place} ({flag.removeprefix(kind).strip()})"))
                break
        else:
            notes.append(("failed runs, left out", f"{place} ({flag})"))
    if outcome.refusal:
        notes.append((f"no verdict, {outcome.refusal}", place))
    if outcome.effect and not bounded(outcome.effect):
        notes.append(("too few runs for a 95% interval (6 pairs, or 4 and 4)", place))
    if small(outcome):
        notes.append(("SAME, yet q < 0.05: a change smaller than the threshold", place))
    if alone(outcome):
        notes.append(("beyond the threshold, yet q >= 0.05: one of so many rows may be so by "
                      "chance, confirm it with fresh runs", place))
    return notes


def place_of(comparison: Comparison, row: Row, contender: int) -> str:
    """The row, with contender and metric where there are several."""
    parts = [row.label]
    if len(comparison.contenders) > 1:
        parts.append(comparison.contenders[contender].label)
    if len({one.metric.name for one in comparison.rows}) > 1:
        parts.append(row.metric.name)
    return " ".join(parts)
