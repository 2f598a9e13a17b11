"""`faultline check`: what it explores, what it writes, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from program import ROOT, YARDSTICKS, complaint, load, result_schema, run

ONE = ("--design", "refcount", "--scenario", "readers_writer", "--threads", "2")
"""One exploration, of a few executions."""


def line_of(path: str, text: str) -> int:
    """The number of the first line of a source file that contains `text`."""
    lines = (ROOT / path).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def weaken() -> tuple[str, str]:
    """The change that takes end_read()'s release away from refcount."""
    path = "lockimpls/vma_refcount.hpp"
    return ("--weaken", f"{path}:{line_of(path, 'before = refcnt_.fetch_sub(1, release)')}")


def test_a_proof_is_written_down(tmp_path: Path) -> None:
    done = run("check", *ONE, "-o", "proof.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "refcount/embedded/readers_writer/2" in done.stdout and "proved: " in done.stdout
    result = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    Draft202012Validator(result_schema()).validate(result)
    assert result["session"]["bench"] == "check" and result["session"]["complete"]
    check = result["runs"][0]["check"]
    assert check["verdict"] == "verified" and check["executions"] > 10
    assert check["failure"] is None and check["reason"] is None


def test_a_scenario_says_what_may_happen_in_it(tmp_path: Path) -> None:
    run("check", "--design", "atomic", "--scenario", "readers_writer",
        "--scenario", "three_readers_writer", "-o", "proof.json", cwd=tmp_path)
    result = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    Draft202012Validator(result_schema()).validate(result)
    model = {one["scenario"]: one["model"] for one in result["benchmarks"]}
    assert model["readers_writer"] == result["design"]["model"]
    assert set(model["three_readers_writer"].values()) == {0}
    assert run("report", "proof.json", cwd=tmp_path).returncode == 0


def test_every_design_has_its_scenarios(tmp_path: Path) -> None:
    done = run("check", "--scenario", "fault_fork", "--quiet", "-o", "all.json", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == "" and done.stderr == ""
    result = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert {one["design"] for one in result["benchmarks"]} == {
        "mmap_lock", "rwsem", "atomic", "refcount"}
    assert {run["check"]["verdict"] for run in result["runs"]} == {"verified"}


@pytest.mark.parametrize("mode", ["exhaustive", "preemptions", "random", "pct"])
def test_a_failure_is_found_in_every_mode(tmp_path: Path, mode: str) -> None:
    done = run("check", *ONE, *weaken(), "--mode", mode, "--seconds", "5", "-o", "f.json",
               cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED: broken_exclusion" in done.stdout
    failure = json.loads((tmp_path / "f.json").read_text(
        encoding="utf-8"))["runs"][0]["check"]["failure"]
    assert failure["missing_order"].startswith("release at lockimpls/vma_refcount.hpp:")
    assert failure["preemptions"] == 0 and "T1" in failure["trace"]


def test_a_counterexample_is_replayed(tmp_path: Path) -> None:
    done = run("check", *ONE, *weaken(), "-o", "f.json", "--html", "f.html", "--emit-test",
               "f_test.cpp", cwd=tmp_path)
    replay = done.stdout.split("--replay '")[1].split("'")[0]
    assert f"{replay}' {' '.join(weaken())}\n" in done.stdout
    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "http" not in page
    assert replay in (tmp_path / "f_test.cpp").read_text(encoding="utf-8")
    cause = "would be prevented by: release at lockimpls/vma_refcount.hpp:"
    for name in ("f.html", "f_test.cpp"):
        assert cause in (tmp_path / name).read_text(encoding="utf-8")
    again = run("check", "--replay", replay, *weaken(), "--html", "again.html", cwd=tmp_path)
    assert again.returncode == 1 and "broken_exclusion" in again.stdout and cause in again.stdout
    assert cause in (tmp_path / "again.html").read_text(encoding="utf-8")
    fixed = run("check", "--replay", replay, cwd=tmp_path)
    assert fixed.returncode == 0 and "does not fail any more" in fixed.stdout
    other = replay.rsplit(":", 2)
    stray = run("check", "--replay", f"{other[0]}:00000000:{other[2]}", *weaken(), cwd=tmp_path)
    complaint(stray, 2, "another build", command="check")


def test_the_report_prints_the_proof(tmp_path: Path) -> None:
    run("check", *ONE, "-o", "proof.json", cwd=tmp_path)
    done = run("report", "proof.json", cwd=tmp_path)
    assert done.returncode == 0 and "readers_writer" in done.stdout and "proved" in done.stdout


def test_scenarios_are_listed() -> None:
    done = run("list", "scenarios", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["fault_munmap"]["designs"] == ["mmap_lock", "rwsem", "atomic", "refcount"]
    assert rows["killable_writer"]["designs"] == ["refcount"]
    assert rows["pairs"]["designs"] == list(YARDSTICKS)
    assert rows["pairs_again"]["designs"] == ["ticket", "mcs"]
    assert rows["pairs_beside_writer"]["designs"] == ["cas_rw"]


def test_yardsticks_are_proved(tmp_path: Path) -> None:
    done = run("check", "--design", ",".join(YARDSTICKS), "-o", "y.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    runs = load(tmp_path / "y.json")["runs"]
    assert len(runs) == 12 and {one["check"]["verdict"] for one in runs} == {"verified"}


BAD: list[tuple[tuple[str, ...], int, tuple[str, ...]]] = [
    (("--design", "refcnt"), 2, ("--design", "did you mean refcount?")),
    (("--scenario", "fault_munmp"), 2, ("--scenario", "did you mean fault_munmap?")),
    (("--placement", "seperate"), 2, ("--placement", "did you mean separate?")),
    (("--threads", "9"), 2, ("--threads 9", "1 to 8")),
    (("--threads", "0"), 2, ("--threads 0", "1 to 8")),
    (("--threads", "two"), 2, ("--threads", "not a whole number")),
    (("--mode", "fuzz"), 2, ("--mode", "exhaustive")),
    (("--preemptions", "4"), 2, ("--preemptions 4", "0, 1, 2 or 3")),
    (("--preemptions", "1", "--mode", "random"), 2, ("--preemptions", "leave one")),
    (("--seconds", "0"), 2, ("--seconds 0", "more than 0")),
    (("--seconds", "nan"), 2, ("--seconds", "more than 0")),
    (("--jobs", "0"), 2, ("--jobs 0", "1 to 1024")),
    (("--seed", "-1"), 2, ("--seed -1",)),
    (("--weaken", "rwsem.hpp"), 2, ("--weaken", "FILE:LINE")),
    (("--replay", "0x3,1"), 2, ("--replay", "fl1:")),
    (("--replay", "fl1:refcount:embedded:readers_writer:99:p:00000000:0"), 2, ("'99' threads",)),
    (("--replay", "fl1:refcount:embedded:readers_writer:2:p:00000000:0x"), 2, ("damaged",)),
    (("--replay", "fl1:refcount:embedded:no_such:2:p:00000000:0"), 2, ("no scenario no_such",)),
    (("--design", "mmap_lock", "--scenario", "killable_writer"), 5, ("no scenario is left",)),
    (("--quik",), 2, ("did you mean --quick",)),
]


@pytest.mark.parametrize("arguments, code, parts", BAD, ids=lambda value: str(value)[:40])
def test_bad_input_gets_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int,
                                 parts: tuple[str, ...]) -> None:
    done = run("check", *arguments, cwd=tmp_path)
    complaint(done, code, *parts, command="check")
    assert not list(tmp_path.iterdir())


def test_a_weaker_line_without_an_operation_proves_nothing(tmp_path: Path) -> None:
    done = run("check", *ONE, "--weaken", "lockimpls/vma_refcount.hpp:1", "--quiet", cwd=tmp_path)
    complaint(done, 2, "--weaken", "changed nothing", command="check")


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    done = run("check", *ONE, "-o", "there.json", cwd=tmp_path)
    complaint(done, 2, "not overwritten", command="check")
    assert (tmp_path / "there.json").read_text(encoding="utf-8") == "mine"
