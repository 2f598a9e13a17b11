"""junit.py: the verdict as JUnit XML, which CI systems show: a test case a row."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from report.errors import ascii_line
from report.gate.model import Row, Status, Verdict, failing
from report.gate.text import change_text, compact, interval_text, side_words


def verdict_junit(verdict: Verdict, strict: bool) -> str:
    """One suite. Undecided rows are skipped, with strict errors; accepted ones pass.

    Control characters, which XML 1.0 cannot hold, are blanks; other characters are ASCII.
    """
    undecided = verdict.of(Status.INCONCLUSIVE)
    errors = len(verdict.of(Status.CANDIDATE)) + (len(undecided) if strict else 0)
    skipped = (0 if strict else len(undecided)) + len(verdict.of(Status.BOTH_FAILED))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(verdict.rows)}" failures="{len(verdict.failing)}" '
        f'errors="{errors}" skipped="{skipped}">',
        f'  <testsuite name="faultline gate" tests="{len(verdict.rows)}" '
        f'failures="{len(verdict.failing)}" errors="{errors}" skipped="{skipped}">',
        "    <properties>",
    ]
    facts = {
        "base": side_words(verdict.base), "new": side_words(verdict.new),
        "machine": verdict.machine, "kernel": verdict.kernel, "mode": verdict.mode,
        "stage": verdict.stage,
    }
    for name, words in facts.items():
        lines.append(f"      <property name={attribute(name)} value={attribute(words)}/>")
    lines.append("    </properties>")
    for row in verdict.rows:
        lines += test_case(row, strict)
    lines += ["  </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def test_case(row: Row, strict: bool) -> list[str]:
    """One row; its name is unique in the suite."""
    start = f"    <testcase classname={attribute(row.metric)} name={attribute(row.label)}"
    tag = element_of(row, strict)
    figures = ascii_line(
        f"{compact(row.base)} -> {compact(row.new)} {row.unit}, {change_text(row)} "
        f"[{interval_text(row)}]" if row.change is not None else row.reason
    )
    body = escape("; ".join(ascii_line(words) for words in (row.reason, figures, *row.details)))
    if tag is None:
        return [f"{start}>", f"      <system-out>{row.status.value}: {body}</system-out>",
                "    </testcase>"]
    message = f"message={attribute(f'{row.status.value}: {row.reason}')}"
    if tag == "skipped":
        return [f"{start}>", f"      <skipped {message}/>", "    </testcase>"]
    kind = attribute(row.status.value)
    return [f"{start}>", f"      <{tag} type={kind} {message}>{body}</{tag}>", "    </testcase>"]


def element_of(row: Row, strict: bool) -> str | None:
    """failure, error or skipped; None for a test that passes."""
    if row.status in failing:
        return "failure"
    if row.status == Status.CANDIDATE or (strict and row.status == Status.INCONCLUSIVE):
        return "error"
    return "skipped" if row.status in (Status.INCONCLUSIVE, Status.BOTH_FAILED) else None


def attribute(text: str) -> str:
    return quoteattr(ascii_line(text))
