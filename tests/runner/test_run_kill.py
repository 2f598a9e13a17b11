"""Sessions that are killed or interrupted lose at most the run in flight."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from program import (TINY, Background, complaint, default_signals, finished, keys, load, run,
                     run_count, wait_for)

KILLS = 50


def survived(path: Path, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The file is whole, has every run that it had, and each run once."""
    result = load(path)
    assert result["runs"][:len(before)] == before
    assert len(set(keys(result))) == len(result["runs"])
    assert result["session"]["complete"] is False or len(result["runs"]) == 30
    return result["runs"]


def test_killed_at_random_moments(tmp_path: Path, validator: Draft202012Validator) -> None:
    moments = random.Random(20261122)
    session, kills, gained = 0, 0, 0
    path, runs = tmp_path / "0.json", []
    while kills < KILLS:
        if path.exists() and load(path)["session"]["complete"]:
            session += 1
            path, runs = tmp_path / f"{session}.json", []
        start = ("--resume", path, "--quiet") if path.exists() else (
            *TINY, "--rounds", "15", "--seed", "3", "-o", path)
        with Background("run", *start) as background:
            try:
                background.process.wait(moments.uniform(0, 0.35))
                assert background.process.returncode in (0, 3)
            except subprocess.TimeoutExpired:
                os.kill(background.process.pid, signal.SIGKILL)
                background.process.wait()
                kills += 1
            wait_for(lambda alive=background.alive: not alive())
        if not path.exists():
            assert not runs
            continue
        before = len(runs)
        runs = survived(path, runs)
        gained += len(runs) - before
        if kills % 10 == 0:
            validator.validate(load(path))
    assert gained > 5, "the kills came too soon to prove anything"
    if not load(path)["session"]["complete"]:
        after = finished(run("run", "--resume", path, "--quiet"), path)
        assert after["runs"][:len(runs)] == runs
        validator.validate(after)
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize("first, second", [(signal.SIGINT, signal.SIGTERM),
                                           (signal.SIGTERM, signal.SIGHUP)])
def test_interrupted_twice(first: signal.Signals, second: signal.Signals, tmp_path: Path,
                           validator: Draft202012Validator) -> None:
    path = tmp_path / "a.json"
    before: list[dict[str, Any]] = []
    for number, start in ((first, (*TINY, "--rounds", "5000", "-o", path)),
                          (second, ("--resume", path, "--quiet"))):
        with Background("run", *start) as background:
            wait_for(lambda: run_count(path) > len(before))
            background.process.send_signal(number)
            done = background.end()
            assert not background.alive()
        complaint(done, 130, "interrupted", f"continue with: faultline run --resume {path}")
        result = load(path)
        validator.validate(result)
        assert result["session"]["complete"] is False
        assert result["session"]["ended"] is not None and result["env"]["after"] is not None
        assert result["runs"][:len(before)] == before and len(result["runs"]) > len(before)
        assert f"{len(result['runs'])} finished runs" in done.stderr
        before = result["runs"]


def test_interrupted_in_a_long_run(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with Background("run", "--quiet", "--suite", "quick", "--threads", "1", "--seconds", "300",
                    "--design", "rwsem", "--workload", "pf_shared", "-o", path) as background:
        background.child()
        background.process.send_signal(signal.SIGINT)
        complaint(background.end(), 130, "interrupted; 0 finished runs")
        assert not background.alive()
    assert load(path)["runs"] == []


def test_nohup_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "a.json"

    def nohup() -> None:
        default_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with Background("run", *TINY, "--rounds", "4", "-o", path, preexec=nohup) as background:
        wait_for(lambda: run_count(path) > 0)
        background.process.send_signal(signal.SIGHUP)
        finished(background.end(), path)


def test_a_reader_that_goes_away_is_no_end(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    options = [option for option in TINY if option != "--quiet"]
    with Background("run", *options, "--rounds", "2", "-o", path) as background:
        assert background.process.stderr is not None
        background.process.stderr.close()
        background.process.wait(120)
    finished(subprocess.CompletedProcess([], background.process.returncode, "", ""), path)
