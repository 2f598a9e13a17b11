"""text.py: the gate's verdict as plain text of at most 72 columns, for a log or a mail."""

from __future__ import annotations

import math
import textwrap

from report import describe
from report.errors import ascii_line
from report.gate.model import (
    EXIT_FOUND, EXIT_INCONCLUSIVE, Row, Status, Verdict, failing,
)
from report.gate.sides import Side
from report.result import SimResult

width = 72
indent = "  "
head = f"{indent}{'':<14} {'change':>9}  {'95 % interval':^20} {'base':>8} {'new':>8}  n"
shown_always = tuple(
    status for status in Status if status not in (Status.SAME, Status.BOTH_FAILED)
)
details_max = 6


def verdict_text(verdict: Verdict, strict: bool) -> str:
    """The whole text, the same for the same files."""
    lines = wrap(f"faultline gate: {headline(verdict, strict)}")
    lines += header(verdict)
    rows = worst_first(verdict)
    if rows:
        lines += ["", *([head] if any(row.base is not None for row in rows) else [])]
        for row in rows:
            lines += row_lines(row)
    lines += ["", *wrap(counted(verdict))]
    for notice in notices(verdict):
        lines += wrap(f"note: {notice}", hanging=6)
    lines += how_to_confirm(verdict)
    for words in verdict.certificate:
        lines += wrap(words)
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def headline(verdict: Verdict, strict: bool) -> str:
    """The answer in one line, with the exit code."""
    code = verdict.exit_code(strict)
    bad = len(verdict.failing)
    if code == EXIT_FOUND:
        words = f"REGRESSION: {bad} of {describe.count(len(verdict.rows), 'row')}"
    elif code == EXIT_INCONCLUSIVE:
        number = len(verdict.of(Status.CANDIDATE)) or len(verdict.of(Status.INCONCLUSIVE))
        kind = "candidate" if verdict.of(Status.CANDIDATE) else "undecided row"
        words = f"INCONCLUSIVE: {describe.count(number, kind)}"
    else:
        unknown = len(verdict.of(Status.INCONCLUSIVE))
        words = "PASS: no regression" + (
            f" seen, {unknown} of {describe.count(len(verdict.rows), 'row')} undecided"
            if unknown else ""
        )
    return f"{words} (exit {code})"


def header(verdict: Verdict) -> list[str]:
    """What was compared, where, how: a text cut out of a log must still be readable."""
    rows = [("base", side_words(verdict.base)), ("new", side_words(verdict.new))]
    if verdict.mode != "proofs":
        rows += [("machine", verdict.machine), ("kernel", verdict.kernel)]
    rows += [("method", words) for words in verdict.method]
    if verdict.mode == "statistical" and not isinstance(verdict.new.result, SimResult):
        rows.append(("state", describe.environment(verdict.new.result)))
    lines = []
    for name, words in rows:
        lines += wrap(f"{name:<9}{words}", hanging=9)
    return lines


def side_words(side: Side) -> str:
    """"base.json, faultline 0.1.0 (0123456789ab, clean), session 2026...-00c0ffee"."""
    subject = side.result.subjects[0]
    sessions = (
        f"session {side.sessions[0].session.id}" if len(side.sessions) == 1
        else f"{len(side.sessions)} sessions"
    )
    return (f"{side.name}: {subject.label} ({describe.commit(subject.commit, subject.dirty)}), "
            f"{sessions}")


def worst_first(verdict: Verdict) -> list[Row]:
    """The rows to show: all that are not merely the same."""
    return [row for status in shown_always for row in verdict.of(status)]


