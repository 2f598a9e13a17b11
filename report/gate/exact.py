"""exact.py: deterministic benches: the same build gives the same figures, so any other is a change.

A simulation is compared seed by seed, by the hash of its events and its numbers of operations; a
kernel that counts instructions, which differ by a few from boot to boot, by its figures alone.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from typing import Callable, Sequence

from report import kernel_lines
from report.compare.samples import distinguishing, key_of, label_of
from report.gate.failures import failure_row, missing_row, new_words
from report.gate.model import Row, Status
from report.metrics import Metric, counted_threshold, metrics
from report.result import Benchmark, Result, Run, SimResult


@dataclass(frozen=True)
class Exactness:
    """How exact a bench is. threshold: relative, the default."""

    words: str
    threshold: float


def exactness(result: Result) -> Exactness | None:
    """None for a bench that reads a clock."""
    if isinstance(result, SimResult):
        seeds = result.plan.rounds
        return Exactness(
            f"simulated, no clock was read; the same {seeds} seeds on both sides, compared run by "
            "run: event hash and numbers of operations; figures are means over the seeds", 0.0,
        )
    if kernel_lines.counted(result):
        return Exactness(
            "instructions of a virtual machine are its clock (icount); figures are means over the "
            "runs", counted_threshold,
        )
    return None


def exact_rows(
    a: Result, b: Result, names: Sequence[str], threshold: float | None
) -> list[Row]:
    """A row for each configuration of `a` and metric, failures and missing ones included."""
    found = exactness(a)
    limit = found.threshold if threshold is None and found else threshold or 0.0
    theirs = {key_of(bench, frozenset()): bench for bench in b.benchmarks}
    told_apart = distinguishing(a.benchmarks, frozenset())
    rows = []
    for bench in a.benchmarks:
        old = [run for run in a.runs if run.benchmark.index == bench.index]
        if not old:
            continue
        label = label_of(bench, told_apart)
        other = theirs.get(key_of(bench, frozenset()))
        new = [] if other is None else [
            run for run in b.runs if run.benchmark.index == other.index
        ]
        failed = missing_row(label, bench) if not new else failure_row(label, bench, old, new)
        if failed is not None:
            rows.append(failed)
            continue
        for name in names:
            row = exact_row(label, bench, metrics[name], old, new, limit)
            if row is not None:
                rows.append(row)
    return rows


def exact_row(
    label: str, bench: Benchmark, metric: Metric, old: list[Run], new: list[Run], limit: float
) -> Row | None:
    """None where the bench does not give the metric."""
    before, after = mean(metric.value_of, old), mean(metric.value_of, new)
    if before is None and after is None:
        return None
    empty = Row(
        label, bench.id, metric.name, metric.unit_of(bench), metric.better, Status.SAME, "",
        before, after, n=(len(old), len(new)), threshold=limit, relative=metric.relative,
        group=(bench.workload, bench.design, str(bench.count)),
    )
    if before is None or after is None:
        if before is None:
            return replace(empty, status=Status.CHANGED, reason=f"BASE gives no {metric.title}")
        return replace(empty, status=Status.FAILED, reason=f"NEW gives no {metric.title}")
    change = after / before - 1 if metric.relative and before else after - before
    row = replace(empty, change=change)
    differing = differing_seeds(old, new)
    if not differing:
        return replace(row, reason="the same to the last event")
    where = "" if differing < 0 else f" ({differing} of {len(old)} seeds differ)"
    status = status_of(change, limit, metric.better)
    size = f"{100 * limit:g} %" if metric.relative else f"{limit:g}"
    words = {
        Status.REGRESSED: f"{metric.title} is worse" + (f" by more than {size}" if limit else ""),
        Status.IMPROVED: f"{metric.title} is better" + (f" by more than {size}" if limit else ""),
        Status.CHANGED: f"{metric.title} differs by at most {size}",
        Status.SAME: f"the same {metric.title}",
    }[status]
    if status == Status.SAME and differing > 0:
        status, words = Status.CHANGED, f"the same {metric.title}, but other events"
    return replace(row, status=status, reason=words + where, details=details(old, new, metric))


def mean(value_of: Callable[[Run], float | None], runs: list[Run]) -> float | None:
    """Over the runs that did not fail; None when one of them does not say."""
    values = [value_of(run) for run in runs if run.failure is None]
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None


def status_of(change: float, limit: float, better: str) -> Status:
    gain = change if better == "higher" else -change
    if gain < -limit:
        return Status.REGRESSED
    if gain > limit:
        return Status.IMPROVED
    return Status.SAME if change == 0 else Status.CHANGED


def differing_seeds(old: list[Run], new: list[Run]) -> int:
    """How many simulations are not the same to the last event; -1: not simulated."""
    if any(run.sim is None for run in (*old, *new) if run.failure is None):
        return -1
    theirs = {run.round: fingerprint(run) for run in new}
    return sum(fingerprint(run) != theirs.get(run.round) for run in old)


def fingerprint(run: Run) -> tuple[object, ...]:
    trials = [(trial.ops, tuple(trial.thread_ops)) for trial in run.trials]
    return (run.sim.hash if run.sim else None, tuple(trials), run.failure is None)


def details(old: list[Run], new: list[Run], judged: Metric) -> tuple[str, ...]:
    """What else changed: "wait_p99 412 -> 430 ns, +4.4 %", worse ones marked."""
    found = []
    for metric in metrics.values():
        before, after = mean(metric.value_of, old), mean(metric.value_of, new)
        if metric.name == judged.name or before is None or after is None or before == after:
            continue
        worse = (after < before) == (metric.better == "higher")
        found.append(
            f"{metric.name} {new_words(before, after, metric.unit_of(old[0].benchmark))}"
            f"{', worse' if worse else ', better'}"
        )
    for name, value_of in further.items():
        before, after = mean(value_of, old), mean(value_of, new)
        if before is not None and after is not None and before != after:
            found.append(f"{name} {new_words(before, after, '')}")
    return tuple(found)


further: dict[str, Callable[[Run], float | None]] = {
    "line transfers": lambda run: float(sum(run.sim.transfers.values())) if run.sim else None,
    "remote transfers": lambda run: (
        float(run.sim.transfers.get("remote_modified", 0)) if run.sim else None
    ),
    "longest wait [ns]": lambda run: float(run.sim.wait_max_ns) if run.sim else None,
}


def sim_notices(a: Result, b: Result) -> list[str]:
    """What the reader should know of configurations that only NEW has, and of seeds beyond."""
    known = {key_of(bench, frozenset()) for bench in a.benchmarks}
    added = [bench.id for bench in b.benchmarks if key_of(bench, frozenset()) not in known]
    notices = [f"only in NEW, not judged: {', '.join(added[:4])}"
               + (f" and {len(added) - 4} more" if len(added) > 4 else "")] if added else []
    if b.plan.rounds > a.plan.rounds:
        notices.append(f"NEW has {b.plan.rounds} seeds, BASE {a.plan.rounds}: the first ones count")
    return notices
