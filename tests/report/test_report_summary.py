"""From runs to numbers: medians, ranges, panels."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
from report import load_result, run_summaries
from report.summary import Series, panels

Write = Callable[..., Path]
rwsem = Series("rwsem", "separate", "build")


def trial_of(ops: int, s: float, cpu_s: float | None, warmup: bool = False) -> dict[str, Any]:
    made = synthetic.trial(warmup, 1e6, 1, ("pf_shared", "rwsem", 1, 0))
    return made | {"ops": ops, "s": s, "cpu_s": cpu_s}


def test_a_run_is_the_median_of_its_measured_trials(document: dict[str, Any], write: Write) -> None:
    document["runs"][0]["trials"] = [
        trial_of(10**9, 0.1, 0.1, warmup=True),
        trial_of(300, 0.1, 0.05), trial_of(100, 0.1, 0.1), trial_of(400, 0.2, 0.4),
    ]
    summary = run_summaries(load_result(write(document)))[0]
    assert summary.throughput == pytest.approx(2000)  # of 3000, 1000, 2000
    assert summary.cpu_throughput == pytest.approx(1000)  # of 6000, 1000, 1000


@pytest.mark.parametrize("cpu_s", [None, 0])
def test_one_unknown_cpu_time_makes_the_run_unknown(
    cpu_s: float | None, document: dict[str, Any], write: Write
) -> None:
    document["runs"][0]["trials"] = [trial_of(300, 0.1, 0.05), trial_of(100, 0.1, cpu_s)]
    summary = run_summaries(load_result(write(document)))[0]
    assert summary.throughput == pytest.approx(2000) and summary.cpu_throughput is None


def test_fallback_is_aborts_over_tries(document: dict[str, Any], write: Write) -> None:
    counters = document["runs"][0]["trials"][1]["counters"]
    counters.update(vma_lock_success=970, vma_lock_abort=30)
    path = write(document)
    assert run_summaries(load_result(path))[0].fallback == pytest.approx(0.03)
    for unknown in ({"vma_lock_abort": None}, {"vma_lock_success": 0, "vma_lock_abort": 0}):
        changed = copy.deepcopy(document)
        changed["runs"][0]["trials"][1]["counters"].update(unknown)
        assert run_summaries(load_result(write(changed)))[0].fallback is None


def test_failed_runs_are_left_out_and_counted(document: dict[str, Any], write: Write) -> None:
    result = load_result(write(document))
    assert len(result.runs) == 432 and len(result.failed_runs) == 7
    assert len(run_summaries(result)) == 425
    by_title = {panel.title: panel for panel in panels(result)}
    assert list(by_title) == list(synthetic.workloads)
    partly = by_title["pf_shared"].cells[Series("refcount", "embedded", "build"), 3]
    assert (partly.n, len(partly.failures)) == (5, 1)
    wholly = by_title["fork_storm"].cells[rwsem, 3]
    assert wholly.throughput is None and wholly.n == 0 and len(wholly.failures) == 6


def test_a_cell_is_median_and_range_over_the_runs(document: dict[str, Any], write: Write) -> None:
    rates = [100, 700, 300, 200, 600, 400]
    for number, rate in enumerate(rates):
        one = next(r for r in document["runs"] if r["bench"] == 0 and r["round"] == number)
        one["trials"] = [trial_of(rate, 1, 1)]
    found = panels(load_result(write(document)))[0].cells[rwsem, 1].throughput
    assert (found.median, found.low, found.high, found.n) == (350, 100, 700, 6)
    assert found.half_range_percent == pytest.approx(100 * 300 / 350)


def test_the_other_roles_have_a_rate_of_their_own(document: dict[str, Any], write: Write) -> None:
    panel = panels(load_result(write(document)))[2]
    assert panel.title == "pf_vs_mprotect"
    assert panel.cells[rwsem, 1].secondary == {}
    cell = panel.cells[rwsem, 3]
    # Of three threads one calls mprotect, once where a reader faults 16 times.
    assert cell.secondary["mprotect"].median == pytest.approx(
        cell.throughput.median / 2 / 16, rel=1e-3)


def test_a_further_parameter_splits_a_workload(document: dict[str, Any], write: Write) -> None:
    twins = copy.deepcopy(document["benchmarks"][:3])  # pf_shared, rwsem, three thread counts
    for i, twin in enumerate(twins):
        twin["id"] += "/pages_per_thread=64"
        twin["params"]["pages_per_thread"] = 64
        # One that only follows the thread count tells no panels apart.
        document["benchmarks"][i]["params"]["order"] = i
        twin["params"]["order"] = i
    runs = [copy.deepcopy(one) for one in document["runs"] if one["bench"] < 3]
    first = len(document["benchmarks"])
    document["benchmarks"] += twins
    document["runs"] += [one | {"bench": first + one["bench"]} for one in runs]
    titles = [panel.title for panel in panels(load_result(write(document)))]
    assert titles[0] == "pf_shared pages_per_thread=2048"
    assert titles[-1] == "pf_shared pages_per_thread=64"
    assert len(titles) == 7


def test_order_of_runs_does_not_matter(document: dict[str, Any], write: Write) -> None:
    straight = panels(load_result(write(document)))
    document["runs"].reverse()
    assert panels(load_result(write(document))) == straight
