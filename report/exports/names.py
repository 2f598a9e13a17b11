"""names.py: strings of a result file in a form that nothing can take for more than text.

An export is shown by other programs: a terminal, a page, a spreadsheet, a bot's comment. Escape
sequences, markup and path tricks in a design's name, an id or a label end here.
"""

from __future__ import annotations

from urllib.parse import quote

from report.errors import ascii_line
from report.result import Result, Run

name_safe = "/=,:+@()-_."  # besides letters and digits


def safe_name(text: str) -> str:
    """`text` as a name: what is not a letter, a digit or of name_safe is percent-encoded.

    Different texts give different names, as % itself is encoded. A leading slash and parts of
    nothing but dots are encoded too, so that no name is a path out of a folder.
    """
    quoted = quote(text, safe=name_safe, errors="backslashreplace")
    parts = [
        "%2E" * len(part) if part and set(part) == {"."} else part for part in quoted.split("/")
    ]
    return "%2F" + "/".join(parts[1:]) if parts[0] == "" and parts[1:] else "/".join(parts)


def safe_text(text: str) -> str:
    """`text` as one line of printable ASCII without angle brackets: no escape, no markup."""
    return ascii_line(text).replace("<", "%3C").replace(">", "%3E")


def name_of(run: Run, result: Result) -> str:
    """The configuration's id; with the subject where the file has several."""
    name = run.benchmark.id
    if len(result.subjects) > 1:
        name += f"/subject={run.subject.id}"
    return safe_name(name)


def ordered_runs(result: Result) -> list[Run]:
    """Every run, failed ones too, by configuration, subject and round."""
    subjects = {subject.id: i for i, subject in enumerate(result.subjects)}
    return sorted(
        result.runs, key=lambda run: (run.benchmark.index, subjects[run.subject.id], run.round)
    )


def grouped_runs(result: Result) -> dict[str, list[Run]]:
    """The runs that did not fail, by name_of; configurations without one are left out."""
    found: dict[str, list[Run]] = {}
    for run in ordered_runs(result):
        if run.failure is None:
            found.setdefault(name_of(run, result), []).append(run)
    return found
