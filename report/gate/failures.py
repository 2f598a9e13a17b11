"""failures.py: what must never look like a pass: configurations that fail or are missing."""

from __future__ import annotations

from collections import Counter

from report import describe
from report.errors import ascii_line
from report.gate.model import Row, Status
from report.result import Benchmark, Run

# Failures that say nothing about the lock: the machine did not let the run happen.
harmless = ("environment",)
message_max = 120


def blank_row(label: str, bench: Benchmark, status: Status, reason: str) -> Row:
    return Row(
        label, bench.id, "runs", "run", "higher", status, ascii_line(reason),
        group=(bench.workload, bench.design, str(bench.count)),
    )


def missing_row(label: str, bench: Benchmark) -> Row:
    return blank_row(label, bench, Status.MISSING, "BASE has runs of it, NEW has none")


def failure_row(label: str, bench: Benchmark, old: list[Run], new: list[Run]) -> Row | None:
    """The row that says how runs of one configuration failed; None when the rest can be judged.

    NEW fails when every run failed, or when a run failed for a reason that is the lock's and none
    did in BASE: the runs that survive a bug are no sample of those that there would be without it.
    """
    good_old, good_new = good(old), good(new)
    if not good_old and not good_new:
        return blank_row(label, bench, Status.BOTH_FAILED,
                         f"every run fails in both: {words(new)}")
    if not good_new:
        return blank_row(label, bench, Status.FAILED,
                         f"all {describe.count(len(new), 'run')} failed: {words(new)}")
    if not good_old:
        return blank_row(label, bench, Status.IMPROVED,
                         f"every run failed in BASE ({words(old)}), NEW runs")
    if bugs(new) and not bugs(old):
        return blank_row(
            label, bench, Status.FAILED,
            f"{len(bugs(new))} of {describe.count(len(new), 'run')} failed, none in BASE: "
            f"{words(bugs(new))}",
        )
    return None


def good(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.failure is None]


def bugs(runs: list[Run]) -> list[Run]:
    """The runs that failed for a reason that is the lock's."""
    return [run for run in runs if run.failure is not None and run.failure.kind not in harmless]


def words(runs: list[Run]) -> str:
    """"crash: signal 11 in worker 2 (6 times)", of the most frequent failure."""
    found = Counter(
        (run.failure.kind, run.failure.message) for run in runs if run.failure is not None
    )
    (kind, message), times = found.most_common(1)[0]
    text = ascii_line(message)
    shown = text if len(text) <= message_max else text[: message_max - 2] + ".."
    return f"{kind}: {shown} ({times} times)" if times > 1 else f"{kind}: {shown}"


def new_words(before: float, after: float, unit: str) -> str:
    """"412 -> 430 ns, +4.4 %"."""
    percent = f", {100 * (after / before - 1):+.2f} %" if before else ""
    return f"{describe.compact(before)} -> {describe.compact(after)} {unit}".rstrip() + percent
