"""built.py: the package `faultline` of the build, the program beside it, scripts that import it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]


def build_folder() -> Path:
    """The build in FAULTLINE_BUILD, build-test or build that has the package."""
    named = os.environ.get("FAULTLINE_BUILD")
    folders = [ROOT / named] if named else [ROOT / "build-test", ROOT / "build"]
    for folder in folders:
        if list((folder / "bindings" / "faultline").glob("_core.*")):
            return folder
    raise AssertionError(f"no Python module in {' or '.join(map(str, folders))}; build it with "
                         "ninja -C BUILD python-module, or let FAULTLINE_BUILD name a build folder")


BUILD = build_folder()
PACKAGE_PARENT = BUILD / "bindings"

SMALL: dict[str, Any] = {"designs": "refcount", "workloads": "pf_shared", "cpus": [1, 2],
                         "seeds": 2}
"""Four short simulations."""
SMALL_ARGUMENTS = ("--design=refcount", "--workload=pf_shared", "--cpus=1,2", "--seeds=2")
"""The same on the command line."""
TINY: dict[str, Any] = {"designs": "rwsem,refcount", "workloads": "pf_shared", "threads": 1,
                        "suite": "quick", "seconds": 0.02}
"""Two configurations of short runs."""


def program(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program `faultline` of the same build, to its end."""
    return subprocess.run([BUILD / "runner" / "faultline", *arguments], cwd=cwd, text=True,
                          capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL)


def listed(kind: str) -> list[dict[str, Any]]:
    """What `faultline list KIND --json` prints."""
    rows: list[dict[str, Any]] = json.loads(program("list", kind, "--json").stdout)
    return rows


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment, with the package to be found."""
    return {**os.environ, "PYTHONPATH": str(PACKAGE_PARENT), **extra}


def script(text: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """A script in a Python of its own, to its end."""
    return subprocess.run([sys.executable, "-c", text], cwd=cwd, env=environment(**extra),
                          text=True, capture_output=True, check=False, timeout=120)


def default_signals() -> None:
    """A shell starts background jobs with SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Background:
    """A script beside the test; `alive()` knows it and its children by a mark."""

    def __init__(self, text: str, cwd: Path) -> None:
        self.mark = f"FAULTLINE_TEST_MARK={uuid.uuid4()}"
        key, value = self.mark.split("=")
        self.process = subprocess.Popen(
            [sys.executable, "-c", text], cwd=cwd, env=environment(**{key: value}), text=True,
            preexec_fn=default_signals, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self) -> str:
        """Waits for the end; the rest of what it printed."""
        return self.process.communicate(timeout=60)[0]

    def alive(self) -> list[int]:
        """Processes with its mark that still exist."""
        pids = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    pids.append(int(folder.name))
            except OSError:
                pass
        return pids


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Asks until the answer is true; it may take long, but not for ever."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError("waited in vain")
