"""kernel_lines.py: what only a session of real system calls says: the price of sharing an mm, how
many instructions an operation has, what kernel it was."""

from __future__ import annotations

import statistics

from report import describe
from report.result import Result, Subject, Traced
from report.summary import Panel, Series, run_summary

shared, alone = "threads", "processes"  # designs of such a session


def counted(result: Result) -> bool:
    """Whether a second of this session is 10^9 instructions: QEMU's -icount, no clock was read."""
    return bool(result.benchmarks) and all(b.counts_instructions for b in result.benchmarks)


def subject_words(one: Subject) -> str:
    """'debian:6.12 (Linux 6.12.107): VMA lock rwsem, by version alone'."""
    release = "" if one.release in (None, one.label) else f" (Linux {one.release})"
    revision = "" if one.commit is None else f" ({describe.commit(one.commit, one.dirty)})"
    lock = one.vma_lock or "VMA lock not known, as it never ran"
    return f"{one.label}{release}{revision}: {lock}"


def sharing_lines(panel: Panel, result: Result, n_min: int = 1) -> list[str]:
    """Rate of threads / rate of processes at each count: the price of sharing one mm.

    Paired by round: each is the median over the rounds that have both, with their range. Nothing
    where the session has one mode only.
    """
    rates: dict[tuple[Series, int, int], float] = {}
    for run in result.good_runs:
        b = run.benchmark
        series = Series(b.design, b.placement, run.subject.id)
        if panel.cells.get((series, b.count)) is not None and \
                panel.cells[series, b.count].benchmark is b:
            rates[series, b.count, run.round] = run_summary(run).throughput
    lines = []
    for series in (one for one in panel.series if one.design == shared):
        other = Series(alone, series.placement, series.subject)
        for number in panel.counts:
            ratios = [
                rate / rates[other, number, round_]
                for (one, at, round_), rate in rates.items()
                if one == series and at == number and (other, number, round_) in rates
            ]
            if len(ratios) < n_min:
                continue
            name = f"{number}" if len(result.subjects) == 1 else f"{number} {series.subject}"
            lines.append(
                f"{name:>7}  {statistics.median(ratios):.3f}  ({min(ratios):.3f} to "
                f"{max(ratios):.3f}, {describe.count(len(ratios), 'round')})"
            )
    return lines


def traced_lines(panel: Panel, result: Result) -> list[str]:
    """What tracepoints counted for one operation, over all runs of a configuration; then, once,
    why something was not counted. Nothing where --trace was not given."""
    runs: dict[tuple[Series, int], list[Traced]] = {}
    for run in result.good_runs:
        series = Series(run.benchmark.design, run.benchmark.placement, run.subject.id)
        cell = panel.cells.get((series, run.benchmark.count))
        if run.traced is not None and cell is not None and cell.benchmark is run.benchmark:
            runs.setdefault((series, run.benchmark.count), []).append(run.traced)
    lines = []
    in_order = sorted(runs, key=lambda key: (key[1], panel.series.index(key[0])))
    for series, number in in_order:
        traced = runs[series, number]
        read = each([one.mmap_lock_read for one in traced], traced)
        write = each([one.mmap_lock_write for one in traced], traced)
        waits = [one.wait_ns for one in traced if one.wait_ns is not None]
        wait = f"{statistics.median(waits):.0f} ns" if waits else "-"
        lines.append(
            f"{number:>7}  {read:>8}  {write:>8}  {wait:>9}  {series.design}, {series.subject}"
        )
    reasons = dict.fromkeys(one.reason for all_ in runs.values() for one in all_ if one.reason)
    return lines + [f"        -: {reason}" for reason in reasons]


def each(counts: list[int | None], traced: list[Traced]) -> str:
    """How often for one operation: '0.0001', '2.00'; '-' where it was not counted."""
    known = [count for count in counts if count is not None]
    ops = sum(one.ops for one in traced)
    return f"{sum(known) / ops:.4f}" if len(known) == len(counts) and ops else "-"


def instruction_lines(panel: Panel) -> list[str]:
    """Instructions of one operation, and how far runs are apart, by series and count."""
    lines = []
    for series in panel.series:
        for number in panel.counts:
            cell = panel.cells.get((series, number))
            if cell is None or cell.throughput is None:
                continue
            rate = cell.throughput
            apart = 100 * (rate.high - rate.low) / rate.median
            lines.append(
                f"{number:>7}  {1e9 / rate.median:.1f}  (runs {apart:.3f}% apart, n {rate.n}) "
                f"{series.design}, {series.subject}"
            )
    return lines
