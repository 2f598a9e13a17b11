"""test_progress_pipe.py: progress for the program that started a session."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from program import TINY, complaint, environment, load, program, run

SIM = ("sim", "--quiet", "--machine", "bdw-2s", "--design", "refcount", "--workload", "pf_shared",
       "--cpus", "1,2", "--seeds", "2", "--jobs", "1")
CHECK = ("check", "--quiet", "--design", "refcount", "--scenario", "readers_writer,writer_twice",
         "--quick", "--jobs", "1")


def session(*arguments: str, output: Path, descriptor: int) -> subprocess.CompletedProcess[str]:
    """A session that inherits a descriptor for its progress."""
    return subprocess.run(
        [program("faultline"), *arguments, "-o", output], text=True, capture_output=True,
        check=False, timeout=120, pass_fds=(descriptor,), stdin=subprocess.DEVNULL,
        env=environment(FAULTLINE_PROGRESS_FD=str(descriptor)))


@pytest.mark.parametrize("arguments", [("run", *TINY, "--rounds", "1"), SIM, CHECK],
                         ids=["run", "sim", "check"])
def test_a_line_of_json_tells_of_each_run(arguments: tuple[str, ...], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    output = tmp_path / "a.json"
    done = session(*arguments, output=output, descriptor=writer)
    os.close(writer)
    assert done.returncode == 0, done.stderr
    with open(reader, encoding="ascii") as lines:
        events = [json.loads(line) for line in lines]
    total = len(load(output)["runs"])
    assert total >= 2
    assert [(one["done"], one["total"]) for one in events] == [
        (i, total) for i in range(1, total + 1)]
    assert all("refcount" in one["text"] or "rwsem" in one["text"] for one in events)
    assert "PROGRESS" not in " ".join(load(output)["session"]["argv"])


@pytest.mark.parametrize("arguments", [("run", *TINY, "--rounds", "3"), SIM, CHECK],
                         ids=["run", "sim", "check"])
def test_a_session_whose_reader_has_gone_is_interrupted(arguments: tuple[str, ...],
                                                        tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    output = tmp_path / "a.json"
    done = session(*arguments, output=output, descriptor=writer)
    os.close(writer)
    assert done.returncode == 130, done.stderr
    result = load(output)
    assert len(result["runs"]) == 1 and result["session"]["complete"] is False


@pytest.mark.parametrize("text", ["", "one", "-1", "9999", "3 "])
def test_what_is_no_descriptor_is_wrong_use(text: str, tmp_path: Path) -> None:
    done = run("sim", *SIM[1:], "-o", tmp_path / "a.json", FAULTLINE_PROGRESS_FD=text)
    complaint(done, 2, f"FAULTLINE_PROGRESS_FD: '{text}' is no open descriptor", command="sim")
    assert not (tmp_path / "a.json").exists()
