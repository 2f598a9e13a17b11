"""synthetic.py: a result file made by formula: deterministic, every key, no measurement.

4 designs x 6 workloads x threads 1, 2, 3 x 6 rounds on an invented host with 2 CPUs, so that 3
threads are oversubscribed; some runs fail.
"""

from __future__ import annotations

import hashlib
from typing import Any

workloads = {  # name: (unit, operations per second of one thread)
    "pf_shared": ("fault", 5.6e6),
    "pf_private": ("fault", 6.1e6),
    "pf_vs_mprotect": ("fault", 2.4e6),
    "mmap_churn": ("mmap", 4.2e5),
    "thread_storm": ("thread", 8.5e4),
    "fork_storm": ("fork", 930.0),
}
designs = {  # name: (placement, share of a thread's rate that a further thread adds)
    "rwsem": ("separate", 0.71),
    "atomic": ("separate", 0.76),
    "refcount": ("embedded", 0.93),
    "mmap_lock": ("none", 0.12),
}
cpus = 2


def noise(*key: object) -> float:
    """A number in -1..1 that depends on `key` alone."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**31 - 1


def hexes(digits: int, name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:digits]


def session() -> dict[str, Any]:
    return {
        "id": "20261122T130107Z-00c0ffee", "bench": "host",
        "started": "2026-11-22T13:01:07.123Z", "ended": "2026-11-22T13:09:44.456Z",
        "complete": True, "argv": ["faultline", "run", "--suite", "quick"], "seed": 12345,
        "tool": {"name": "faultline", "version": "0.1.0", "commit": hexes(40, "commit"),
                 "dirty": False, "gbench": "1.7.1"},
    }


def machine() -> dict[str, Any]:
    return {
        "id": hexes(16, "machine"), "arch": "x86_64",
        "cpu": {
            "model": "Synthetic CPU 9000", "vendor": "AuthenticAMD", "family": 25, "stepping": 1,
            "microcode": "0x1000065", "sockets": 1, "cores": cpus, "threads": cpus,
            "numa_nodes": 1,
            "caches": [{"level": 1, "type": "data", "bytes": 32768, "line": 64, "shared_by": 1},
                       {"level": 3, "type": "unified", "bytes": 33554432, "line": 64,
                        "shared_by": 2}],
            "topology_sha256": hexes(64, "topology"),
        },
        "memory_bytes": 25000000000, "hypervisor": "kvm",
    }


def environment() -> dict[str, Any]:
    before = {
        "governor": None, "driver": None, "boost": None, "smt": "off", "aslr": 2, "thp": "madvise",
        "numa_balancing": None, "isolated": "", "nohz_full": "", "rcu_nocbs": None,
        "irqbalance": False, "cgroup_cpu_max": "max", "cpuset": "0-1", "load1": 0.1, "runnable": 1,
        "steal_ticks": 120, "temp_c": [], "mhz": [2445.0], "uptime_s": 86400.0,
    }
    return {"before": before, "after": before | {"load1": 1.7, "steal_ticks": 131},
            "class": "degraded", "reasons": ["virtual machine (kvm)", "governor unknown"]}


def kernel() -> dict[str, Any]:
    return {
        "release": "6.18.44", "version": "#1 SMP PREEMPT_DYNAMIC", "cmdline": "root=/dev/vda ro",
        "config_sha256": None,
        "config": {"PREEMPT": None, "HZ": None, "PER_VMA_LOCK": None, "PARAVIRT_SPINLOCKS": None,
                   "LOCKDEP": None, "DEBUG_SPINLOCK": None},
        "mitigations": {"retbleed": "Mitigation: untrained return thunk"}, "taint": 0,
        "clocksource": "tsc", "libc": "glibc 2.36",
    }


def benchmark(workload: str, design: str, placement: str, threads: int) -> dict[str, Any]:
    identifier = f"{workload}/design={design}/placement={placement}/threads={threads}"
    return {
        "id": identifier, "family": workload, "unit": workloads[workload][0],
        "params": {"workload": workload, "design": design, "placement": placement,
                   "threads": threads, "pages_per_thread": 2048},
        "version": f"sha256:{hexes(12, workload)}", "oversubscribed": threads > cpus,
        "roles": ["mprotect"] * has_writer(workload, threads)
                 + ["fault"] * (threads - has_writer(workload, threads)),
        "layout": {"vma_bytes": 160, "lock_bytes": 0 if placement == "none" else 40,
                   "lock_offset": 64 if placement == "embedded" else None, "free_policy": "rcu"},
    }


def has_writer(workload: str, threads: int) -> int:
    """How many threads call mprotect instead: one, when there is another to fault."""
    return int(workload == "pf_vs_mprotect" and threads > 1)


def trial(warmup: bool, rate: float, threads: int, key: tuple[object, ...]) -> dict[str, Any]:
    """A window in which the process made about `rate` operations a second."""
    seconds = 0.05 if warmup else 0.1
    writers = has_writer(str(key[0]), threads)
    each = int(rate * seconds / threads)
    aborts = 0 if key[1] == "mmap_lock" or threads == 1 else each // 5000
    locked = key[1] != "mmap_lock"
    return {
        "warmup": warmup, "s": seconds, "ops": each * (threads - writers),
        "thread_ops": [each // 16] * writers + [each] * (threads - writers),
        "cpu_s": round(seconds * min(threads, cpus) * (0.98 + 0.01 * noise(*key, "cpu")), 6),
        "overlap": 0.999,
        "counters": {"vma_lock_success": each * threads - aborts if locked else 0,
                     "vma_lock_abort": aborts, "vma_lock_retry": 0, "vma_lock_miss": 0,
                     "parks": 2, "wakes": 2},
        "secondary": {"mprotect": each // 16} if writers else {},
        "checks": {"pairs": 600 if warmup else 0, "writer_sections": 40},
        "vmas": 3, "lock_offset": 64,
    }


def run(index: int, configuration: dict[str, Any], number: int, position: int) -> dict[str, Any]:
    params = configuration["params"]
    workload, design, threads = params["workload"], params["design"], params["threads"]
    gain = designs[design][1] * (0.6 if workload == "pf_vs_mprotect" else 1)
    ideal = workloads[workload][1] * (1 + gain * (min(threads, cpus) - 1))
    over = 1 if threads <= cpus else 0.94
    key = (workload, design, threads, number)
    rate = ideal * over * (1 + 0.04 * noise(*key))
    return {
        "bench": index, "subject": 0, "round": number, "pos": position,
        "t0": f"2026-11-22T13:{1 + number:02}:{position % 60:02}.000Z", "pid": 1000 + position,
        "wall_s": 0.31, "seed": 987 + position,
        "cpus": [t % cpus for t in range(threads)], "cpus_seen": [t % cpus for t in range(threads)],
        "env_pad": 2711, "canary_ns": [5000100, 5000300], "nivcsw": 3, "nvcsw": 0,
        "steal_ticks": 0, "throttle": 0, "flags": [], "exit": 0, "failure": None,
        "trials": [trial(True, rate, threads, key), trial(False, rate, threads, key)],
    }


def fail(one: dict[str, Any], kind: str, message: str) -> None:
    """Turns a run into a failed one."""
    one["exit"] = 4
    one["failure"] = {"kind": kind, "message": message, "dump": "thread 0: in vma_start_read"}
    one["trials"] = []


def result(threads: tuple[int, ...] = (1, 2, 3), rounds: int = 6) -> dict[str, Any]:
    """The whole file as JSON values; a fresh copy at each call, so that tests may change it.

    The runs that fail: one of refcount on pf_shared with 3 threads, and with 3 threads every one
    of rwsem on fork_storm.
    """
    benchmarks = [
        benchmark(workload, design, placement, count)
        for workload in workloads
        for design, (placement, _) in designs.items()
        for count in threads
    ]
    order = [(number, index) for number in range(rounds) for index in range(len(benchmarks))]
    runs = [run(i, benchmarks[i], number, pos) for pos, (number, i) in enumerate(order)]
    for one in runs:
        params = benchmarks[one["bench"]]["params"]
        which = (params["workload"], params["design"], params["threads"])
        if which == ("pf_shared", "refcount", 3) and one["round"] == 4:
            fail(one, "deadline", "no thread made progress for 20.0 s")
        if which == ("fork_storm", "rwsem", 3):
            fail(one, "crash", "signal 11 in worker 2")
    return {
        "schema": "faultline.result", "schema_version": "1.0", "session": session(),
        "design": {"kind": "interleaved", "suite": "quick", "rounds": rounds, "trials": 1,
                   "warmup_trials": 1, "trial_s": 0.1, "warmup_s": 0.05, "check_s": 0.005,
                   "deadline_s": 20.0, "pin": "compact", "stage": "screen"},
        "subjects": [{
            "id": "build", "label": "faultline 0.1.0", "role": "base",
            "vcs": {"kind": "git", "commit": hexes(40, "commit"), "describe": "v0.1.0",
                    "dirty": False},
            "build": {"compiler": "gcc 12.2.0", "flags": "-O2 -g", "buildtype": "release",
                      "binary_sha256": hexes(64, "binary")},
        }],
        "machine": machine(), "kernel": kernel(), "env": environment(),
        "metrics": {
            "throughput": {"unit": "op/s", "better": "higher", "delta": 0.02, "agg": "median"},
            "cpu_throughput": {"unit": "op/CPU-s", "better": "higher", "delta": 0.02,
                               "agg": "median"},
        },
        "benchmarks": benchmarks, "runs": runs, "hists": {},
    }
