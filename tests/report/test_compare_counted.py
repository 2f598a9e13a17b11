"""Kernels whose instructions were counted: two boots are enough for a verdict, as nothing in them
is chance, and a change of 0.2 % is one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_compare
from report import load_result, stats
from report.compare import compare_within
from report.layouts import layouts
from report.mail import draft

Write = Callable[..., Path]

GUEST = {
    "qemu": "QEMU emulator version 7.2.22 (Debian 1:7.2)", "accel": "icount", "cpus": 1,
    "sockets": 1, "numa": 1, "memory_mib": 512, "guest_seeds": "one", "cmdline": "", "args": [],
}


def session(factor: float, seeds: str = "one", off: float = 0.0) -> dict[str, Any]:
    """Two kernels of 2 boots each; the second one's rates are `factor` times those of the first;
    in round 1 everything is `off` faster."""
    document = synthetic_compare.host(rounds=2)
    document["session"]["bench"] = "kernel"
    document["vm"] = GUEST | {"guest_seeds": seeds}
    document["env"]["class"] = "unfit"
    for one in document["benchmarks"]:
        one["params"]["accel"] = "icount"
    document["subjects"] = [
        document["subjects"][0] | {"id": name, "label": name, "role": role}
        for name, role in (("a", "base"), ("b", "contender"))
    ]
    first = [run for run in document["runs"] if run["failure"] is None]
    seen = {run["bench"]: run for run in first}
    document["runs"] = []
    for subject in (0, 1):
        for number in (0, 1):
            for bench, run in seen.items():
                made = copy.deepcopy(run) | {"subject": subject, "round": number}
                for trial in made["trials"]:
                    trial["s"] = 0.02 / (factor if subject else 1) / (1 + off * number)
                    trial["ops"] = 4000
                document["runs"].append(made)
    return document


def verdicts(path: Path) -> dict[str, int]:
    return compare_within(load_result(path), "subject").count_verdicts()


@pytest.mark.parametrize("factor, expected", [
    (1.0, "SAME"), (1.0015, "SAME"), (1.003, "BETTER"), (0.997, "WORSE"),
])
def test_two_boots_are_enough(factor: float, expected: str, write: Write) -> None:
    assert list(verdicts(write(session(factor)))) == [expected]


def test_repeats_that_differ_widen_the_interval(write: Write) -> None:
    assert list(verdicts(write(session(1.003, off=0.0025)))) == ["INCONCLUSIVE"]
    assert list(verdicts(write(session(1.006, off=0.0025)))) == ["BETTER"]


def test_drawn_seeds_are_tested_as_chance(write: Write) -> None:
    assert list(verdicts(write(session(1.5, seeds="one a round")))) == ["INCONCLUSIVE"]


@pytest.mark.parametrize("layout", ["faultline", "markdown"])
def test_the_head_says_what_was_booted(layout: str, write: Write) -> None:
    comparison = compare_within(load_result(write(session(1.003))), "subject")
    assert comparison.warnings == ()  # an unfit host does not change what is counted
    text = " ".join(layouts[layout].render(comparison).replace("\\", "").split())
    for fact in ("QEMU 7.2.22 with icount, 1 CPU, 512 MiB; its host: Synthetic CPU 9000",
                 "none, as nothing is chance", "always in the same order", "throughput 0.2%",
                 "Linux 6.18.44, the host's"):
        assert fact in text, fact


def test_the_ratio_of_counts() -> None:
    effect = stats.counted_ratio([100.0, 101.0], [110.0, 110.0, 112.0])
    assert effect.ratio == pytest.approx(110 / 100.5)
    assert (effect.low, effect.high) == (110 / 101, 112 / 100)
    assert (effect.p, effect.n) == (0.0, (2, 3))
    assert effect.mde == pytest.approx(112 / 110 * 101 / 100 - 1)
    assert stats.counted_ratio([100.0, 110.0], [105.0, 120.0]).p == 1.0
    same = stats.counted_ratio([5.0], [5.0])
    assert (same.ratio, same.low, same.high, same.p) == (1.0, 1.0, 1.0, 1.0)
    for bad in ([], [0.0], [float("nan")]):
        with pytest.raises(ValueError):
            stats.counted_ratio(bad, [1.0])


def test_the_verdict_file_says_that_nothing_was_tested(write: Write) -> None:
    comparison = compare_within(load_result(write(session(1.003))), "subject")
    method = json.loads(layouts["json"].render(comparison))["method"]
    assert (method["test"], method["level"]) == ("none: counted", None)
    assert "counted, no test" in " ".join(layouts["benchstat"].render(comparison).split())


def test_kernels_are_compared_where_there_is_one_design(write: Write) -> None:
    document = session(1.003)
    kept = [i for i, one in enumerate(document["benchmarks"])
            if one["params"]["design"] == "refcount"]
    document["benchmarks"] = [document["benchmarks"][i] for i in kept]
    document["runs"] = [run | {"bench": kept.index(run["bench"])}
                        for run in document["runs"] if run["bench"] in kept]
    assert compare_within(load_result(write(document))).by == "subject"


def test_a_mail_says_where_it_was_counted(write: Write) -> None:
    text = " ".join(draft.opening(compare_within(load_result(write(session(1.003))), "subject"))
                    .split())
    assert "in QEMU 7.2.22 with icount, 1 CPU, 512 MiB. Of " in text and "Synthetic" not in text
