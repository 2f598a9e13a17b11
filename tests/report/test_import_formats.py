"""test_import_formats.py: each importer, value by value, against the layout of its program."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import synthetic_foreign as foreign
from report import ReportError
from report.imports.gbench import split_name
from report.imports.source import Given, SourceFile
from report.imports.sources import import_document, sources
from report.load import read_document
from report.result import Result
from report.summary import run_summary

when = datetime(2024, 6, 1, tzinfo=timezone.utc)


def imported(name: str, text: str, given: Given = Given(), file: str = "pf1.csv") -> dict[str, Any]:
    return import_document(name, SourceFile(f"dir/{file}", file, text, when, given))


def result(name: str, text: str, given: Given = Given()) -> Result:
    found = read_document(imported(name, text, given), Path("out.json"), "out.json")
    assert isinstance(found, Result)
    return found


def rates(found: Result) -> dict[str, list[float]]:
    by_id: dict[str, list[float]] = {}
    for run in found.good_runs:
        by_id.setdefault(run.benchmark.id, []).append(run_summary(run).throughput)
    return by_id


@pytest.mark.parametrize("name", sources)
def test_the_document_is_a_result_file(name: str, validator: Draft202012Validator) -> None:
    document = imported(name, foreign.texts()[name])
    assert [error.message for error in validator.iter_errors(document)] == []
    assert document == imported(name, foreign.texts()[name]), "the same again"
    session = document["session"]
    assert session["tool"]["name"] == f"faultline import --from {name}"
    assert session["imported"]["format"] == name and session["imported"]["file"] == "pf1.csv"
    assert session["seed"] is None and document["runs"][0]["t0"] is None
    assert "secret-host" not in json.dumps(document), "results are made to be shown"
    assert "dir/" not in json.dumps(document)
    found = result(name, foreign.texts()[name])
    assert found.session.imported is not None and found.plan.kind == "imported"
    assert found.runs[0].position is None and found.session.seed is None


@pytest.mark.parametrize("name", sources)
def test_what_faultline_measures_may_not_be_null(
    name: str, validator: Draft202012Validator
) -> None:
    """Without `imported` the nulls are refused, by the schema and by the reader."""
    document = imported(name, foreign.texts()[name])
    del document["session"]["imported"]
    assert not validator.is_valid(document)
    with pytest.raises(ReportError, match="session.seed is null"):
        read_document(document, Path("x"), "x")
    document["session"]["seed"] = 1
    with pytest.raises(ReportError, match=r"runs\[\d\].(pos|t0) is null"):
        read_document(document, Path("x"), "x")


@pytest.mark.parametrize("bench", ["sim", "check"])
def test_no_simulation_is_imported(bench: str, validator: Draft202012Validator) -> None:
    document = imported("gbench", foreign.texts()["gbench"])
    document["session"]["bench"] = bench
    assert not validator.is_valid(document)
    with pytest.raises(ReportError, match="cannot be imported"):
        read_document(document, Path("x"), "x")


def test_gbench_rows_and_times() -> None:
    found = result("gbench", json.dumps(foreign.gbench()))
    assert rates(found) == {
        "BM_Fault/design=rwsem/placement=none/threads=1/arg0=4096": pytest.approx([4e5] * 2),
        "BM_Fault/design=rwsem/placement=none/threads=2/arg0=4096": pytest.approx([2e5] * 3),
        "BM_Fault/design=atomic/placement=none/threads=1/arg0=4096": pytest.approx([4e5] * 3),
        "BM_Fault/design=atomic/placement=none/threads=2/arg0=4096": pytest.approx([2e5] * 3),
    }
    failures = [run.failure.message for run in found.failed_runs if run.failure]
    assert failures == ["no finite time", "no lock"]
    first, second = found.good_runs[0], found.good_runs[2]
    assert first.measured[0].cpu_s == pytest.approx(2e-3), "1,000 iterations of 2 us"
    assert second.measured[0].cpu_s is None, "CPU time of which of the threads?"
    assert found.session.started == "2024-05-31T10:00:00.000Z" and found.machine.threads == 2
    assert found.session.tool.gbench == "v1.8.4" and found.subjects[0].label == "bm_lock"
    assert {run.benchmark.oversubscribed for run in found.runs} == {False}


@pytest.mark.parametrize("version", ["1.7.1", "v1.8.4", "v1.9.0", "v1.9.4", "v1.9.5"])
def test_gbench_threads_of_the_library_by_version(version: str) -> None:
    """4,000 iterations in 8 s of wall time are 500 a second in every version."""
    found = result("gbench", json.dumps(foreign.library_threads(version)))
    assert rates(found) == {"BM_Sleep/design=unnamed/placement=none/threads=4":
                            [pytest.approx(500.0)]}
    assert found.runs[0].measured[0].cpu_s is None and found.runs[0].benchmark.oversubscribed


def test_gbench_threads_are_not_comparable_across_versions() -> None:
    versions = {
        imported("gbench", json.dumps(foreign.library_threads(v)))["benchmarks"][0]["version"]
        for v in ("1.7.1", "v1.9.4", "v1.9.5")
    }
    assert len(versions) == 3
    with pytest.raises(ReportError) as error:
        imported("gbench", json.dumps(foreign.library_threads(None)))
    assert error.value.exit_code == 4 and "does not say which version" in str(error.value)
    alone = [imported("gbench", json.dumps(foreign.gbench(v)))["benchmarks"][0]["version"]
             for v in ("1.7.1", "v1.9.5", None)]
    assert len(set(alone)) == 1, "of one thread they are"


def test_gbench_of_a_simulation_is_no_measurement() -> None:
    document = foreign.gbench()
    document["context"]["faultline_bench"] = "sim"
    with pytest.raises(ReportError) as error:
        imported("gbench", json.dumps(document))
    assert error.value.exit_code == 4 and "export of a simulation" in str(error.value)


def test_gbench_of_an_old_library() -> None:
    """No run_type, no run_name, a date without a time zone."""
    document = foreign.gbench(None)
    document["context"]["date"] = "2019/06/01-12:00:00"
    for row in document["benchmarks"]:
        row.pop("run_type"), row.pop("run_name")
    document["benchmarks"][-2].update(big_o="N")
    found = result("gbench", json.dumps(document))
    assert len(found.runs) == 13 and found.session.started == "2024-06-01T00:00:00.000Z"


@pytest.mark.parametrize("name, workload, params", [
    ("BM_x", "BM_x", {}), ("BM_x/64/8", "BM_x", {"arg0": 64, "arg1": 8}),
    ("BM_x/n:64/lock:mcs/real_time", "BM_x", {"n": 64, "lock": "mcs"}),
    ("pf/design=rwsem/threads=2", "pf", {"design": "rwsem", "threads": 2}),
    ("BM_x/iterations:5/repeats:3/manual_time/threads:8", "BM_x", {}),
    ("BM_x/min_time:0.5/-3/007", "BM_x", {"arg0": -3, "arg1": "007"}),
    ("BM_x/workload=a/cpus=b", "BM_x", {"arg_workload": "a", "arg_cpus": "b"}),
    ("/", "unnamed", {"arg0": ""}), ("BM<int, 4>/2", "BM<int, 4>", {"arg0": 2}),
])
def test_gbench_names(name: str, workload: str, params: dict[str, Any]) -> None:
    assert split_name(name) == (workload, params)


def test_will_it_scale() -> None:
    found = result("will-it-scale", foreign.will_it_scale())
    name = "pf1_{}/design=kernel/placement=none/threads={}"
    assert rates(found) == {
        name.format("processes", 1): [530000], name.format("threads", 1): [520000],
        name.format("processes", 2): [1040000], name.format("threads", 2): [610000],
        name.format("processes", 4): [2000000],
    }
    assert found.session.bench == "kernel" and found.machine.id == "0" * 16
    assert found.session.started == "2024-06-01T00:00:00.000Z", "the file's time of change"
    document = imported("will-it-scale", foreign.will_it_scale())
    assert document["session"]["imported"]["time_from"] == "file"
    assert document["runs"][0]["flags"] == ["idle 74.87 %"]


def test_what_the_user_says() -> None:
    given = Given(workload="brk2", design="v6.12", machine="box", label="v6.12-rc1", date=when)
    found = result("will-it-scale", foreign.will_it_scale(), given)
    assert found.runs[0].benchmark.workload == "brk2_processes"
    assert found.runs[0].benchmark.design == "v6.12" and found.subjects[0].label == "v6.12-rc1"
    assert re.fullmatch("[0-9a-f]{16}", found.machine.id) and found.machine.id != "0" * 16
    with pytest.raises(ReportError, match="--workload says what a file of lockhammer says itself"):
        imported("lockhammer", foreign.texts()["lockhammer"], given)


def test_lockhammer() -> None:
    source = foreign.lockhammer()
    found = result("lockhammer", json.dumps(source))
    name = ("lockhammer/design=ticket_spinlock/placement=separate/threads={}/critical=100ns"
            "/limit=1s/parallel=200ns/variant=lse")
    wanted = [one["total_lock_acquires_per_second"] for one in source["results"]]
    assert rates(found) == {name.format(1): pytest.approx(wanted[:3]),
                            name.format(2): pytest.approx(wanted[3:])}
    run = imported("lockhammer", json.dumps(source))["runs"][-1]
    assert run["cpus"] == [0, 2] and run["trials"][0]["overlap"] == 0.98
    assert run["trials"][0]["cpu_s"] == pytest.approx(1.98)
    assert sum(run["trials"][0]["thread_ops"]) == run["trials"][0]["ops"]


def test_lockhammer_orders_are_configurations() -> None:
    source = foreign.lockhammer()
    for thread in source["results"][-1]["per_thread_stats"]:
        thread["cpu_num"] = 1
    found = result("lockhammer", json.dumps(source))
    orders = [run.benchmark.params["order"] for run in found.runs]
    assert orders == ["0"] * 3 + ["0,2"] * 2 + ["1,1"]
    assert [run.benchmark.oversubscribed for run in found.runs] == [False] * 5 + [True]


def changed(path: list[Any], value: Any) -> str:
    document: Any = foreign.lockhammer()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(document)


first = ["results", 0]
bad: dict[str, tuple[str, str, int, str]] = {
    "not JSON": ("gbench", "BM 12 ns", 2, "is not JSON"),
    "no context": ("gbench", "{}", 2, "context is missing; give a file as the program wrote it"),
    "no rows": ("gbench", '{"context": {}, "benchmarks": []}', 5, "holds no run"),
    "only aggregates": ("gbench", '{"context": {}, "benchmarks": [{"run_type": "aggregate"}]}', 5,
                        "holds no run"),
    "no unit": ("gbench", '{"context": {}, "benchmarks": [{"name": "a", "real_time": 1, '
                '"iterations": 1, "time_unit": "weeks"}]}', 2, 'is "weeks", not one of ns, us'),
    "a counter named threads": ("gbench", '{"context": {}, "benchmarks": [{"name": "a", "threads":'
                                ' 1, "threads": 2}]}', 2, 'the key "threads" is twice'),
    "no CSV": ("will-it-scale", "hello\n", 2, "has no columns tasks"),
    "empty": ("will-it-scale", "", 2, "has no columns tasks"),
    "head alone": ("will-it-scale", "tasks,threads\n", 5, "holds no run"),
    "a cell too many": ("will-it-scale", "tasks,threads\n1,2,3\n", 2, "has 3 cells in line 2"),
    "words": ("will-it-scale", "tasks,threads\n1,fast\n", 2, '"fast" for a number in line 2'),
    "below 0": ("will-it-scale", "tasks,threads\n1,-5\n", 2, '"-5" for a number'),
    "infinite": ("will-it-scale", "tasks,threads\n1,inf\n", 2, '"inf" for a number'),
    "too many": ("will-it-scale", "tasks,threads\n1,99999999999999999999\n", 2, "for a number"),
    "an open quote": ("will-it-scale", 'tasks,threads\n"1,2\n', 2, "is not CSV"),
    "no results": ("lockhammer", "{}", 2, "results is missing"),
    "two hosts": ("lockhammer", changed([*first, "hostname"], "b"), 4, "is of 2 hosts"),
    "threads": ("lockhammer", changed([*first, "num_threads"], 7), 2, "but there are 1 threads"),
    "acquires": ("lockhammer", changed([*first, "total_lock_acquires"], -1), 2, "less than 0"),
}


@pytest.mark.parametrize("name, text, code, words", bad.values(), ids=bad.keys())
def test_what_is_no_such_file(name: str, text: str, code: int, words: str) -> None:
    with pytest.raises(ReportError) as error:
        imported(name, text)
    assert error.value.exit_code == code and words in str(error.value)
    assert "; " in str(error.value) and str(error.value).startswith("dir/pf1.csv")


def test_no_time_anywhere() -> None:
    with pytest.raises(ReportError, match="does not say when it was recorded; give --date"):
        import_document("will-it-scale", SourceFile("-", "a.csv", foreign.will_it_scale(), None))
    with pytest.raises(ReportError, match="does not say which test it is of; give --workload"):
        import_document("will-it-scale", SourceFile("-", "-", foreign.will_it_scale(), when))
