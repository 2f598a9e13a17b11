"""test_bindings_sessions.py: run(), simulate() and check() give what the command line gives."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import faultline
from built import SMALL, SMALL_ARGUMENTS, TINY, program


def runs_of(path: Path) -> list[dict[str, Any]]:
    """The simulated runs of a file, without what the host has to do with them."""
    runs: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["runs"]
    for one in runs:
        del one["peak_memory_bytes"]
    return runs


def simulated(path: Path, *arguments: str) -> list[dict[str, Any]]:
    """The runs of `faultline sim` with these arguments."""
    done = program("sim", "--quiet", *SMALL_ARGUMENTS, *arguments, f"--output={path}")
    assert done.returncode == 0, done.stderr
    return runs_of(path)


def test_a_measurement_is_what_its_file_holds(folder: Path) -> None:
    events: list[tuple[int, int]] = []
    result = faultline.run(**TINY, rounds=2, seed=7, output="a.json",
                           progress=lambda done, total, _: events.append((done, total)))
    assert result == faultline.load("a.json")
    assert result.session.bench == "host" and result.session.seed == 7
    assert len(result.runs) == 4 and result.session.complete
    assert events == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_simulation_gives_the_command_lines_figures(folder: Path) -> None:
    result = faultline.simulate("bdw-2s", **SMALL, output="a.json")
    assert result == faultline.load(Path("a.json"))
    assert result.simulated.name == "bdw-2s" and len(result.runs) == 4
    assert runs_of(folder / "a.json") == simulated(folder / "b.json", "--machine=bdw-2s")


BASE = "bdw-28c-2s"  # its second CPU lies in its other socket
SLOWER = "transfer.machine_ns"


@pytest.mark.parametrize("machine", [
    {"base": BASE, SLOWER: 300},
    {"base": BASE, "transfer": {"machine_ns": 300.0}},
    {"base": BASE, SLOWER: 300, "name": BASE},
    {**{one.name: one for one in faultline.machines()}[BASE].profile, SLOWER: 300},
], ids=["keys", "table", "named", "whole"])
def test_a_machine_is_given_as_a_dict(machine: dict[str, Any], folder: Path) -> None:
    result = faultline.simulate(machine, **SMALL, output="a.json")
    assert result.simulated.name == BASE
    assert runs_of(folder / "a.json") == simulated(
        folder / "b.json", f"--machine={BASE}", f"--machine-set={SLOWER}=300"
    ) != simulated(folder / "c.json", f"--machine={BASE}")


def test_a_machine_is_given_as_an_object_by_set_and_with_a_name(folder: Path) -> None:
    machine = next(one for one in faultline.machines() if one.name == "icx-2s")
    faultline.simulate(machine, **SMALL, machine_set={"prefetch.pair": True}, output="a.json")
    assert runs_of(folder / "a.json") == simulated(
        folder / "b.json", "--machine=icx-2s", "--machine-set=prefetch.pair=true")
    mine = faultline.simulate({"base": machine, "name": "mine", "core.pause_ns": 40,
                               "summary": "a slow pause"}, **SMALL)
    assert mine.simulated.name == "mine" and mine.simulated.summary == "a slow pause"


def test_other_options_reach_the_program(folder: Path) -> None:
    result = faultline.simulate(
        "bdw-2s", designs=[faultline.designs()[1], "refcount"], workloads="pf_shared",
        placement="embedded", cpus=range(1, 3), set={"pages_per_thread": 64}, seeds=1, seed=3,
        threads_per_cpu=2, park="futex", seconds=1e-4, jobs=1, trace=folder / "trace.json")
    assert [one.params["pages_per_thread"] for one in result.benchmarks] == [64] * 4
    assert {one.placement for one in result.benchmarks} == {"embedded"}
    assert result.sim_plan == type(result.sim_plan)(first_seed=3, threads_per_cpu=2, park="futex")
    assert (folder / "trace.json").stat().st_size > 0


def test_a_proof_is_what_its_file_holds(folder: Path) -> None:
    texts: list[str] = []
    result = faultline.check(designs="refcount", scenarios=["readers_writer"], threads=2,
                             output="a.json", progress=lambda *event: texts.append(event[2]))
    assert result == faultline.load("a.json")
    assert [one.verdict for one in result.runs] == ["verified"]
    assert len(texts) == 1 and texts[0].startswith("refcount/embedded/readers_writer/2: proved")


def test_without_a_name_results_lie_in_the_current_folder(folder: Path) -> None:
    results: list[faultline.Error | Path] = []

    def simulate() -> None:
        try:
            results.append(faultline.simulate("bdw-2s", **SMALL).path)
        except faultline.Error as error:
            results.append(error)

    threads = [threading.Thread(target=simulate) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(map(str, results)) == sorted(path.name for path in folder.iterdir())
    assert len(results) == 3


def test_other_threads_go_on_while_a_session_runs(folder: Path) -> None:
    counted, seen = [0], []
    ended = threading.Event()

    def count() -> None:
        while not ended.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        faultline.run(**TINY, rounds=2, progress=lambda *_: seen.append(counted[0]))
    finally:
        ended.set()
        thread.join()
    assert seen == sorted(set(seen)), "the counting thread stood still during a run"


def test_a_bar_is_drawn_on_standard_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faultline.simulate("bdw-2s", **SMALL, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n")
    lines = err.rstrip("\n").split("\r")[1:]
    assert [line.split("] ")[1].split()[0] for line in lines] == ["1/4", "2/4", "3/4", "4/4"]
    assert lines[-1].startswith("[" + "#" * 20 + "]") and {len(line) for line in lines} == {72}


def test_nothing_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    faultline.simulate("bdw-2s", **SMALL)
    faultline.check(designs="refcount", scenarios="readers_writer", threads=2)
    assert capfd.readouterr() == ("", "")
