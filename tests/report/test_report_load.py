"""Reading result files: what is refused, with which code and in which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
from report import load_result
from report.load import parse_strict

Write = Callable[..., Path]


def small() -> str:
    return json.dumps(synthetic.result(threads=(1,), rounds=1))


def changed(change: Callable[[dict[str, Any]], None]) -> str:
    document = synthetic.result(threads=(1,), rounds=1)
    change(document)
    return json.dumps(document)


def all_failed(document: dict[str, Any]) -> None:
    for one in document["runs"]:
        synthetic.fail(one, "lock", "two writers\nat once")


def twice_in_a_round(document: dict[str, Any]) -> None:
    document["runs"].append(document["runs"][0])


def same_params(document: dict[str, Any]) -> None:
    document["benchmarks"][1]["params"] = document["benchmarks"][0]["params"]


def same_ids(document: dict[str, Any]) -> None:
    document["benchmarks"][1]["id"] = document["benchmarks"][0]["id"]


def set_ops(value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["runs"][2]["trials"][1].update(ops=value)


bad: dict[str, tuple[str, int, str]] = {  # name: (text of the file, exit code, words)
    "empty": ("", 2, "is empty; record"),
    "only blanks": (" \n", 2, "is empty; record"),
    "no JSON": ("BM_fault 12 ns", 2, "is not JSON: Expecting value in line 1, column 1"),
    "two documents": ("{} {}", 2, "is not JSON: Extra data"),
    "truncated in an object": (small()[:2000], 2, "is truncated (ends in line 1)"),
    "truncated in a string": ('{"schema": "fault', 2, "is truncated"),
    "truncated in a word": ('{"complete": fal', 2, "is truncated"),
    "truncated in a number": ('{"complete": -', 2, "is truncated"),
    "nested too deep": ("[" * 100_000, 2, "nested too deep"),
    "number too long": ('{"schema": ' + "1" * 5000 + "}", 2, "number too long"),
    "NaN": (changed(set_ops(float("nan"))), 2, "NaN is not JSON (RFC 8259)"),
    "Infinity": (changed(set_ops(float("inf"))), 2, "Infinity is not JSON"),
    "number beyond a double": (small().replace('"s": 0.1', '"s": 1e999', 1), 2,
                               "runs[0].trials[1].s is not finite"),
    "an array": ("[]", 2, 'has no "schema": "faultline.result"'),
    "another schema": ('{"schema": "faultline.verdict"}', 2, 'has no "schema"'),
    "no version": ('{"schema": "faultline.result"}', 2, "schema_version is missing"),
    "version is no version": (changed(lambda d: d.update(schema_version="one")), 2,
                              'schema_version is "one", not MAJOR.MINOR'),
    "newer major": (changed(lambda d: d.update(schema_version="2.0")), 4,
                    "has schema version 2.0, this faultline reads 1.x; use the newer faultline"),
    "older major": (changed(lambda d: d.update(schema_version="0.9")), 4, "record the session"),
    "no runs": (changed(lambda d: d.update(runs=[])), 5, "holds no run; record one"),
    "all failed": (changed(all_failed), 5,
                   "all 24 runs failed (the first: lock: two writers at once); mend"),
    "string for a count": (changed(set_ops("7")), 2,
                           "runs[2].trials[1].ops is a string, not a number; the file was"),
    "truth for a count": (changed(set_ops(True)), 2, "runs[2].trials[1].ops is a boolean"),
    "part of an operation": (changed(set_ops(0.5)), 2, "ops is 0.5, not an integer"),
    "no operation": (changed(set_ops(0)), 2, "ops is 0 although the run has no failure"),
    "no time": (changed(lambda d: d["runs"][1]["trials"][0].update(s=0)), 2,
                "runs[1].trials[0].s is 0, a trial must last"),
    "only a warm-up": (changed(lambda d: d["runs"][1]["trials"].pop()), 2,
                       "runs[1].trials has no measured trial"),
    "bench out of range": (changed(lambda d: d["runs"][1].update(bench=99)), 2,
                           "runs[1].bench is 99, but there are only 24 benchmarks"),
    "subject out of range": (changed(lambda d: d["runs"][1].update(subject=1)), 2,
                             "runs[1].subject is 1, but there are only 1 subjects"),
    "a run twice": (changed(twice_in_a_round), 2, "runs[24] repeats pf_shared/design=rwsem"),
    "same parameters": (changed(same_params), 2, "benchmarks[1].params has the parameters of"),
    "same id": (changed(same_ids), 2, "is there twice"),
    "a list for a parameter": (
        changed(lambda d: d["benchmarks"][0]["params"].update(pages=[1])), 2,
        "benchmarks[0].params.pages is not a plain value"),
}


@pytest.mark.parametrize("text, code, words", bad.values(), ids=bad.keys())
@pytest.mark.parametrize("command", [["report"], ["export", "--format", "gbench"]],
                         ids=["report", "export"])
def test_bad_file_is_one_line(
    text: str, code: int, words: str, command: list[str], write: Write,
    faultline: Callable[..., Any],
) -> None:
    path = write(text, "bad.json")
    done = faultline(*command, path)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"faultline {command[0]}: ") and words in done.err
    assert done.err.count("\n") == 1 and done.err.endswith("\n")
    assert str(path) in done.err and "; " in done.err
    assert sorted(p.name for p in path.parent.iterdir()) == ["bad.json"], "nothing may be written"


def test_files_that_cannot_be_read(
    tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"schema": "\xe9"}')
    for name, words in (
        ("none.json", "No such file"), ("", "Is a directory"), ("latin.json", "is not UTF-8"),
    ):
        done = faultline("report", tmp_path / name)
        assert done.code == 2 and words in done.err and done.err.count("\n") == 1


def test_newer_minor_is_a_warning(write: Write, faultline: Callable[..., Any]) -> None:
    path = write(changed(lambda d: d.update(schema_version="1.99", weather="fine")))
    done = faultline("report", "--no-plots", path)
    assert done.code == 0 and done.out
    assert done.err == (
        f"faultline report: warning: {path} has schema version 1.99, newer than 1.5; "
        "what is new in it is ignored\n"
    )


def test_what_was_not_measured_may_be_null(document: dict[str, Any], write: Write) -> None:
    document["machine"]["cpu"].update(
        model=None, sockets=None, cores=None, threads=None, numa_nodes=None)
    document["machine"]["cpu"]["caches"][0].update(bytes=None, shared_by=None)
    document["machine"]["hypervisor"] = None
    document["kernel"]["release"] = None
    document["env"]["before"].update(load1=None, mhz=[None, 2000.0])
    document["session"].update(ended=None, complete=False)
    document["session"]["tool"].update(commit=None, dirty=None, gbench=None)
    document["subjects"][0]["vcs"] = None
    for one in document["runs"]:
        for trial in one["trials"]:
            trial.update(cpu_s=None, counters=dict.fromkeys(trial["counters"]))
    result = load_result(write(document))
    assert result.env.mhz == [2000.0]
    assert result.machine.model is None and result.good_runs[0].measured[0].cpu_s is None


def test_a_failed_run_is_not_looked_into(document: dict[str, Any], write: Write) -> None:
    document["runs"][0]["trials"] = [{"warmup": True}]
    document["runs"][0]["failure"] = {"kind": "crash", "message": "signal 6", "dump": None}
    result = load_result(write(document))
    assert result.runs[0].trials == [] and result.failed_runs[0] is result.runs[0]


def test_a_failed_run_may_be_repeated(document: dict[str, Any], write: Write) -> None:
    failed = next(one for one in document["runs"] if one["failure"])
    document["runs"].append(failed)
    assert len(load_result(write(document)).runs) == len(document["runs"])


def test_the_strict_parser_takes_what_json_is() -> None:
    assert parse_strict('{"a": [1, 2.5e3, null, true, "\\u00e9"]}', "x") == {
        "a": [1, 2500.0, None, True, "\u00e9"]
    }
