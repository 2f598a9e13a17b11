"""Google Benchmark JSON row by row, exports to files, the list of formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
from report import load_result, throughput_table
from report.formats import formats
from report.load import parse_strict

Write = Callable[..., Path]


def export(document: dict[str, Any], write: Write) -> dict[str, Any]:
    text = formats["gbench"].write(load_result(write(document)))
    return parse_strict(text, "export")


def test_a_row_a_run(document: dict[str, Any], write: Write) -> None:
    rows = export(document, write)["benchmarks"]
    assert len(rows) == len(document["runs"])
    assert all(row["run_type"] == "iteration" or "error_occurred" in row for row in rows)
    keys = [(row["name"], row["repetition_index"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {name for name, _ in keys} == {b["id"] for b in document["benchmarks"]}
    assert all(row["name"] == row["run_name"] and row["threads"] == 1 for row in rows)
    assert {row["t"] for row in rows} == {1, 2, 3} and {row["repetitions"] for row in rows} == {6}


def test_times_and_rates_agree(document: dict[str, Any], write: Write) -> None:
    trial = document["runs"][0]["trials"][1]
    row = export(document, write)["benchmarks"][0]
    assert row["time_unit"] == "ns" and row["iterations"] == trial["ops"]
    assert row["real_time"] == pytest.approx(1e9 * trial["s"] / trial["ops"])
    assert row["cpu_time"] == pytest.approx(1e9 * trial["cpu_s"] / trial["ops"])
    assert row["items_per_second"] == pytest.approx(trial["ops"] / trial["s"])
    assert row["ops_per_cpu_second"] == pytest.approx(trial["ops"] / trial["cpu_s"])


def test_a_failed_run_has_an_error_and_no_time(document: dict[str, Any], write: Write) -> None:
    rows = [row for row in export(document, write)["benchmarks"] if "error_occurred" in row]
    assert len(rows) == 7
    assert rows[0]["error_message"] == "deadline: no thread made progress for 20.0 s"
    for row in rows:
        assert not {"real_time", "cpu_time", "iterations", "items_per_second"} & set(row)
        # compare.py asks every other type for times, and keeps the rows of one unit.
        assert row["run_type"] == "aggregate" and row["time_unit"] != "ns"


def test_context_leaves_out_what_is_unknown(document: dict[str, Any], write: Write) -> None:
    context = export(document, write)["context"]
    assert context["num_cpus"] == 2 and context["mhz_per_cpu"] == 2445
    assert context["library_version"] == "1.7.1" and "cpu_scaling_enabled" not in context
    document["env"]["before"].update(governor="powersave", mhz=None)
    document["session"]["tool"]["gbench"] = None
    context = export(document, write)["context"]
    assert context["cpu_scaling_enabled"] is True
    assert not {"mhz_per_cpu", "library_version"} & set(context)


def test_cpu_time_that_was_not_measured_is_left_out(document: dict[str, Any], write: Write) -> None:
    document["runs"][0]["trials"][1]["cpu_s"] = None
    row = export(document, write)["benchmarks"][0]
    assert "real_time" in row and "cpu_time" not in row and "ops_per_cpu_second" not in row


def test_subjects_have_names_of_their_own(document: dict[str, Any], write: Write) -> None:
    document["subjects"].append(document["subjects"][0] | {"id": "patched"})
    document["runs"].append(document["runs"][0] | {"subject": 1})
    names = [row["name"] for row in export(document, write)["benchmarks"]]
    first = document["benchmarks"][0]["id"]
    assert names.count(f"{first}/subject=build") == 6
    assert names.count(f"{first}/subject=patched") == 1


def test_export_to_stdout_and_to_a_file(
    document: dict[str, Any], write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    path = write(document)
    done = faultline("export", "--format", "text", path)
    assert (done.code, done.err) == (0, "")
    assert done.out == throughput_table(load_result(path))
    out = tmp_path / "out.json"
    assert faultline("export", "--format", "gbench", path, "-o", out) == (0, "", "")
    assert json.loads(out.read_text("utf-8"))["context"]["faultline_session"]
    done = faultline("export", "--format", "gbench", path, "-o", tmp_path / "no" / "out.json")
    assert done.code == 2 and "cannot write" in done.err and done.err.count("\n") == 1


def test_list_of_formats(faultline: Callable[..., Any]) -> None:
    done = faultline("formats")
    assert done.code == 0 and done.err == ""
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines] == list(formats)
    assert all(line.endswith(one.summary) for line, one in zip(lines, formats.values()))
    listed = json.loads(faultline("formats", "--json").out)
    assert listed == [{"name": n, "summary": one.summary} for n, one in formats.items()]
