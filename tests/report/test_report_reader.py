"""The reader refuses what the schema refuses, in every key that the report uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from jsonschema import Draft202012Validator

import synthetic
from report import ReportError, load_result

Change = Callable[[dict[str, Any]], None]


def set_trial(key: str, value: Any) -> Change:
    return lambda d: d["runs"][0]["trials"][1].update({key: value})


def delete(*path: Any) -> Change:
    def change(value: Any) -> None:
        for key in path[:-1]:
            value = value[key]
        del value[path[-1]]

    return change


broken: dict[str, Change] = {
    "ops is a string": set_trial("ops", "561234"),
    "ops is negative": set_trial("ops", -1),
    "ops is null": set_trial("ops", None),
    "ops is no whole number": set_trial("ops", 1.5),
    "warmup is a number": set_trial("warmup", 0),
    "seconds are missing": delete("runs", 0, "trials", 1, "s"),
    "a counter is a string": set_trial("counters", {"vma_lock_success": "4"}),
    "no runs": delete("runs"),
    "runs is an object": lambda d: d.update(runs={}),
    "a run has no failure key": delete("runs", 3, "failure"),
    "failure without message": lambda d: d["runs"][0].update(failure={"kind": "crash"}),
    "bench is negative": lambda d: d["runs"][0].update(bench=-1),
    "round is a string": lambda d: d["runs"][0].update(round="0"),
    "no unit": delete("benchmarks", 2, "unit"),
    "no threads": delete("benchmarks", 2, "params", "threads"),
    "0 threads": lambda d: d["benchmarks"][2]["params"].update(threads=0),
    "oversubscribed is null": lambda d: d["benchmarks"][2].update(oversubscribed=None),
    "no session id": delete("session", "id"),
    "complete is null": lambda d: d["session"].update(complete=None),
    "label is missing": delete("subjects", 0, "label"),
    "no class": delete("env", "class"),
    "another schema": lambda d: d.update(schema="faultline.verdict"),
    "version without minor": lambda d: d.update(schema_version="1"),
    "newer major": lambda d: d.update(schema_version="2.0"),
}


@pytest.mark.parametrize("change", broken.values(), ids=broken.keys())
def test_schema_and_reader_refuse(
    change: Change, validator: Draft202012Validator, write: Callable[..., Path]
) -> None:
    document = synthetic.result(threads=(1,), rounds=1)
    change(document)
    assert not validator.is_valid(document)
    with pytest.raises(ReportError) as error:
        load_result(write(document))
    assert error.value.exit_code in (2, 4)
