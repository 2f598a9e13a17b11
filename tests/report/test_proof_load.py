"""Files of the model checker: what schema and reader refuse, and what only the reader can see."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import pytest
from jsonschema import Draft202012Validator

import synthetic_check
from report import ProofResult, ReportError, load_file, load_result

Change = Callable[[dict[str, Any]], Any]
Write = Callable[..., Path]


def check(name: str, **values: Any) -> Change:
    """Changes the outcome of one exploration."""
    return lambda d: outcome(d, name).update(values)


def outcome(document: dict[str, Any], name: str) -> dict[str, Any]:
    index = next(i for i, b in enumerate(document["benchmarks"]) if b["name"] == f"check/{name}")
    return document["runs"][index]["check"]


def bug(**values: Any) -> Change:
    return lambda d: outcome(d, FAILED)["failure"].update(values)


PROVED = "rwsem/separate/fault_vs_munmap/2"
FEW = "rwsem/separate/exit_vs_fault/4"  # bounded by preemptions
CUT = "refcount/separate/tree_walk/2"  # exhaustive, but a limit was reached
FAILED = "mutant/embedded/fault_vs_mprotect/2"
OPEN = "refcount/embedded/exit_vs_fault/4"
reached = synthetic_check.limit("seconds", 60, True)
unreached = synthetic_check.limit("seconds", 60)

both: dict[str, Change] = {  # refused by the schema and by the reader
    "other kind of design": lambda d: d["design"].update(kind="interleaved"),
    "unknown suite": lambda d: d["design"].update(suite="nightly"),
    "unknown mode": lambda d: d["design"].update(mode="lucky"),
    "unknown memory model": lambda d: d["design"].update(memory_model="SC"),
    "no model": lambda d: d["design"].pop("model"),
    "signals missing": lambda d: d["design"]["model"].pop("signals"),
    "a kind of chance as text": lambda d: d["design"]["model"].update(reboots="1"),
    "no name": lambda d: d["benchmarks"][0].pop("name"),
    "no summary": lambda d: d["benchmarks"][0].update(summary=" "),
    "no version": lambda d: d["benchmarks"][0].pop("version"),
    "no threads": lambda d: d["benchmarks"][0].update(threads=0),
    "unknown placement": lambda d: d["benchmarks"][0].update(placement="far"),
    "no check": lambda d: d["runs"][0].pop("check"),
    "no subject": lambda d: d["runs"][0].pop("subject"),
    "unknown verdict": check(PROVED, verdict="proved"),
    "unknown mode of a run": check(PROVED, mode="auto"),
    "executions as text": check(PROVED, executions="12"),
    "executions beyond 2^53": check(PROVED, executions=2**53),
    "negative seconds": check(PROVED, seconds=-0.5),
    "seconds null": check(PROVED, seconds=None),
    "limits null": check(PROVED, limits=None),
    "limit without value": check(PROVED, limits=[{"name": "seconds", "reached": False}]),
    "no reductions": lambda d: outcome(d, PROVED).pop("reductions"),
    "proof with a limit reached": check(PROVED, limits=[reached]),
    "proof by few preemptions": check(
        PROVED, mode="preemptions", limits=[synthetic_check.limit("preemptions", 3, True)]),
    "proof by chance": check(PROVED, mode="random"),
    "proof without execution": check(PROVED, executions=0),
    "proof with a reason": check(PROVED, reason="tired"),
    "proof with a failure": lambda d: check(PROVED, failure=outcome(d, FAILED)["failure"])(d),
    "preemptions that nothing bounded": check(
        FEW, limits=[synthetic_check.limit("preemptions", 3)]),
    "bounded with an empty reason": check(FEW, reason=" "),
    "preemptions without a bound": check(FEW, limits=[unreached]),
    "bounded without bound": check(CUT, limits=[unreached]),
    "bounded without execution": check(CUT, executions=0),
    "inconclusive without reason": check(OPEN, reason=None),
    "failed without failure": check(FAILED, failure=None),
    "failed with a reason": check(FAILED, reason="a bug"),
    "unknown bug": bug(kind="bad_mood"),
    "bug without words": bug(what=""),
    "schedule with a quote": bug(schedule="T'; reboot; '"),
    "schedule of two lines": bug(schedule="T01\n10"),
    "no schedule": bug(schedule=""),
    "trace null": bug(trace=None),
    "no where": lambda d: outcome(d, FAILED)["failure"].pop("where"),
}


@pytest.mark.parametrize("change", both.values(), ids=both.keys())
def test_schema_and_reader_refuse(
    change: Change, validator: Draft202012Validator, write: Write
) -> None:
    document = synthetic_check.result()
    change(document)
    assert not validator.is_valid(document)
    with pytest.raises(ReportError) as error:
        load_file(write(document))
    assert error.value.exit_code in (2, 4)
    assert "session.json: " in str(error.value) and "; " in str(error.value)


schema_only: dict[str, Change] = {  # keys that the report does not use
    "rounds": lambda d: d["design"].update(rounds=1),
    "id of a host's benchmark": lambda d: d["benchmarks"][0].update(id="x"),
    "trials": lambda d: d["runs"][0].update(trials=[]),
    "CPUs": lambda d: d["runs"][0].update(cpus=[0]),
    "version of another form": lambda d: d["benchmarks"][0].update(version="1"),
}


@pytest.mark.parametrize("change", schema_only.values(), ids=schema_only.keys())
def test_schema_refuses_what_only_the_host_has(
    change: Change, validator: Draft202012Validator
) -> None:
    document = synthetic_check.result()
    change(document)
    assert not validator.is_valid(document)


def twice(document: dict[str, Any]) -> None:
    document["runs"][3] = copy.deepcopy(document["runs"][2])


def same_limit(document: dict[str, Any]) -> None:
    outcome(document, PROVED)["limits"] = [unreached, unreached]


reader_only: dict[str, tuple[Change, int, str]] = {  # name: (change, exit code, words)
    "name of other parts": (lambda d: d["benchmarks"][4].update(design="qspin"), 2,
                            'benchmarks[4].name is "check/'),
    "same name": (lambda d: d["benchmarks"].__setitem__(1, d["benchmarks"][0]), 2,
                  "is there twice"),
    "same limit": (same_limit, 2, '"seconds" is there twice'),
    "a run twice": (twice, 2, "runs[3] repeats check/"),
    "a run is missing": (lambda d: d["runs"].pop(), 2,
                         "runs has 32 of 33 planned runs although the session is complete"),
    "bench out of range": (lambda d: d["runs"][0].update(bench=99), 2,
                           "runs[0].bench is 99, but there are only 33 benchmarks"),
    "contradiction": (check(PROVED, limits=[reached]), 2,
                      'is "verified", but the limit on seconds was reached'),
    "verdict of the future": (check(PROVED, verdict="likely"), 4,
                              'check.verdict is "likely", which this faultline does not know'),
    "no runs": (lambda d: d.update(runs=[]) or d["session"].update(complete=False), 5,
                "holds no run; record one with faultline check -o"),
}


@pytest.mark.parametrize("change, code, words", reader_only.values(), ids=reader_only.keys())
@pytest.mark.parametrize("command", [["report"], ["export", "--format", "markdown"]],
                         ids=["report", "export"])
def test_bad_file_is_one_line(
    change: Change, code: int, words: str, command: list[str], write: Write,
    faultline: Callable[..., Any],
) -> None:
    document = synthetic_check.result()
    change(document)
    path = write(document, "bad.json")
    done = faultline(*command, path)
    assert (done.code, done.out) == (code, "") and words in done.err
    assert done.err.startswith(f"faultline {command[0]}: ") and done.err.count("\n") == 1
    assert "; " in done.err
    assert sorted(p.name for p in path.parent.iterdir()) == ["bad.json"], "nothing may be written"


def test_unknown_keys_are_ignored(validator: Draft202012Validator, write: Write) -> None:
    document = synthetic_check.result()
    document["runs"][0]["check"]["later"] = document["runs"][0]["t0"] = "2027-01-01T00:00:00.000Z"
    document["design"]["model"]["page_faults"] = 2
    assert validator.is_valid(document)
    result = load_file(write(document))
    assert isinstance(result, ProofResult) and result.plan.model["page_faults"] == 2


def test_what_is_read(write: Write) -> None:
    result = load_file(write(synthetic_check.result()))
    assert isinstance(result, ProofResult) and len(result.runs) == len(result.tasks) == 33
    counts = {v: len(result.of_verdict(v)) for v in ("verified", "bounded", "failed")}
    assert counts == {"verified": 23, "bounded": 6, "failed": 2}
    failed = result.of_verdict("failed")[0]
    assert failed.task.name == f"check/{FAILED}" and failed.bug is not None
    assert failed.bug.missing_order == "release at lockimpls/vma_refcount.hpp:98"
    few = next(run for run in result.runs if run.task.name == f"check/{FEW}")
    bound = few.limit("preemptions")
    assert bound is not None and bound.reached and bound.value == 3


def test_a_bound_on_preemptions_that_left_nothing_out_proves(
    validator: Draft202012Validator, write: Write
) -> None:
    document = synthetic_check.result()
    check(PROVED, mode="preemptions", limits=[synthetic_check.limit("preemptions", 3)])(document)
    assert validator.is_valid(document)
    assert len(load_file(write(document)).runs) == 33


def test_an_unfinished_session_is_read(write: Write) -> None:
    document = synthetic_check.result()
    document["session"].update(complete=False, ended=None)
    document["runs"] = document["runs"][:5]
    result = load_file(write(document))
    assert len(result.runs) == 5


def test_load_result_is_for_what_was_measured(write: Write) -> None:
    """Statistics and plots take a Result, so that nobody compares executions with faults/s."""
    with pytest.raises(ReportError) as error:
        load_result(write(synthetic_check.result()))
    assert error.value.exit_code == 4 and "holds no throughput; give a file" in str(error.value)
