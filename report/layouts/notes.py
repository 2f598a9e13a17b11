"""notes.py: what to look at before believing a row, as footnotes under a table."""

from __future__ import annotations

from report.compare import Comparison, Outcome, Row, Source
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
        base = place_of(comparison, row, comparison.base)
        for source, outcome in zip(comparison.contenders, row.outcomes):
            for words, where in said(outcome, base, place_of(comparison, row, source)):
                found.setdefault(words, []).append(where)
    lines = []
    for words, places in found.items():
        places = list(dict.fromkeys(places))
        more = f"; and {len(places) - listed_max} more" if len(places) > listed_max else ""
        lines += wrap(f"{words}: {'; '.join(places[:listed_max])}{more}", width, first="! ")
    return ["", *lines] if lines else []


def said(outcome: Outcome, base: str = "base", new: str = "new") -> list[tuple[str, str]]:
    """(what, where) of everything that one outcome has to say; base, new: names of the places."""
    notes = []
    for flag in outcome.flags:
        where = base if flag.endswith(" base") else new
        known = [words for kind, words in flag_words.items() if flag.startswith(kind)]
        if known:
            notes.append((known[0], where))
        else:
            notes.append(("failed runs, left out of every figure",
                          f"{where} ({flag.removesuffix(' base').removesuffix(' new')})"))
    if outcome.refusal:
        notes.append((f"no verdict, {outcome.refusal}", new))
    if outcome.effect and not bounded(outcome.effect):
        notes.append(("too few runs for a 95% interval (6 pairs, or 4 and 4)", new))
    if small(outcome):
        notes.append(("SAME, yet q < 0.05: a change smaller than the threshold", new))
    if alone(outcome):
        notes.append(("beyond the threshold, yet q >= 0.05: one of so many rows may be so by "
                      "chance, confirm it with fresh runs", new))
    return notes


def place_of(comparison: Comparison, row: Row, source: Source) -> str:
    """The row and the source, with the metric where there are several."""
    several = len({one.metric.name for one in comparison.rows}) > 1
    return f"{row.label} {source.label}" + (f" {row.metric.name}" if several else "")
