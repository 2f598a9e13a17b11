"""synthetic_compare.py: comparisons of files made by formula, and hostile labels for them."""

from __future__ import annotations

import copy
from typing import Any, Callable

import synthetic
import synthetic_sim
from pathlib import Path

from report import load_result
from report.compare import Comparison, compare_benches, compare_files, compare_within
from report.compare.rows import Selection

Write = Callable[..., Path]

hostile = (
    "<script>alert(1)</script>", "a\nSubject: gotcha\n\nbody", "\x1b[2Jgone", "=1+1", "x|y`z*",
    "Index: a", "--- a", "\u202eevil \U0001f600", "'; rm -rf / #", "n" * 200, "", "a\tb \r\n",
)


def host(factor: float = 1.0, rounds: int = 8) -> dict[str, Any]:
    """A measured file; every rate of refcount is `factor` times the usual one."""
    document = synthetic.result(rounds=rounds)
    for run in document["runs"]:
        params = document["benchmarks"][run["bench"]]["params"]
        if params["design"] == "refcount":
            for trial in run["trials"]:
                trial["ops"] = int(trial["ops"] * factor)
    return document


def twin(document: dict[str, Any], label: str = "patched") -> dict[str, Any]:
    """The same as another session of another build."""
    other = copy.deepcopy(document)
    other["session"]["id"] = "20261122T150107Z-00c0ffef"
    other["subjects"][0]["label"] = label
    return other


def sim(seeds: int = 8) -> dict[str, Any]:
    """A simulation of `seeds` seeds, enough for an interval."""
    document = synthetic_sim.result()
    document["design"]["rounds"] = seeds
    runs = [synthetic_sim.run(index, one, number)
            for index, one in enumerate(document["benchmarks"]) for number in range(seeds)]
    for run in runs:
        params = document["benchmarks"][run["bench"]]["params"]
        if (params["workload"], params["design"], params["cpus"]) == ("pf_shared", "mmap_lock", 16):
            synthetic_sim.fail(run, "the simulation crashed (signal 11)")
    return document | {"runs": runs}


small = Selection(workloads=("pf_shared", "fork_storm"), designs=("rwsem", "refcount"))


def within_host(write: Write) -> Comparison:
    """rwsem against refcount, paired; one run failed, one configuration failed as a whole."""
    return compare_within(load_result(write(host(1.05))), selection=small)


def within_sim(write: Write) -> Comparison:
    """Three simulated designs, three metrics, both directions."""
    return compare_within(load_result(write(sim(), "sim.json")), selection=Selection(
        metrics=("throughput", "wait_p99", "jain")))


def files(write: Write) -> Comparison:
    """Two measured sessions, unpaired, all designs."""
    base = load_result(write(host(), "base.json"))
    new = load_result(write(twin(host(0.8)), "new.json"))
    return compare_files(base, [new], Selection(workloads=("pf_shared",)))


def benches(write: Write) -> Comparison:
    """A measurement and a simulation side by side."""
    return compare_benches(
        [load_result(write(host(), "host.json")), load_result(write(sim(), "sim.json"))])


def few(write: Write) -> Comparison:
    """Three rounds: no interval."""
    return compare_within(load_result(write(host(rounds=3))), selection=small)


every: dict[str, Callable[[Write], Comparison]] = {
    "within-host": within_host, "within-sim": within_sim, "files": files, "benches": benches,
    "few": few,
}


made: dict[str, Comparison] = {}


def one(kind: str, write: Write) -> Comparison:
    """A comparison of `every`, made once: it takes longer than to write it."""
    if kind not in made:
        made[kind] = every[kind](write)
    return made[kind]


def poisoned(text: str) -> dict[str, Any]:
    """A measured file with `text` wherever a label of its maker may stand."""
    document = host(rounds=6)
    document["benchmarks"] = document["benchmarks"][:9]
    document["runs"] = [run for run in document["runs"] if run["bench"] < 9]
    document["design"]["suite"] = text
    document["subjects"][0] |= {"label": text}
    document["subjects"][0]["build"] |= {"compiler": text, "flags": text}
    document["machine"]["cpu"]["model"] = text
    document["kernel"]["release"] = text
    document["session"]["argv"] = ["faultline", "run", text]
    document["session"]["tool"]["version"] = text
    document["env"]["reasons"] = [text]
    document["design"]["pin"] = text
    for one in document["benchmarks"]:
        one["unit"] = text or "fault"
        for name in ("workload", "design", "placement"):
            one["params"][name] = f"{one['params'][name]}{text}"
    for run in document["runs"]:
        if run["failure"]:
            run["failure"]["message"] = text
    return document
