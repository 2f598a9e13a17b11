"""The built programs `faultline` and `faultline-trials`, and small sessions of them."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
CPUS = sorted(os.sched_getaffinity(0))

SHORT = ("--quiet", "--suite", "quick", "--seconds", "0.02")
"""Options of a session that a test can wait for."""
PAIR = (*SHORT, "--workload", "pf_shared", "--design", "rwsem,refcount")
"""Two configurations for each thread count."""
TINY = (*PAIR, "--threads", "1")
"""Two configurations."""
YARDSTICKS = ("faa", "cas", "cas_reuse", "ticket", "cas_rw", "mcs")
"""The designs of the workload pair."""


@functools.cache
def program(name: str) -> Path:
    """A program of the build in FAULTLINE_BUILD, build-test or build."""
    named = os.environ.get("FAULTLINE_BUILD")
    folders = [ROOT / named] if named else [ROOT / "build-test", ROOT / "build"]
    for folder in folders:
        if (folder / "runner" / name).is_file():
            return folder / "runner" / name
    raise AssertionError(f"no program runner/{name} in {' or '.join(map(str, folders))}; build it "
                         "with tools/test python, or let FAULTLINE_BUILD name a build folder")


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment without what changes the output."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    return {**kept, "TERM": "xterm", **extra}


def run(*args: str | os.PathLike[str] | bytes, cwd: Path | None = None, name: str = "faultline",
        preexec: Callable[[], None] | None = None, timeout: float = 120,
        **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end. `preexec` is called in the child before it becomes one."""
    return subprocess.run([program(name), *args], cwd=cwd, env=environment(**env), text=True,
                          preexec_fn=preexec, timeout=timeout, stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, errors="replace")


def default_signals() -> None:
    """For `preexec`: a shell starts background jobs with SIGINT ignored, and children inherit."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


def complaint(done: subprocess.CompletedProcess[str], code: int, *parts: str,
              command: str = "run") -> str:
    """Asserts the exit code and ONE line on standard error with all the parts; returns it."""
    assert done.returncode == code, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"faultline {command}: " if command else "faultline: "), lines[0]
    for part in parts:
        assert part in lines[0], f"'{part}' is not in: {lines[0]}"
    return lines[0]


def refuse_constant(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise AssertionError(f"{text} in a result file")


def load(path: Path) -> dict[str, Any]:
    """A result file, read strictly."""
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_constant)


def save(path: Path, result: dict[str, Any]) -> None:
    """Python's own way to write the file."""
    path.write_text(json.dumps(result), encoding="utf-8")


def keys(result: dict[str, Any]) -> list[tuple[int, int]]:
    """(round, benchmark) of every run."""
    return [(one["round"], one["bench"]) for one in result["runs"]]


def planned(result: dict[str, Any]) -> set[tuple[int, int]]:
    """(round, benchmark) of every run of the whole session."""
    return {(round_, bench) for round_ in range(result["design"]["rounds"])
            for bench in range(len(result["benchmarks"]))}


def described(node: Any) -> Any:
    """A schema in which every key must be described: what it leaves open is forbidden.

    The published schema lets readers pass over keys of a later version; what this version writes
    has to be in it."""
    if isinstance(node, list):
        return [described(one) for one in node]
    if not isinstance(node, dict):
        return node
    strict = {key: described(value) for key, value in node.items()}
    if "object" in node.get("type", "") and "properties" in node:
        strict.setdefault("additionalProperties", False)
    return strict


def result_schema() -> Any:
    """The schema of result files, strict: see described()."""
    path = ROOT / "schema" / "faultline-result-1.schema.json"
    return described(json.loads(path.read_text(encoding="utf-8")))


def finished(done: subprocess.CompletedProcess[str], path: Path) -> dict[str, Any]:
    """The result of a session that ran to its end.

    On a busy machine a thread may not get a CPU in its short window; that is no error of the
    session. Every other failed run is.
    """
    assert path.exists(), done.stderr
    result = load(path)
    kinds = {one["failure"]["kind"] for one in result["runs"] if one["failure"]}
    assert kinds <= {"silent_thread"}, [one["failure"] for one in result["runs"] if one["failure"]]
    assert done.returncode == (3 if kinds else 0), done.stderr
    assert result["session"]["complete"] is True
    assert sorted(keys(result)) == sorted(planned(result))
    return result


def longer(source: Path, copy: Path, rounds: int) -> dict[str, Any]:
    """Copies a complete session as one that still has rounds to go."""
    result = load(source)
    result["design"]["rounds"] = rounds
    result["session"].update(complete=False, ended=None)
    result["env"]["after"] = None
    save(copy, result)
    return result


class Background:
    """A session that runs beside the test; `alive()` knows it and its children by a mark."""

    def __init__(self, *args: str | Path, preexec: Callable[[], None] = default_signals) -> None:
        self.mark = f"FAULTLINE_TEST_MARK={uuid.uuid4()}"
        key, value = self.mark.split("=")
        self.process = subprocess.Popen(
            [program("faultline"), *args], env=environment(**{key: value}), text=True,
            preexec_fn=preexec, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def alive(self) -> list[int]:
        """Processes of this session that still exist."""
        pids = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    pids.append(int(folder.name))
            except OSError:
                pass
        return pids

    def child(self) -> int:
        """The process of a run, once there is one."""
        pid = self.process.pid

        def find() -> int:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
            for one in children.split():
                if Path(f"/proc/{one}/comm").read_text(encoding="ascii").startswith("faultline-tr"):
                    return int(one)
            return 0

        return wait_for(find)

    def end(self) -> subprocess.CompletedProcess[str]:
        """Waits for the end."""
        _, errors = self.process.communicate(timeout=120)
        return subprocess.CompletedProcess([], self.process.returncode, "", errors)


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Asks until the answer is true; it may take long, but not for ever."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := condition():
                return answer
        except (OSError, ValueError):
            pass
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def run_count(path: Path) -> int:
    """How many runs the file has; 0 when there is none yet."""
    return len(load(path)["runs"]) if path.exists() else 0


def copy_of(source: Path, folder: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(source, folder / "copy.json"))
