"""gate_sessions.py: small sessions with known changes and noise, for tests of gate and history."""

from __future__ import annotations

import random
from typing import Any

import synthetic
from report.commands import modules

for name in ("gate", "history", "selfcheck"):
    modules.setdefault(name, f"report.commands.{name}")

designs = {"rwsem": "separate", "refcount": "embedded"}
workload = "pf_shared"


def session(
    seed: int, rounds: int = 12, scale: dict[tuple[str, int], float] | None = None,
    noise: float = 0.01, drift: float = 0.0, number: int | None = None, commit: str | None = None,
    threads: tuple[int, ...] = (1, 2), started: str | None = None,
) -> dict[str, Any]:
    """A measured session of rwsem and refcount on pf_shared.

    scale: factor of a (design, threads). noise: sd of a run, relative. drift: added to the
    logarithm of every rate of the session. number: of the session, which orders it in time and is
    in its id; default: seed.
    """
    number = seed if number is None else number
    document = synthetic.result(threads=(1,), rounds=1)
    document["benchmarks"] = [
        synthetic.benchmark(workload, design, place, count)
        for design, place in designs.items() for count in threads
    ]
    for one in document["benchmarks"]:
        one["oversubscribed"] = False
    chance = random.Random(seed)
    document["runs"] = []
    for turn in range(rounds):
        for index, one in enumerate(document["benchmarks"]):
            made = synthetic.run(index, one, turn, len(document["runs"]))
            params = one["params"]
            factor = (scale or {}).get((params["design"], params["threads"]), 1.0)
            rate = 5e6 * factor * (1 + drift) * (1 + noise * chance.gauss(0, 1))
            for trial in made["trials"]:
                trial["ops"] = round(rate * trial["s"])
            document["runs"].append(made)
    document["design"] |= {"rounds": rounds}
    document["session"] |= {
        "id": f"20261122T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-{seed:08x}",
        "started": started or f"2026-11-22T{number // 3600:02}:{number // 60 % 60:02}:"
                              f"{number % 60:02}.000Z",
        "argv": ["faultline", "run", "--trials", "1", "--design", "rwsem,refcount"],
    }
    set_commit(document, commit or synthetic.hexes(40, f"commit {scale}"))
    return document


def set_commit(document: dict[str, Any], commit: str | None) -> None:
    document["subjects"][0]["vcs"]["commit"] = commit


def break_runs(document: dict[str, Any], design: str, times: int, kind: str = "crash") -> None:
    """Makes the first `times` runs of a design (2 threads) fail."""
    for one in document["runs"]:
        params = document["benchmarks"][one["bench"]]["params"]
        if times and params["design"] == design and params["threads"] == 2:
            synthetic.fail(one, kind, "signal 11 in worker 1")
            times -= 1


def drop(document: dict[str, Any], design: str, count: int) -> None:
    """Takes a configuration with its runs out of a session."""
    keep = [
        i for i, one in enumerate(document["benchmarks"])
        if (one["params"]["design"], one["params"]["threads"]) != (design, count)
    ]
    document["runs"] = [
        one | {"bench": keep.index(one["bench"])} for one in document["runs"]
        if one["bench"] in keep
    ]
    document["benchmarks"] = [document["benchmarks"][i] for i in keep]