def row_lines(row: Row) -> list[str]:
    """The label, the figures, and for rows that are not plain good news the reason."""
    name = row.label if row.metric in ("throughput", "runs", "verdict") else (
        f"{row.label}: {row.metric}"
    )
    lines = wrap(name, hanging=2)
    if row.change is None and row.base is None:
        return lines + wrap(f"{row.status.value}: {row.reason}", first=4, hanging=4)
    lines.append(
        f"{indent}{row.status.value:<14} {change_text(row):>9}  {interval_text(row):^20} "
        f"{compact(row.base):>8} {compact(row.new):>8}  {n_text(row.n)}"
    )
    if row.status in (*failing, Status.CANDIDATE, Status.ACCEPTED, Status.NOT_REPRODUCED):
        lines += wrap(row.reason, first=4, hanging=4)
    for words in row.details[:details_max]:
        lines += wrap(words, first=4, hanging=6)
    return lines


def change_text(row: Row) -> str:
    if row.change is None:
        return "-"
    return percent(row.change) + " %" if row.relative else f"{row.change:+.3f}"


def percent(change: float) -> str:
    """Enough digits that a change is never printed as none: "-10.0", "+0.02", "+0.00031"."""
    value = 100 * change
    if value == 0 or abs(value) >= 9.995:
        return f"{value:+.1f}"
    return f"{value:+.2f}" if abs(value) >= 0.005 else f"{value:+.1e}"


def interval_text(row: Row) -> str:
    if row.low is None or row.high is None:
        return "exact"
    if not math.isfinite(row.high) or not math.isfinite(row.low) or (
        row.relative and row.low <= -1
    ):
        return "too few runs"
    if row.relative:
        return f"{percent(row.low)} .. {percent(row.high)}"
    return f"{row.low:+.3f} .. {row.high:+.3f}"


def compact(value: float | None) -> str:
    return "-" if value is None else describe.compact(value)


def n_text(n: tuple[int, int]) -> str:
    return str(n[0]) if n[0] == n[1] else f"{n[0]}, {n[1]}"


def counted(verdict: Verdict) -> str:
    """"48 rows: 1 REGRESSED, 47 SAME"."""
    parts = ", ".join(f"{number} {name}" for name, number in verdict.counts().items())
    return f"{describe.count(len(verdict.rows), 'row')}: {parts}."


def notices(verdict: Verdict) -> list[str]:
    """Notices, what could not be decided, and accepted changes that met nothing."""
    found = list(verdict.notices)
    undecided = verdict.of(Status.INCONCLUSIVE)
    if undecided:
        found.append(
            f"{describe.count(len(undecided), 'row')} could not be decided: the interval crosses "
            "the threshold, or the runs are too few; more rounds narrow it; --strict makes it "
            "exit 3"
        )
    found += [f"{row.label}: {row.reason}" for row in verdict.of(Status.BOTH_FAILED)]
    found += [f"accepted.toml: {entry.title} met no regression" for entry in verdict.unused]
    return found


def how_to_confirm(verdict: Verdict) -> list[str]:
    """The commands that record fresh runs of what looks worse; nothing in other modes."""
    if not verdict.confirm_options:
        return []
    options = " ".join(verdict.confirm_options)
    lines = ["", *wrap("To confirm with fresh runs of these, with the program of each build:")]
    for out in ("base2.json", "new2.json"):
        lines += command(f"faultline run {options} --rounds 16 -o {out}")
    lines += command(
        f"faultline gate {verdict.base.name} {verdict.new.name} --confirm base2.json new2.json"
    )
    return lines


def command(words: str) -> list[str]:
    """A command that can be pasted, its continued lines ended by a backslash."""
    lines = textwrap.wrap(
        ascii_line(words), width=width - 2, initial_indent=indent * 2,
        subsequent_indent=indent * 3, break_long_words=False, break_on_hyphens=False,
    )
    return [line + " \\" for line in lines[:-1]] + lines[-1:]


def wrap(words: str, first: int = 2, hanging: int = 0) -> list[str]:
    """`words` in lines of `width`; hanging: how far later lines stand beyond the first."""
    return textwrap.wrap(
        ascii_line(words), width=width, initial_indent=" " * first,
        subsequent_indent=" " * (first + (hanging if first == 2 else 0)), break_on_hyphens=False,
    )
