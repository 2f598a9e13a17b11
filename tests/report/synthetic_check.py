"""synthetic_check.py: a file of the model checker made by formula, with every verdict in it.

5 designs, one of them in both placements, x 6 scenarios; nothing was explored. `mutant` fails.
"""

from __future__ import annotations

from typing import Any

import synthetic

designs = [  # (design, placement)
    ("mmap_lock", "none"), ("rwsem", "separate"), ("atomic", "separate"),
    ("refcount", "separate"), ("refcount", "embedded"), ("mutant", "embedded"),
]
scenarios = [  # (scenario, threads, summary)
    ("fault_vs_mprotect", 2, "one thread faults, the other write-locks the VMA"),
    ("fault_vs_mprotect", 3, "one thread faults, the other write-locks the VMA"),
    ("fault_vs_munmap", 2, "one thread faults, the other unmaps the VMA; its memory is used again"),
    ("two_writers", 3, "two threads write-lock the VMA while a third one faults"),
    ("exit_vs_fault", 4, "three threads fault while the address space is given back"),
    ("tree_walk", 2, "one thread walks the tree, the other splits the VMA that it stands on"),
]
no_vma_lock = ("fault_vs_munmap", "two_writers", "exit_vs_fault")  # do not apply to mmap_lock

trace = """\
          T0 reader                    T1 writer
  #1      RMW.acq vm_refcnt 1->2
  #2                                   RMW.rlx vm_refcnt 2->0x80000002
  #3      RMW.rlx vm_refcnt ->0x80000001   (release is missing: T1 need not see #1)
  #4                                   futex wait vm_refcnt 0x80000002, sleeps
\tT1 sleeps and nobody is left to wake it; the last wake-up was none, """ + "x" * 60 + "\n\n"


def limit(name: str, value: float, reached: bool = False) -> dict[str, Any]:
    return {"name": name, "value": value, "reached": reached}


def outcome(index: int) -> dict[str, Any]:
    """A proof with numbers that depend on `index` alone."""
    executions = int(10 ** (2 + 3 * (1 + synthetic.noise("check", index))))
    return {
        "verdict": "verified", "mode": "exhaustive", "executions": executions,
        "blocked": executions // 7, "events": 21 * executions,
        "seconds": round(executions / 4e5, 6), "peak_memory_bytes": 12_000_000 + 1000 * index,
        "limits": [limit("executions", 10_000_000), limit("seconds", 60), limit("steps", 5000)],
        "reductions": ["sleep sets", "stale-read pruning", "symmetry"],
        "reason": None, "failure": None,
    }


def bound(check: dict[str, Any], mode: str, reason: str | None) -> None:
    """Turns an outcome into a bounded one."""
    extra = [limit("preemptions", 3, True)] if mode == "preemptions" else []
    check.update(verdict="bounded", mode=mode, reason=reason, limits=check["limits"] + extra)


def fail(check: dict[str, Any], kind: str, what: str, schedule: str) -> None:
    """Turns an outcome into a failed one."""
    check.update(verdict="failed", executions=17, blocked=0, failure={
        "kind": kind, "what": what, "where": "lockimpls/vma_refcount.hpp:98",
        "missing_order": "release at lockimpls/vma_refcount.hpp:98", "schedule": schedule,
        "events": 4, "preemptions": 1, "trace": trace,
    })


def reach(check: dict[str, Any], name: str | None) -> None:
    """Says that the limit `name` left something out."""
    for one in check["limits"]:
        one["reached"] = one["reached"] or one["name"] == name


def give_up(check: dict[str, Any], name: str | None, reason: str) -> None:
    """Turns an outcome into an inconclusive one, that the limit `name` ended if there is one."""
    check.update(verdict="inconclusive", reason=reason)
    reach(check, name)


def change_some(checks: dict[str, dict[str, Any]]) -> None:
    """The outcomes that are no proof; checks: by name of the benchmark."""
    few = "4 threads have too many interleavings"
    for design, placement in designs[1:3]:
        bound(checks[f"check/{design}/{placement}/exit_vs_fault/4"], "preemptions", few)
    bound(checks["check/refcount/separate/exit_vs_fault/4"], "random", few)
    bound(checks["check/refcount/separate/two_writers/3"], "pct", None)
    bound(checks["check/refcount/separate/tree_walk/2"], "exhaustive", None)
    reach(checks["check/refcount/separate/tree_walk/2"], "seconds")
    bound(checks["check/atomic/separate/two_writers/3"], "preemptions", None)
    reach(checks["check/atomic/separate/two_writers/3"], "executions")
    give_up(checks["check/refcount/embedded/exit_vs_fault/4"], None, "a thread is never done")
    give_up(checks["check/refcount/embedded/two_writers/3"], "steps", "longer than 5000 steps")
    fail(checks["check/mutant/embedded/fault_vs_mprotect/2"], "lost_wakeup",
         "the writer sleeps in vma_start_write() and nobody will wake it",
         "mutant/embedded/fault_vs_mprotect/2:T0110|rf:0,1")
    fail(checks["check/mutant/embedded/fault_vs_munmap/2"], "unbounded_spinning",
         "the reader goes round for ever", "mutant/embedded/fault_vs_munmap/2:T" + "01" * 90)
    checks["check/mutant/embedded/fault_vs_munmap/2"]["failure"].update(
        where=None, missing_order=None, preemptions=None)


def result() -> dict[str, Any]:
    """The whole file as JSON values; a fresh copy at each call, so that tests may change it."""
    benchmarks = [
        {"name": f"check/{design}/{placement}/{scenario}/{threads}", "scenario": scenario,
         "summary": summary, "design": design, "placement": placement, "threads": threads,
         "version": f"sha256:{synthetic.hexes(12, scenario)}"}
        for scenario, threads, summary in scenarios
        for design, placement in designs
        if design != "mmap_lock" or scenario not in no_vma_lock
    ]
    runs = [{"bench": i, "subject": 0, "check": outcome(i)} for i in range(len(benchmarks))]
    change_some({one["name"]: run["check"] for one, run in zip(benchmarks, runs)})
    host = synthetic.result(threads=(1,), rounds=1)
    argv = ["faultline", "check", "--suite", "quick", "-o", "check.json"]
    return host | {
        "schema_version": "1.1",
        "session": host["session"] | {"bench": "check", "argv": argv},
        "design": {
            "kind": "model-check", "suite": "quick", "mode": "auto",
            "memory_model": "RC11 without load buffering",
            "model": {"spurious_wakeups": 1, "stops": 1, "clock_steps": 1, "signals": 0},
            "stand_ins": {"on_cpu": "a choice of the checker"},
        },
        "metrics": {}, "benchmarks": benchmarks, "runs": runs,
    }
