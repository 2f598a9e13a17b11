"""documents.py: result files as JSON values, changed to be small, later or hostile."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

# What a stranger may write into a file to run something in a browser.
HOSTILE = ("</script><script>window.hacked=1</script>"
           "<img src=x onerror=window.hacked=1>\"'`${1}\u2028")


def later(document: dict[str, Any]) -> dict[str, Any]:
    """The same host in a session of the next day, ten percent faster."""
    changed = copy.deepcopy(document)
    changed["session"] |= {"id": "20261123T130107Z-00c0ffef", "started": "2026-11-23T13:01:07.000Z"}
    changed["kernel"]["release"] = "6.19.1"
    for run in changed["runs"]:
        for trial in run["trials"]:
            trial["ops"] = trial["ops"] * 11 // 10
    return changed


def fewer(document: dict[str, Any], workloads: tuple[str, ...]) -> dict[str, Any]:
    """The document with these workloads alone: a browser is slower than a reader of JSON."""
    kept = [i for i, one in enumerate(document["benchmarks"])
            if one["params"]["workload"] in workloads]
    document["benchmarks"] = [document["benchmarks"][i] for i in kept]
    document["runs"] = [run | {"bench": kept.index(run["bench"])} for run in document["runs"]
                        if run["bench"] in kept]
    return document


def save(folder: Path, name: str, document: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def hostile(document: dict[str, Any]) -> dict[str, Any]:
    """Every text of a file that a page shows, turned into an attack."""
    for one in document["benchmarks"]:
        for key in ("workload", "design", "placement"):
            one["params"][key] += HOSTILE
        one["id"] += HOSTILE
        one["unit"] = "fault" + HOSTILE
    document["machine"]["cpu"]["model"] = HOSTILE + "\x1b[31m\u202e"
    document["machine"]["hypervisor"] = HOSTILE
    document["kernel"]["release"] = document["kernel"]["cmdline"] = HOSTILE
    document["session"]["argv"] = [HOSTILE]
    document["env"]["reasons"] = [HOSTILE]
    document["subjects"][0]["label"] = HOSTILE
    document["subjects"][0]["build"]["compiler"] = HOSTILE
    return document


def with_latency(document: dict[str, Any]) -> dict[str, Any]:
    """The document as schema 1.4 has it: every trial with the times of 10,000 operations."""
    document["schema_version"] = "1.4"
    for i, run in enumerate(document["runs"]):
        for j, trial in enumerate(run["trials"]):
            # Buckets of 32 steps a power of two: from 2^7 ns on, each half as full as the last two.
            counts = [[4 if k else 192 + i % 5, max(1, 5000 >> k)] for k in range(14)]
            n = sum(count for _, count in counts)
            document["hists"][f"h{i}.{j}"] = {
                "unit": "ns", "steps": 32, "n": n, "max": 3640 + i % 7, "counts": counts,
            }
            trial["latency"] = {"clock_ns": 20, "hist": f"h{i}.{j}"}
    return document
