"""test_bindings_errors.py: one family of exceptions, with the command line's messages."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest

import faultline
import faultline.build
from built import SMALL, TINY, program, script


@pytest.mark.parametrize(("call", "arguments"), [
    (lambda: faultline.run(designs="refcnt"), ["run", "--design=refcnt"]),
    (lambda: faultline.run(rounds=0), ["run", "--rounds=0"]),
    (lambda: faultline.run(threads="1-"), ["run", "--threads=1-"]),
    (lambda: faultline.run(set={"pages": 3}), ["run", "--set=pages=3"]),
    (lambda: faultline.run(workloads="pair", designs="rwsem"),
     ["run", "--workload=pair", "--design=rwsem"]),
    (lambda: faultline.run(resume="none.json"), ["run", "--resume=none.json"]),
    (lambda: faultline.run(resume="none.json", seed=3), ["run", "--resume=none.json", "--seed=3"]),
    (lambda: faultline.simulate("bdw-3s"), ["sim", "--machine=bdw-3s"]),
    (lambda: faultline.simulate("bdw-2s", cpus=500), ["sim", "--machine=bdw-2s", "--cpus=500"]),
    (lambda: faultline.simulate({"base": "bdw-2s", "transfer.machin_ns": 3}),
     ["sim", "--machine=bdw-2s", "--machine-set=transfer.machin_ns=3"]),
    (lambda: faultline.simulate({"base": "bdw-2s", "transfer.machin_ns": 3, "name": "mine"}),
     ["sim", "--machine=bdw-2s", "--machine-set=transfer.machin_ns=3"]),
    (lambda: faultline.check(scenarios="fault_munma"), ["check", "--scenario=fault_munma"]),
    (lambda: faultline.check(threads=99), ["check", "--threads=99"]),
    (lambda: faultline.check(mode="guess"), ["check", "--mode=guess"]),
])
def test_a_message_is_the_command_lines(call: Callable[[], object], arguments: list[str],
                                        folder: Path) -> None:
    with pytest.raises(faultline.Error) as caught:
        call()
    done = program(*arguments, cwd=folder)
    assert done.stderr == f"faultline {arguments[0]}: {caught.value}\n"
    assert caught.value.exit_code == done.returncode in (2, 5)
    assert type(caught.value) is {2: faultline.UsageError, 5: faultline.NothingError}[
        done.returncode]
    assert caught.value.output is None and caught.value.result is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("call", "message"), [
    (lambda: faultline.run(designs=[]), "--design: empty; leave it out for all"),
    (lambda: faultline.run(workloads=""), "--workload: empty"),
    (lambda: faultline.check(scenarios="a\0b"), "--scenario: a NUL character in it"),
    (lambda: faultline.load("none.json"), "cannot read none.json"),
    (lambda: faultline.simulate({"core.rmw_ns": 3}), "machine: topology.sockets is missing"),
    (lambda: faultline.simulate({**faultline.machines()[0].profile, "core.rmw_ns": -1}),
     "machine: core.rmw_ns is no time"),
    (lambda: faultline.simulate({"base": "bdw-2s", "name": "../mine"}),
     "machine: the name '../mine' is none for a file"),
])
def test_what_cannot_be_an_argument_is_wrong_use(call: Callable[[], object], message: str,
                                                 folder: Path) -> None:
    with pytest.raises(faultline.UsageError, match="^" + re.escape(message)):
        call()
    assert list(folder.iterdir()) == []


def test_a_file_is_not_overwritten_and_not_taken_for_the_result(folder: Path) -> None:
    faultline.simulate("bdw-2s", **SMALL, output="a.json")
    before = (folder / "a.json").read_bytes()
    with pytest.raises(faultline.UsageError, match="a.json exists and is not overwritten") as error:
        faultline.simulate("bdw-2s", **SMALL, output="a.json")
    assert error.value.output is None
    assert (folder / "a.json").read_bytes() == before


def test_a_complete_session_has_nothing_to_resume(folder: Path) -> None:
    faultline.run(**TINY, rounds=1, output="a.json")
    with pytest.raises(faultline.NothingError, match="is complete; nothing is left to run"):
        faultline.run(resume="a.json")


def test_a_failing_scenario_is_a_lock_failure_with_its_proofs(folder: Path) -> None:
    with pytest.raises(faultline.LockFailure) as caught:
        faultline.check(designs="refcount", scenarios="readers_writer,writer_twice", threads=2,
                        weaken="lockimpls/vma_refcount.hpp:87", output="a.json")
    result: Any = caught.value.result
    assert result == faultline.load("a.json") and len(result.runs) == 2
    failed = result.of_verdict("failed")
    assert str(caught.value).startswith(f"{len(failed)} of 2 explorations failed, the first one "
                                        f"{failed[0].task.name}: {failed[0].bug.kind}: ")
    assert caught.value.exit_code == 1 and caught.value.output == Path("a.json")


def test_a_simulation_without_end_is_inconclusive(folder: Path) -> None:
    with pytest.raises(faultline.InconclusiveError, match="no operation was finished") as caught:
        faultline.simulate("bdw-2s", **SMALL, seconds=1e-6, output="a.json")
    assert caught.value.output == Path("a.json")
    assert caught.value.result is None, "every run of it failed"


def test_no_program_is_unsupported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import faultline.child

    monkeypatch.setattr(faultline.child, "program", str(folder / "none"))
    with pytest.raises(faultline.UnsupportedError, match="cannot start .*none: No such file"):
        faultline.run(**TINY)


def test_a_program_that_is_killed_is_unsupported(folder: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    import faultline.child

    killed = folder / "killed"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="ascii")
    killed.chmod(0o755)
    monkeypatch.setattr(faultline.child, "program", str(killed))
    with pytest.raises(faultline.UnsupportedError, match="ended by signal 9"):
        faultline.run(**TINY)


def test_the_family_is_one() -> None:
    kinds = (faultline.LockFailure, faultline.UsageError, faultline.InconclusiveError,
             faultline.UnsupportedError, faultline.NothingError)
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 5]
    assert all(issubclass(kind, faultline.Error) for kind in kinds)
    assert issubclass(faultline.UsageError, ValueError)


def test_a_module_of_the_same_name_is_named(folder: Path) -> None:
    (folder / "report.py").write_text("mine = 1\n", encoding="ascii")
    (folder / "a.json").write_text("{}", encoding="ascii")
    done = script("import sys; sys.path.insert(0, '')\n"
                  "import report, faultline\n"
                  "try: faultline.load('a.json')\n"
                  "except faultline.UnsupportedError as error: print(error)", folder)
    assert done.stdout.startswith("another module is loaded as `report`, "), done.stderr
    assert done.stdout.endswith("report.py; rename that one\n")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import faultline.forward

    def lacking(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named '{name}'", name="matplotlib.figure")

    monkeypatch.setattr(faultline.forward, "report", lacking)
    with pytest.raises(faultline.UnsupportedError, match="has no matplotlib; install python3-matp"):
        faultline.plot.plot_throughput
