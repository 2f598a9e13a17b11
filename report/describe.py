"""describe.py: a session in words, for the head of a table and the caption of a plot."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Iterable

from report import kernel_lines
from report.result import Plan, Result, SessionFile, Subject
from report.summary import Panel

bench_words = {
    "host": "measured on this host, not simulated",
    "sim": "simulated, no clock was read",
    "kernel": "measured on a real kernel, not on the modelled address space",
    "check": "model-checked, not measured; its times say nothing about speed",
}


def bench(result: SessionFile) -> str:
    """Where the numbers come from."""
    source = result.session.imported
    if source is not None:
        return f"imported from {source.file} ({source.format}), measured by another program"
    words = bench_words.get(result.session.bench, f"bench: {result.session.bench}")
    if isinstance(result, Result) and kernel_lines.counted(result):
        return "instructions of a kernel under QEMU, counted: a second is 10^9 of them, no time"
    return words


def commit(sha: str | None, dirty: bool | None) -> str:
    """'0123456789ab, clean'; says so when it is not known."""
    if sha is None:
        return "commit unknown"
    state = {True: ", modified", False: ", clean", None: ""}[dirty]
    return sha[:12] + state


def tool(result: SessionFile) -> str:
    """The faultline that recorded the session."""
    used = result.session.tool
    if result.session.imported is not None:
        return f"faultline import --from {result.session.imported.format}, version {used.version}"
    return f"faultline {used.version} ({commit(used.commit, used.dirty)})"


def subject(one: Subject) -> str:
    """Label, revision and build of what was measured."""
    if one.release is not None:
        return kernel_lines.subject_words(one)
    if one.compiler == "unknown":  # of an imported session
        return f"{one.label}, commit and build unknown"
    return (
        f"{one.label} ({commit(one.commit, one.dirty)}), {one.compiler} {one.flags}, "
        f"{one.buildtype} build"
    )


def machine(result: SessionFile) -> str:
    """CPU model, sockets x cores, CPUs, NUMA nodes, hypervisor; what is unknown is left out."""
    m = result.machine
    known = m.arch != "unknown"  # false of an imported session
    parts = [m.model or (f"unknown {m.arch} CPU" if known else "unknown CPU")]
    if m.sockets and m.cores:
        parts.append(f"{count(m.sockets, 'socket')} x {count(m.cores // m.sockets, 'core')}")
    if m.threads:
        parts.append(count(m.threads, "CPU"))
    if m.numa_nodes:
        parts.append(count(m.numa_nodes, "NUMA node"))
    if known or m.hypervisor:
        parts.append(f"virtual machine ({m.hypervisor})" if m.hypervisor else "bare metal")
    host = ", ".join(parts)
    return f"{result.guest}; its host: {host}" if result.guest else host


def kernel(result: SessionFile) -> str:
    """The kernel that the session ran on; kernels booted in a guest are subjects."""
    release = f"Linux {result.kernel_release or '(release unknown)'}"
    return f"{release}, the host's" if result.guest else release


def date(result: SessionFile) -> str:
    """When the session started, to the minute, in UTC; the file's own text if it is no time."""
    try:
        started = datetime.fromisoformat(result.session.started.replace("Z", "+00:00"))
    except ValueError:
        return result.session.started
    return started.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def method(result: Result) -> str:
    """How it was measured: rounds, processes, trials and what is printed."""
    plan = result.plan
    if result.session.imported is not None:
        return (
            f"n counts what the source lists for a configuration, at most {plan.rounds}: each is "
            f"{result.session.imported.run}. Nothing is known of their order. Shown: the median of "
            "them and their range"
        )
    warmup_length = f" of {plan.warmup_s:g} s" if plan.warmup_s else ""
    warmup = (
        f" after {count(plan.warmup_trials, 'warm-up trial')}{warmup_length} (dropped)"
        if plan.warmup_trials
        else ""
    )
    pin = f"Threads pinned: {plan.pin}" if plan.pin else "Threads not pinned"
    return (
        f"{count(plan.rounds, 'round')}; each round {one_round(result)}, in a "
        f"fresh process: n counts processes. A process gives the median of "
        f"{count(plan.trials, 'trial')} of {trial_length(plan)}{warmup}. Shown: the median of the "
        f"processes and their range. {pin}; seed {result.session.seed}"
    )


def one_round(result: Result) -> str:
    """What a round of a measured session does, and in which order."""
    if kernel_lines.counted(result):
        return ("boots every kernel once, in random order, and runs every configuration in it, "
                "always in the same order")
    kind = result.plan.kind
    order = "in random order" if kind == "interleaved" else f"in {kind} order"
    return f"runs every configuration once, {order}"


def trial_length(plan: Plan) -> str:
    """'0.3 s'; a window that is counted has no length in time."""
    return f"{plan.trial_s:g} s" if plan.trial_s else "a fixed number of operations"


def progress(result: Result) -> str | None:
    """What is missing from an unfinished session; None for a complete one."""
    planned = result.plan.rounds * len(result.benchmarks) * len(result.subjects)
    return None if result.session.complete else incomplete(len(result.runs), planned)


def incomplete(runs: int, planned: int) -> str:
    return f"INCOMPLETE: {runs} of {planned} planned runs are in the file"


def placements(locks: Iterable[tuple[str, str]]) -> str:
    """Which designs keep their lock where: 'separate: rwsem, atomic; none: mmap_lock'.

    locks: (design, placement), in the order to print them.
    """
    designs: dict[str, list[str]] = {}
    for design, placement in locks:
        known = designs.setdefault(placement, [])
        if design not in known:
            known.append(design)
    return "; ".join(f"{place}: {', '.join(names)}" for place, names in designs.items())


def environment(result: SessionFile) -> str:
    """How fit the machine was, and why not fitter."""
    reasons = "; ".join(result.env.reasons)
    return f"{result.env.fitness}: {reasons}" if reasons else result.env.fitness


def n_range(blocks: list[Panel]) -> str:
    """The processes of a configuration that gave a value: '6', or '4..6' where they differ."""
    return span([cell.n for panel in blocks for cell in panel.cells.values() if cell.n])


def span(numbers: list[int]) -> str:
    """'6', '4..6', or '-' for none."""
    if not numbers:
        return "-"
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}..{high}"


def count(number: int, noun: str) -> str:
    """'1 core', '2 cores'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def compact(value: float) -> str:
    """Three significant digits and a unit prefix: 1.23M, 45.6k, 789, 0.012."""
    if value != 0 and value < 0.9995:
        return f"{value:.3g}"
    for prefix in ("", "k", "M", "G", "T"):
        if value < 999.5 or prefix == "T":
            break
        value /= 1000
    digits = 0 if value >= 99.95 or value == 0 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f}{prefix}"
