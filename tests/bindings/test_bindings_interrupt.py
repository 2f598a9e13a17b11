"""test_bindings_interrupt.py: Ctrl-C stops, leaves no child and keeps every finished run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import faultline
from built import SMALL, TINY, Background, script, wait_for

LONG = {
    "run": "faultline.run(designs='rwsem', workloads='pf_shared', threads=1, suite='quick', "
           "seconds=0.02, rounds=1000, output='a.json', progress=tell)",
    "sim": "faultline.simulate('bergamo-2s', designs='refcount', workloads='pf_shared', "
           "cpus=[1, 512], seeds=1000, jobs=2, output='a.json', progress=tell)",
    "check": "faultline.check(designs='refcount', jobs=2, seconds=600, output='a.json', "
             "progress=tell)",
}
"""Sessions that do not end while a test waits."""

SCRIPT = """
import faultline
def tell(done, total, text):
    print(done, flush=True)
try:
    {call}
except KeyboardInterrupt as error:
    print("stopped", error, flush=True)
input()
"""


def sessions(background: Background) -> list[int]:
    """What it started and still runs."""
    return [pid for pid in background.alive() if pid != background.process.pid]


@pytest.mark.parametrize("command", LONG)
def test_an_interrupt_of_python_alone_stops_the_session(command: str, folder: Path) -> None:
    with Background(SCRIPT.format(call=LONG[command]), folder) as background:
        assert background.line() == "1"
        background.process.send_signal(signal.SIGINT)
        line = background.line()
        while line.isdecimal():
            line = background.line()
        assert line.startswith("stopped ") and "interrupted; " in line and "a.json" in line
        assert sessions(background) == []
    result = faultline.load("a.json")
    assert len(result.runs) >= 1 and not result.session.complete


def test_an_interrupted_session_is_resumed(folder: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="3 finished runs are in a.json; continue with"):
        faultline.run(**TINY, rounds=3, output="a.json", progress=stop)
    events: list[tuple[int, int]] = []
    result = faultline.run(resume="a.json", progress=lambda *event: events.append(event[:2]))
    assert events == [(4, 6), (5, 6), (6, 6)]
    assert result.session.complete and len(result.runs) == 6
    assert result == faultline.load("a.json")


def test_an_exception_of_the_progress_function_stops_the_session(folder: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        faultline.simulate("bdw-2s", **{**SMALL, "seeds": 1000}, jobs=1, output="a.json",
                           progress=stop)
    result = faultline.load("a.json")
    assert 1 <= len(result.runs) < 2000 and not result.session.complete


@pytest.mark.parametrize("command", LONG)
def test_a_session_ends_with_its_python(command: str, folder: Path) -> None:
    with Background(SCRIPT.format(call=LONG[command]), folder) as background:
        assert background.line() == "1"
        started = sessions(background)
        assert started
        background.process.kill()
        background.process.wait()
        wait_for(lambda: not sessions(background))
    assert len(faultline.load("a.json").runs) >= 1


def test_a_session_that_is_stopped_from_outside_is_unsupported(folder: Path) -> None:
    with Background(f"import os, signal\n{SCRIPT.format(call=LONG['run'])}"
                    .replace("KeyboardInterrupt", "faultline.UnsupportedError"),
                    folder) as background:
        assert background.line() == "1"
        first = Path(f"/proc/{background.process.pid}/task/{background.process.pid}/children")
        os.kill(int(first.read_text(encoding="ascii").split()[0]), signal.SIGTERM)
        line = background.line()
        while line.isdecimal():
            line = background.line()
        assert line == ("stopped the program faultline was ended by a signal from outside; what it "
                        "finished is in a.json")


def test_a_session_runs_where_sigchld_is_ignored_and_descriptors_are_many(folder: Path) -> None:
    done = script(
        "import os, resource, signal, faultline\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3000, 3000))\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "kept = [os.dup(0) for _ in range(1500)]\n"
        f"print(len(faultline.simulate('bdw-2s', **{SMALL!r}).runs))", folder)
    assert done.stdout == "4\n", done.stderr
