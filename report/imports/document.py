"""document.py: rows of a foreign file as a document of faultline.result."""

from __future__ import annotations

import hashlib
import json
import statistics
from datetime import datetime, timezone
from typing import Any

from report.errors import EXIT_NOTHING
from report.fields import shorten
from report.imports.source import Origin, Row, SourceFile
from report.result import unknown_machine

schema_version = "1.5"
importer_version = "1"  # raised when the same file would become other figures
unknown = "unknown"

# The keys of env.before; an imported session knows none of them.
state = (
    "governor", "driver", "boost", "smt", "aslr", "thp", "numa_balancing", "isolated", "nohz_full",
    "rcu_nocbs", "irqbalance", "cgroup_cpu_max", "cpuset", "load1", "runnable", "steal_ticks",
    "temp_c", "mhz", "uptime_s",
)


def make_document(source: SourceFile, origin: Origin, rows: list[Row]) -> dict[str, Any]:
    """The whole document.

    The same source and options give the same document. Rows of one configuration are its rounds, in
    the order of the source. Raises ReportError: exit 5 without a row, 2 without a date.
    """
    if not rows:
        raise source.fail("holds no run", "give a file with results", EXIT_NOTHING)
    configurations: dict[str, Row] = {}
    indices: dict[str, int] = {}
    counts: dict[str, int] = {}
    runs = []
    for row in rows:
        name = identifier(row)
        index = indices.setdefault(name, len(indices))
        configurations.setdefault(name, row)
        runs.append(run(index, counts.get(name, 0), row))
        counts[name] = counts.get(name, 0) + 1
    return {
        "schema": "faultline.result", "schema_version": schema_version,
        "session": session(source, origin),
        "design": plan(rows, max(counts.values())),
        "subjects": [subject(source, origin)],
        "machine": machine(source, origin),
        "kernel": dict.fromkeys(
            ("release", "version", "cmdline", "config_sha256", "mitigations", "taint",
             "clocksource", "libc")
        ) | {"config": {}},
        "env": {
            "before": dict.fromkeys(state), "after": None, "class": "degraded",
            "reasons": ["imported: the state of the machine is not known"],
        },
        "metrics": {
            name: {"unit": unit, "better": "higher", "delta": 0.02, "agg": "median"}
            for name, unit in (("throughput", "op/s"), ("cpu_throughput", "op/CPU-s"))
        },
        "benchmarks": [
            benchmark(name, row, origin.format) for name, row in configurations.items()
        ],
        "runs": runs, "hists": {},
    }


def session(source: SourceFile, origin: Origin) -> dict[str, Any]:
    """Raises ReportError (exit 2) when nothing says when it was."""
    digest = sha256(source.text)
    candidates = (
        ("source", origin.started), ("option", source.given.date), ("file", source.modified)
    )
    found = [(where, time) for where, time in candidates if time is not None]
    if not found:
        raise source.fail("does not say when it was recorded", "give --date")
    time_from, started = found[0][0], found[0][1].astimezone(timezone.utc)
    return {
        "id": f"{started:%Y%m%dT%H%M%SZ}-{digest[:8]}", "bench": origin.bench,
        "started": time_text(started), "ended": None, "complete": True,
        "argv": ["faultline", "import", "--from", origin.format, source.file], "seed": None,
        "tool": {
            "name": f"faultline import --from {origin.format}", "version": importer_version,
            "commit": None, "dirty": None, "gbench": origin.gbench,
        },
        "imported": {
            "format": origin.format, "file": source.file, "sha256": digest, "run": origin.run,
            "time_from": time_from,
        },
    }


def time_text(time: datetime) -> str:
    """RFC 3339 with milliseconds, as everywhere in a result file."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def plan(rows: list[Row], rounds: int) -> dict[str, Any]:
    lengths = [row.seconds for row in rows if row.failure is None]
    return {
        "kind": "imported", "suite": "imported", "rounds": rounds, "trials": 1, "warmup_trials": 0,
        "trial_s": statistics.median(lengths) if lengths else 0, "warmup_s": 0, "check_s": None,
        "deadline_s": None, "pin": None, "stage": None,
    }


def subject(source: SourceFile, origin: Origin) -> dict[str, Any]:
    label = source.given.label or origin.label or f"{origin.format} {source.file}"
    return {
        "id": "imported", "label": shorten(label), "role": "base", "vcs": None,
        "build": {"compiler": unknown, "flags": "", "buildtype": unknown, "binary_sha256": None},
    }


def machine(source: SourceFile, origin: Origin) -> dict[str, Any]:
    """Known by the hash of its name: no host name is kept, as results are made to be shown."""
    name = origin.machine or source.given.machine
    nothing = ("model", "vendor", "family", "stepping", "microcode", "sockets", "cores",
               "numa_nodes", "topology_sha256")
    return {
        "id": sha256(f"imported {name} {origin.cpus}")[:16] if name else unknown_machine,
        "arch": unknown,
        "cpu": dict.fromkeys(nothing) | {"threads": origin.cpus, "caches": []},
        "memory_bytes": None, "hypervisor": None,
    }


def identifier(row: Row) -> str:
    """The id of a configuration, in the form of the runner's."""
    parts = [row.workload, f"design={row.design}", f"placement={row.placement}",
             f"threads={row.threads}"]
    return "/".join(parts + [f"{name}={value}" for name, value in sorted(row.params.items())])


def benchmark(name: str, row: Row, form: str) -> dict[str, Any]:
    version = json.dumps([form, importer_version, row.workload, row.unit, row.comparable])
    return {
        "id": name, "family": row.workload, "unit": row.unit,
        "params": {
            **row.params, "workload": row.workload, "design": row.design,
            "placement": row.placement, "threads": row.threads,
        },
        "version": f"sha256:{sha256(version)[:12]}", "oversubscribed": row.oversubscribed,
        "roles": ["imported"] * len(row.thread_ops), "layout": None,
    }


def run(index: int, number: int, row: Row) -> dict[str, Any]:
    unsaid = ("pos", "t0", "pid", "wall_s", "seed", "cpus_seen", "env_pad", "canary_ns", "nivcsw",
              "nvcsw", "steal_ticks", "throttle", "exit")
    failure = None
    if row.failure is not None:
        failure = {"kind": "imported", "message": shorten(row.failure), "dump": None}
    return dict.fromkeys(unsaid) | {
        "bench": index, "subject": 0, "round": number, "cpus": row.cpus, "flags": row.flags,
        "failure": failure, "trials": [] if failure else [trial(row)],
    }


def trial(row: Row) -> dict[str, Any]:
    return {
        "warmup": False, "s": row.seconds, "ops": row.ops, "thread_ops": row.thread_ops,
        "cpu_s": row.cpu_s, "overlap": row.overlap, "counters": {}, "secondary": {},
        "checks": None, "vmas": None, "lock_offset": None,
    }


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
