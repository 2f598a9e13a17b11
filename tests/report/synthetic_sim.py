"""synthetic_sim.py: a file of the simulator made by formula: deterministic, nothing was simulated.

3 designs x 2 workloads x 1, 2, 8, 16 CPUs x 4 seeds on an invented machine of 2 sockets; some runs
fail.
"""

from __future__ import annotations

from typing import Any

import synthetic

designs = {  # name: (placement, share of a CPU's rate that a further CPU adds)
    "rwsem": ("separate", 0.2), "refcount": ("embedded", 0.5), "mmap_lock": ("none", 0.05),
}
workloads = {"pf_shared": "fault", "pf_vs_mprotect": "fault"}
counts = (1, 2, 8, 16)
seeds = 4
classes = ("cluster_copy", "upgrade", "cluster_modified", "node_modified", "socket_modified",
           "remote_modified", "shared", "memory", "home")


def machine() -> dict[str, Any]:
    return {
        "name": "toy-2s", "summary": "2 x 4-core toy", "calibrated": "partly", "made_up": False,
        "cpus": 16, "sockets": 2, "cores": 8, "smt": 2,
        "borders": [{"cpus": 3, "part": "cluster"}, {"cpus": 5, "part": "socket"},
                    {"cpus": 7, "part": "cluster"}, {"cpus": 9, "part": "sibling"}],
        "profile": 'name = "toy-2s"\n',
    }


def benchmark(workload: str, design: str, placement: str, cpus: int) -> dict[str, Any]:
    writers = synthetic.has_writer(workload, cpus)
    return {
        "id": f"{workload}/design={design}/placement={placement}/machine=toy-2s/threads={cpus}",
        "family": workload, "unit": workloads[workload],
        "params": {"workload": workload, "design": design, "placement": placement,
                   "threads": cpus, "pages_per_thread": 2048, "shootdown_ns": 100 * cpus,
                   "machine": "toy-2s", "cpus": cpus, "window_s": 0.0005},
        "version": f"sha256:{synthetic.hexes(12, workload)}", "oversubscribed": False,
        "roles": ["mprotect"] * writers + ["fault"] * (cpus - writers),
        "layout": {"vma_bytes": 160, "lock_bytes": 0 if placement == "none" else 40,
                   "lock_offset": 64 if placement == "embedded" else None, "free_policy": "rcu"},
    }


def transfers(number: int) -> dict[str, int]:
    """`number` transfers, dealt to some classes."""
    dealt = dict.fromkeys(classes, 0)
    dealt |= {"cluster_modified": number // 4, "remote_modified": number // 2}
    return dealt | {"shared": number - sum(dealt.values())}


def line(number: int, moved: int, cpus: int, where: str) -> dict[str, Any]:
    return {
        "line": 100 + number, "transfers": moved, "from": transfers(moved),
        "waited_ns": moved * 50 * cpus, "queue_mean": cpus / 2, "queue_max": cpus - 1,
        "fields": [{"field": "count_", "where": where, "transfers": moved * 3 // 4},
                   {"field": None, "where": "mm/mm.hpp:12", "transfers": moved // 4}],
    }


def run(index: int, one: dict[str, Any], number: int) -> dict[str, Any]:
    params = one["params"]
    workload, design, cpus = params["workload"], params["design"], params["cpus"]
    key = (workload, design, cpus, number)
    writers = synthetic.has_writer(workload, cpus)
    rate = 1e6 * (1 + designs[design][1] * (cpus - 1)) * (1 + 0.02 * synthetic.noise(*key))
    each = int(rate * 0.0005 / cpus)
    locked = design != "mmap_lock"
    aborts = each // 10 if locked and writers else 0
    ops = each * (cpus - writers)
    return {
        "bench": index, "subject": 0, "round": number, "seed": 1 + number,
        "peak_memory_bytes": 4_000_000, "exit": 0, "failure": None,
        "trials": [{
            "warmup": False, "s": 0.00051, "ops": ops,
            "thread_ops": [each // 16] * writers + [each] * (cpus - writers),
            "cpu_s": 0.00051 * cpus, "overlap": 1.0,
            "counters": {"vma_lock_success": ops - aborts if locked else 0,
                         "vma_lock_abort": aborts, "vma_lock_retry": 0, "vma_lock_miss": 0,
                         "parks": aborts // 2, "wakes": aborts // 2},
            "secondary": {"mprotect": each // 16} if writers else {},
            "checks": {"pairs": 0, "writer_sections": 0}, "vmas": 1, "lock_offset": 64,
        }],
        "sim": {
            "hash": synthetic.hexes(16, str(key)), "events": 1000 * cpus, "operations": 20 * ops,
            "hits": 18 * ops, "preemptions": 0, "prefetches": 3, "grace_periods": 0,
            "wait_ns": {"n": ops, "p50": 10 * cpus, "p99": 100 * cpus, "p999": 200 * cpus,
                        "max": 300 * cpus + number},
            "fairness": {"jain": 1 - 0.001 * cpus, "min_max": 1 - 0.01 * cpus},
            "transfers": transfers(2 * ops),
            "lines": [line(i, ops // i, cpus, f"lockimpls/{design}.hpp:{90 + i}") for i in (1, 2)]
                     if cpus > 1 else [],
        },
    }


def fail(one: dict[str, Any], message: str) -> None:
    """Turns a run into a failed one."""
    one["exit"] = 3
    one["failure"] = {"kind": "simulation", "message": message, "dump": None}
    one["trials"], one["sim"] = [], None


def result() -> dict[str, Any]:
    """The whole file as JSON values; a fresh copy at each call, so that tests may change it.

    The runs that fail: those of mmap_lock on pf_shared with 16 CPUs.
    """
    document = synthetic.result(threads=(1,), rounds=1)
    document["schema_version"] = "1.3"
    document["session"] |= {"bench": "sim", "seed": 1,
                            "argv": ["faultline", "sim", "--machine", "toy-2s"]}
    document["design"] = {
        "kind": "simulation", "suite": "sim", "rounds": seeds, "trials": 1, "warmup_trials": 0,
        "trial_s": 0.0005, "warmup_s": 0.0001, "check_s": 0, "deadline_s": 0, "pin": "machine",
        "stage": "screen", "first_seed": 1, "threads_per_cpu": 1, "park": "kernel",
        "memory_model": "sequentially consistent values; orders cost time only",
    }
    document["simulated_machine"] = machine()
    document["benchmarks"] = [
        benchmark(workload, design, placement, cpus)
        for workload in workloads
        for design, (placement, _) in designs.items()
        for cpus in counts
    ]
    document["runs"] = [
        run(index, one, number)
        for index, one in enumerate(document["benchmarks"]) for number in range(seeds)
    ]
    for one in document["runs"]:
        params = document["benchmarks"][one["bench"]]["params"]
        if (params["workload"], params["design"], params["cpus"]) == ("pf_shared", "mmap_lock", 16):
            fail(one, "the simulation crashed (signal 11)")
    return document
