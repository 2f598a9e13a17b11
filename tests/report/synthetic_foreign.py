"""synthetic_foreign.py: files of other programs made by formula, in their documented layouts."""

from __future__ import annotations

import json
from typing import Any

import synthetic


def gbench(version: str | None = "v1.8.4", repetitions: int = 3) -> dict[str, Any]:
    """Google Benchmark's JSON: two locks, one and two own threads, aggregates, a NaN, an error."""
    context: dict[str, Any] = {
        "date": "2024-05-31T12:00:00+02:00", "host_name": "secret-host", "executable": "./bm_lock",
        "num_cpus": 2, "mhz_per_cpu": 2445, "cpu_scaling_enabled": False, "caches": [],
        "load_avg": [0.1, 0.2, 0.3], "library_build_type": "release",
    }
    if version is not None:
        context["library_version"] = version
    rows = []
    for lock in ("rwsem", "atomic"):
        for threads in (1, 2):
            name = f"BM_Fault/lock:{lock}/threads={threads}/4096/real_time"
            rows += [row(name, number, threads) for number in range(repetitions)]
            rows.append(row(f"{name}_mean", 0, threads) | {
                "run_name": name, "run_type": "aggregate", "aggregate_name": "mean"})
    rows[0]["bytes_per_second"] = float("nan")
    rows[1].update(real_time=float("inf"))
    rows.append(row("BM_Fault_BigO", 0, 1) | {"run_type": "aggregate", "big_o": "N"})
    failed = row("BM_Broken", 0, 1) | {"error_occurred": True, "error_message": "no lock"}
    for key in ("iterations", "real_time", "cpu_time", "time_unit"):
        del failed[key]
    return {"context": context, "benchmarks": [*rows, failed]}


def row(name: str, number: int, threads: int) -> dict[str, Any]:
    return {
        "name": name, "run_name": name, "run_type": "iteration", "repetitions": 3,
        "repetition_index": number, "threads": 1, "iterations": 1000 * (number + 1),
        "real_time": 2.5 * threads, "cpu_time": 2.0, "time_unit": "us",
    }


def library_threads(version: str | None) -> dict[str, Any]:
    """One row of four threads of the library: 4,000 iterations in 8 s of wall time."""
    document = gbench(version)
    one = row("BM_Sleep/real_time/threads:4", 0, 1) | {"threads": 4, "iterations": 4000}
    # Until 1.9.0 real_time is wall time by all iterations, then by those of one thread.
    new = version is not None and version >= "v1.9.0"
    one |= {"real_time": 8.0 if new else 2.0, "time_unit": "ms"}
    return document | {"benchmarks": [one]}


def will_it_scale() -> str:
    return (
        "tasks,processes,processes_idle,threads,threads_idle,linear\n"
        "0,0,100,0,100,0\n"
        "1,530000,74.87,520000,75.02,530000\n"
        "2,1040000,49.9,610000.4,50.1,1060000\n"
        "4,2000000,0.2,,,2120000\n"
    )


def thread(cpu: int, acquires: int) -> dict[str, Any]:
    return {
        "cpu_num": cpu, "lock_acquires": acquires, "lock_acquires_sigmas": 0.1,
        "lock_acquires_percent": 50.0, "cpu_time_ns": 990_000_000, "walltime_ns": 1_000_000_000,
        "depth": 0.0, "critical_ns_per_loop": 100.1, "parallel_ns_per_loop": 100.2,
        "hwtimer_start_hex": "0x10", "hwtimer_end_hex": "0x20",
    }


def measurement(threads: int, iteration: int) -> dict[str, Any]:
    each = int(4e6 * (1 + 0.05 * synthetic.noise(threads, iteration)))
    stats = [thread(2 * number, each + 1000 * number) for number in range(threads)]
    total = sum(one["lock_acquires"] for one in stats)
    return {
        "pinorder": 0, "per_thread_stats": stats, "hostname": "secret-host",
        "test_name": "ticket_spinlock", "test_type_name": "mutex", "variant_name": "lse",
        "meas_number": iteration, "test_number": 0, "iteration": iteration, "num_threads": threads,
        "nominal_critical": 100, "nominal_parallel": 200, "nominal_critical_unit": "ns",
        "nominal_parallel_unit": "ns", "run_limit_num_acquires": 0, "run_limit_ticks": 0,
        "run_limit_seconds": 1.0, "hwtimer_frequency": 0, "probed_hwtimer_frequency": 2445000000,
        "avg_critical_ns_per_loop": 100.1, "avg_parallel_ns_per_loop": 200.2,
        "full_concurrency_fraction": 0.98, "total_lock_acquires": total,
        "lock_acquires_mean": total / threads, "lock_acquires_stddev": 1.0,
        "lock_acquires_stddev_over_mean": 0.001, "wall_elapsed_ns": 1_001_000_000,
        "total_cputime_ns": 990_000_000 * threads, "total_parallel_cputime_ns": 1,
        "total_critical_cputime_ns": 1, "total_lock_overhead_cputime_ns": 1,
        "avg_lock_overhead_cputime_ns": 1.0, "lock_overhead_cputime_percent": 1.0,
        "cputime_ns_per_lock_acquire": 1.0, "wall_elapsed_ns_per_lock_acquire": 1.0,
        "total_lock_acquires_per_second": total / 1.001, "cpu_to_wall_elapsed_ratio": 1.0,
        "mean_lock_depth": 0.0,
    }


def lockhammer() -> dict[str, Any]:
    """lockhammer's JSON: one lock, 1 and 2 threads, three measurements of each."""
    return {
        "pinorders": [[0, 2]],
        "results": [measurement(threads, i) for threads in (1, 2) for i in range(3)],
    }


def texts() -> dict[str, str]:
    """A file of each format."""
    return {
        "gbench": json.dumps(gbench()), "will-it-scale": will_it_scale(),
        "lockhammer": json.dumps(lockhammer(), indent=4, sort_keys=True),
    }
