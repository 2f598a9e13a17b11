"""test_report_inputs.py: bad input gets one line with the cure and the documented exit code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest
import synthetic

Program = Callable[..., "subprocess.CompletedProcess[str]"]
Write = Callable[..., Path]


def changed(change: Callable[[Any], Any]) -> dict[str, Any]:
    value = synthetic.result(rounds=1)
    change(value)
    return value


def fail_all(value: dict[str, Any]) -> None:
    for one in value["runs"]:
        synthetic.fail(one, "crash", "signal 11")


BAD: dict[str, tuple[Any, int]] = {
    "not json": ("hello", 2),
    "truncated": (json.dumps(synthetic.result(rounds=1))[:5000], 2),
    "a list": ("[]", 2),
    "other schema": (changed(lambda v: v.update(schema="x")), 2),
    "no version": (changed(lambda v: v.pop("schema_version")), 2),
    "newer major": (changed(lambda v: v.update(schema_version="2.0")), 4),
    "missing key": (changed(lambda v: v["runs"][0].pop("bench")), 2),
    "bench out of range": (changed(lambda v: v["runs"][0].update(bench=999)), 2),
    "ops as text": (changed(lambda v: v["runs"][0]["trials"][1].update(ops="1")), 2),
    "nan": (json.dumps(synthetic.result(rounds=1)).replace('"s": 0.1', '"s": NaN', 1), 2),
    "no runs": (changed(lambda v: v.update(runs=[])), 5),
    "all failed": (changed(fail_all), 5),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(name: str, program: Program, write: Write) -> None:
    value, code = BAD[name]
    path = write(value)
    done = program("report", path, "--no-plots")
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("faultline report: ")
    assert "session.json" in done.stderr and ";" in done.stderr


def test_missing_file(program: Program) -> None:
    done = program("report", "nowhere.json")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "nowhere.json" in done.stderr


def test_newer_minor_is_read_with_a_warning(program: Program, write: Write) -> None:
    path = write(changed(lambda v: v.update(schema_version="1.7")))
    done = program("report", path, "--no-plots")
    assert done.returncode == 0 and "warning" in done.stderr and "1.7" in done.stderr


def test_folder_that_cannot_be(program: Program, write: Write, tmp_path: Path) -> None:
    path = write(synthetic.result(rounds=1))
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = program("report", path, "--no-plots", "-o", tmp_path / "file" / "folder")
    assert done.returncode == 2 and "-o" in done.stderr
    assert "pf_shared" in done.stdout  # the table is not lost


@pytest.mark.parametrize("arguments", [(), ("report",), ("export", "x.json"), ("frobnicate",),
                                       ("export", "x.json", "--format", "pdf")])
def test_usage(arguments: tuple[str, ...], program: Program) -> None:
    assert program(*arguments).returncode == 2


@pytest.mark.parametrize("command", ["report", "export", "formats"])
def test_help_has_examples(command: str, program: Program) -> None:
    done = program(command, "--help")
    assert done.returncode == 0 and f"faultline {command}" in done.stdout
