"""gbench.py: a result as Google Benchmark JSON, one row a run (process).

Layout of library 1.7.1. The thread count is the counter `t`, and `threads` is 1: faultline drives
its own threads, and library versions disagree on how rates of threads > 1 are counted.
"""

from __future__ import annotations

import json
from typing import Any

from report import sim_words
from report.exports.names import name_of, ordered_runs, safe_text
from report.result import Result, Run, SimResult
from report.summary import run_summary


def gbench_json(result: Result) -> str:
    """The document as text, strict JSON, ending with a newline."""
    found = {
        name: safe_text(value) if isinstance(value, str) else value
        for name, value in context(result).items()
    }
    document = {"context": found, "benchmarks": rows(result)}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def context(result: Result) -> dict[str, Any]:
    """Host and session. What was not recorded is left out, as the library does it."""
    if isinstance(result, SimResult):
        return simulated_context(result)
    machine, session, env = result.machine, result.session, result.env
    found: dict[str, Any] = {
        "date": session.started,
        "host_name": machine.id,  # a host's name is not recorded: results are public
        "executable": session.argv[0] if session.argv else "faultline",
        "caches": [
            {
                "type": safe_text(cache.type.capitalize()),
                "level": cache.level,
                "size": cache.bytes or 0,
                "num_sharing": cache.shared_by or 0,
            }
            for cache in machine.caches
        ],
        "load_avg": [] if env.load1 is None else [env.load1],
        "library_build_type": "debug" if "debug" in result.subjects[0].buildtype else "release",
        "faultline_version": session.tool.version,
        "faultline_session": session.id,
        "faultline_bench": session.bench,
        "faultline_env": env.fitness,
    }
    named = {"num_cpus": machine.threads, "cpu_model": machine.model,
             "kernel": result.kernel_release}
    found |= {name: value for name, value in named.items() if value is not None}
    if env.mhz:
        found["mhz_per_cpu"] = round(env.mhz[0])
    if env.governor is not None:
        found["cpu_scaling_enabled"] = env.governor != "performance"
    if session.tool.gbench is not None:
        found["library_version"] = session.tool.gbench
    return found


def simulated_context(result: SimResult) -> dict[str, Any]:
    """As context(), of the simulated machine: nothing of the host, which says nothing here."""
    machine, session = result.simulated, result.session
    return {
        "date": session.started,
        "host_name": sim_words.mark(result),
        "executable": session.argv[0] if session.argv else "faultline",
        "num_cpus": machine.cpus,
        "cpu_model": sim_words.machine(result),
        "caches": [],
        "load_avg": [],
        "library_build_type": "debug" if "debug" in result.subjects[0].buildtype else "release",
        "faultline_version": session.tool.version,
        "faultline_session": session.id,
        "faultline_bench": session.bench,
        "faultline_machine": machine.name,
        "faultline_calibrated": machine.calibrated,
        "faultline_made_up": machine.made_up,
    }


def rows(result: Result) -> list[dict[str, Any]]:
    """A row a run, by configuration, subject and round."""
    families: dict[str, list[int]] = {}
    for benchmark in result.benchmarks:
        families.setdefault(benchmark.family, []).append(benchmark.index)
    found = []
    for run in ordered_runs(result):
        benchmark, name = run.benchmark, name_of(run, result)
        row: dict[str, Any] = {
            "name": name,
            "family_index": list(families).index(benchmark.family),
            "per_family_instance_index": families[benchmark.family].index(benchmark.index),
            "run_name": name,
            "run_type": "iteration",
            "repetitions": result.plan.rounds,
            "repetition_index": run.round,
            "threads": 1,
        }
        found.append(row | (failed(run) if run.failure else timed(run)) | {"t": benchmark.threads})
    return found


def timed(run: Run) -> dict[str, Any]:
    """What a successful run adds: times per operation in ns, and the rates as counters.

    compare.py asks for a cpu_time in every row of an iteration, and there is none to invent: a run
    without CPU time becomes a row that it passes over, as failed() says.
    """
    summary = run_summary(run)
    values: dict[str, Any] = {
        "iterations": sum(trial.ops for trial in run.measured),
        "real_time": 1e9 / summary.throughput,
        "time_unit": "ns",
        "items_per_second": summary.throughput,
    }
    if not summary.cpu_throughput:
        return values | {
            "run_type": "aggregate", "aggregate_name": "no_cpu_time", "time_unit": "us",
            "real_time": 1e6 / summary.throughput,
        }
    values["cpu_time"] = 1e9 / summary.cpu_throughput
    values["ops_per_cpu_second"] = summary.cpu_throughput
    return values


def failed(run: Run) -> dict[str, Any]:
    """What a failed run adds: the error and no time, least of all 0.

    The library's compare.py asks for times in every row but those of an aggregate, and compares
    the rows in one time unit only; so a row with this type and another unit is passed over.
    """
    assert run.failure is not None
    return {
        "run_type": "aggregate",
        "aggregate_name": "failed",
        "error_occurred": True,
        "error_message": safe_text(f"{run.failure.kind}: {run.failure.message}"),
        "time_unit": "s",
    }
