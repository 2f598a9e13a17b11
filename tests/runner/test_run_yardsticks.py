"""The workload pair over the yardstick locks: no VMA, and nothing that was not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from program import SHORT, YARDSTICKS, finished, load, run

LOCK_BYTES = {"faa": 4, "cas": 4, "cas_reuse": 4, "ticket": 4, "cas_rw": 4, "mcs": 8}
EXCLUDING = ("ticket", "mcs")


@pytest.fixture(scope="module", name="path")
def fixture_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of all yardsticks, with one thread and with two."""
    path = tmp_path_factory.mktemp("yardsticks") / "pair.json"
    done = run("run", *SHORT[:3], "--rounds", "1", "--seconds", "0.05", "--workload", "pair",
               "--set", "crit_ns=200", "--threads", "1,2", "-o", path)
    finished(done, path)
    return path


@pytest.fixture(scope="module", name="result")
def fixture_result(path: Path) -> dict[str, Any]:
    """What that file holds."""
    return load(path)


def test_the_file_follows_the_schema(result: dict[str, Any],
                                     validator: Draft202012Validator) -> None:
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(result)]
    assert not errors, errors[:5]


def test_every_yardstick_is_there(result: dict[str, Any]) -> None:
    ids = {one["id"] for one in result["benchmarks"]}
    assert ids == {f"pair/design={name}/placement=none/threads={n}/crit_ns=200"
                   for name in YARDSTICKS for n in (1, 2)}
    assert all(one["unit"] == "pair" and set(one["roles"]) == {"pair"}
               for one in result["benchmarks"])


def test_a_yardstick_has_no_vma(result: dict[str, Any]) -> None:
    for one in result["benchmarks"]:
        assert one["layout"] == {"vma_bytes": None, "lock_offset": None, "free_policy": None,
                                 "lock_bytes": LOCK_BYTES[one["params"]["design"]]}
    for one in result["runs"]:
        for trial in one["trials"]:
            assert trial["vmas"] is None
            assert {name for name, value in trial["counters"].items() if value is None} == {
                "vma_lock_success", "vma_lock_abort", "vma_lock_retry", "vma_lock_miss"}


def test_locks_that_exclude_were_checked(result: dict[str, Any]) -> None:
    for one in result["runs"]:
        params = result["benchmarks"][one["bench"]]["params"]
        for trial in one["trials"]:
            assert sum(trial["thread_ops"]) == trial["ops"] > 0
            assert (trial["checks"]["pairs"] > 0) is (params["design"] in EXCLUDING)


def test_holding_the_lock_takes_its_time(result: dict[str, Any]) -> None:
    for one in result["runs"]:
        params = result["benchmarks"][one["bench"]]["params"]
        trial = one["trials"][1]
        threads = 1 if params["design"] in EXCLUDING else params["threads"]
        assert trial["ops"] <= threads * trial["s"] / 200e-9 * 1.01, params


def test_the_report_reads_it(path: Path) -> None:
    done = run("report", "--no-plots", path)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert "none: faa, cas, cas_reuse, ticket, cas_rw, mcs" in done.stdout
    assert "fallback" not in done.stdout


def test_a_session_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    finished(run("run", *SHORT, "--rounds", "1", "--design", "mcs", "--threads", "1", "-o", path),
             path)
    done = run("run", "--resume", path)
    assert done.returncode == 5, done.stderr
