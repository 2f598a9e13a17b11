"""sim_words.py: a simulation in words, for the head of a table and the caption of a plot.

Nothing here may say that a simulated figure came from a clock.
"""

from __future__ import annotations

from report import describe
from report.result import SimResult

calibration_words = {
    "yes": "its contention constants were fitted to published curves of such a machine",
    "partly": "some of its constants were fitted to published curves of such a machine",
    "no": "no contention curve of such a machine was fitted",
}


def calibrated(result: SimResult) -> str:
    """'calibrated: no, made up'; every table and plot has this."""
    made_up = ", made up" if result.simulated.made_up else ""
    return f"calibrated: {result.simulated.calibrated}{made_up}"


def mark(result: SimResult) -> str:
    """'SIMULATED bergamo-2s, calibrated: no', to stand with figures."""
    return f"SIMULATED {result.simulated.name}, {calibrated(result)}"


def machine(result: SimResult) -> str:
    """The simulated machine: name, summary, how its CPUs lie."""
    m = result.simulated
    parts = [describe.count(m.cpus, "CPU"), describe.count(m.sockets, "socket"),
             describe.count(m.cores, "core")]
    if m.smt > 1:
        parts.append(f"{m.smt} CPUs a core")
    made_up = "; made up, no such machine exists" if m.made_up else ""
    return f"{m.name}: {m.summary} ({', '.join(parts)}{made_up})"


def calibration(result: SimResult) -> str:
    """yes, partly or no, and what that means."""
    one = result.simulated.calibrated
    return f"{one}: {calibration_words[one]}"


def seeds(result: SimResult) -> str:
    """'8 seeds (1 to 8)'."""
    first, number = result.sim_plan.first_seed, result.plan.rounds
    if number == 1:
        return f"1 seed ({first})"
    return f"{number} seeds ({first} to {first + number - 1})"


def window(result: SimResult) -> str:
    """The simulated length of a run: '0.51 ms', or '0.51 to 5.6 ms' where it goes by CPUs."""
    lengths = [trial.s * 1e3 for run in result.good_runs for trial in run.measured]
    low, high = f"{min(lengths):.3g}", f"{max(lengths):.3g}"
    return f"{low} ms" if low == high else f"{low} to {high} ms"


def method(result: SimResult) -> str:
    """How the figures came about."""
    plan = result.sim_plan
    threads = "one thread" if plan.threads_per_cpu == 1 else f"{plan.threads_per_cpu} threads"
    sleep = "as in the kernel" if plan.park == "kernel" else "by futex system calls"
    return (
        f"{seeds(result)} of each configuration; {threads} a CPU; a window of {window(result)} of "
        f"simulated time after a warm-up; tasks sleep {sleep}. Shown: the median over the seeds "
        "and their range. The same command gives the same figures to the last bit"
    )
