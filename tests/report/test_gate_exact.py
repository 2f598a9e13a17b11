"""test_gate_exact.py: the gate on simulations and on proofs: any change is a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_check
import synthetic_sim
from gate_sessions import session

Gate = Callable[..., Any]


@pytest.fixture
def gate(write: Callable[..., Path], faultline: Callable[..., Any]) -> Gate:
    """gate(base, new, options...) of documents."""

    def run(base: dict[str, Any], new: dict[str, Any], *options: object) -> Any:
        done = faultline("gate", write(base, "b.json"), write(new, "n.json"), *options)
        assert all(line.isascii() for line in done.out.splitlines())
        return done

    return run


def first_run(document: dict[str, Any]) -> dict[str, Any]:
    """Seed 0 of rwsem on pf_shared with 2 CPUs."""
    return next(
        run for run in document["runs"]
        if document["benchmarks"][run["bench"]]["params"]["cpus"] == 2
    )


def scale_ops(document: dict[str, Any], factor: float) -> None:
    for run in document["runs"]:
        if document["benchmarks"][run["bench"]]["params"]["cpus"] == 2 and run["trials"]:
            run["trials"][0]["ops"] = round(run["trials"][0]["ops"] * factor)
            run["sim"]["hash"] = "0123456789abcdef"


def test_the_same_simulation_passes(gate: Gate) -> None:
    done = gate(synthetic_sim.result(), synthetic_sim.result())
    assert done.code == 0
    assert "simulated, no clock was read" in done.out
    assert "23 SAME" in done.out


def test_one_operation_less_in_one_seed_is_a_regression(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["trials"][0]["ops"] -= 1
    done = gate(synthetic_sim.result(), new)
    assert done.code == 1
    assert "throughput is worse (1 of 4 seeds differ)" in done.out


def test_one_operation_more_is_better(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["trials"][0]["ops"] += 1
    done = gate(synthetic_sim.result(), new)
    assert done.code == 0
    assert "1 IMPROVED" in done.out


def test_other_events_with_the_same_figures_are_a_change_and_pass(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["sim"]["hash"] = "0123456789abcdef"
    done = gate(synthetic_sim.result(), new)
    assert done.code == 0
    assert "1 CHANGED" in done.out


def test_a_threshold_lets_small_changes_pass(gate: Gate) -> None:
    new = synthetic_sim.result()
    scale_ops(new, 0.99)
    assert gate(synthetic_sim.result(), new, "--threshold", "2").code == 0
    assert gate(synthetic_sim.result(), new, "--threshold", "0.5").code == 1


def test_what_else_changed_is_listed_with_old_and_new(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["trials"][0]["ops"] -= 10
    first_run(new)["sim"]["wait_ns"]["p99"] += 40
    done = gate(synthetic_sim.result(), new)
    assert "wait_p99 200 -> 210 ns, +5.00 %, worse" in done.out


def test_the_direction_is_the_metrics(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["sim"]["wait_ns"]["p99"] += 40
    first_run(new)["sim"]["hash"] = "0123456789abcdef"
    assert gate(synthetic_sim.result(), new, "--metric", "wait_p99").code == 1
    assert gate(new, synthetic_sim.result(), "--metric", "wait_p99").code == 0


def test_seeds_can_be_judged_as_a_sample(gate: Gate) -> None:
    new = synthetic_sim.result()
    first_run(new)["trials"][0]["ops"] -= 1
    done = gate(synthetic_sim.result(), new, "--statistical")
    assert done.code == 0
    assert "simulated, no clock was read; n counts seeds" in " ".join(done.out.split())
    assert "measured" not in done.out and "Linux" not in done.out


@pytest.mark.parametrize("change, words", [
    (lambda d: d["design"].update(first_seed=7), "first_seed"),
    (lambda d: d["design"].update(park="futex"), "park"),
    (lambda d: d["simulated_machine"].update(sockets=4), "machine profile"),
    (lambda d: d["design"].update(trial_s=0.001), "window"),
])
def test_simulations_of_another_kind_are_exit_4(
    gate: Gate, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    new = synthetic_sim.result()
    change(new)
    done = gate(synthetic_sim.result(), new)
    assert done.code == 4
    assert f"differ in {words}" in done.err


def test_fewer_seeds_in_new_are_exit_4(gate: Gate) -> None:
    new = synthetic_sim.result()
    new["design"]["rounds"] = 2
    new["runs"] = [run for run in new["runs"] if run["round"] < 2]
    assert gate(synthetic_sim.result(), new).code == 4


def test_there_is_nothing_to_confirm(gate: Gate) -> None:
    done = gate(synthetic_sim.result(), synthetic_sim.result(), "--confirm", "a", "b")
    assert done.code == 2


def test_counted_instructions_are_judged_exactly_within_a_fifth_of_a_percent(gate: Gate) -> None:
    def counted(factor: float) -> dict[str, Any]:
        document = session(1, rounds=3, noise=0.0, scale={("rwsem", 2): factor})
        document["session"]["bench"] = "kernel"
        for one in document["benchmarks"]:
            one["params"]["accel"] = "icount"
        return document

    assert gate(counted(1.0), counted(0.999)).code == 0
    done = gate(counted(1.0), counted(0.997))
    assert done.code == 1
    assert "worse by more than 0.2 %" in done.out


def explorations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        document["benchmarks"][run["bench"]]["name"]: run["check"] for run in document["runs"]
    }


def test_the_same_proofs_pass(gate: Gate) -> None:
    done = gate(synthetic_check.result(), synthetic_check.result())
    assert done.code == 0
    assert "model-checked" in done.out and "2 BOTH FAILED" in done.out


@pytest.mark.parametrize("worsen, words", [
    (lambda c: synthetic_check.bound(c, "preemptions", "too many"),
     "verified -> bounded: too many"),
    (lambda c: synthetic_check.give_up(c, None, "never done"),
     "verified -> inconclusive: never done"),
    (lambda c: synthetic_check.fail(c, "deadlock", "both wait", "x:T01"),
     "verified -> failed: deadlock: both wait"),
])
def test_a_verdict_that_got_worse_is_a_regression(
    gate: Gate, worsen: Callable[[dict[str, Any]], None], words: str
) -> None:
    new = synthetic_check.result()
    worsen(explorations(new)["check/rwsem/separate/tree_walk/2"])
    done = gate(synthetic_check.result(), new)
    assert done.code == 1
    assert words in " ".join(done.out.split())
    better = gate(new, synthetic_check.result())
    assert better.code == 0
    assert "1 IMPROVED" in better.out


def test_other_numbers_of_executions_are_information(gate: Gate) -> None:
    new = synthetic_check.result()
    explorations(new)["check/rwsem/separate/tree_walk/2"]["executions"] += 5
    assert gate(synthetic_check.result(), new).code == 0


def test_a_missing_exploration_is_a_regression(gate: Gate) -> None:
    new = synthetic_check.result()
    gone = next(i for i, one in enumerate(new["benchmarks"])
                if one["name"] == "check/rwsem/separate/tree_walk/2")
    new["runs"] = [run for run in new["runs"] if run["bench"] != gone]
    new["session"]["complete"] = False
    done = gate(synthetic_check.result(), new, "--allow-incomplete")
    assert done.code == 1
    assert "BASE explored it, NEW did not" in done.out


def test_proofs_in_another_model_are_exit_4(gate: Gate) -> None:
    new = synthetic_check.result()
    new["design"]["model"]["spurious_wakeups"] = 0
    assert gate(synthetic_check.result(), new).code == 4


def test_proofs_are_no_samples(gate: Gate) -> None:
    assert gate(synthetic_check.result(), synthetic_check.result(), "--statistical").code == 2
