"""`faultline sim`: what it writes, that it is the same each time, and what it says to bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from program import ROOT, complaint, load, run

PROFILE = ROOT / "simulator" / "machines" / "skl4.toml"
PAIR = ("--machine", "skl4", "--workload", "pair", "--design", "faa,ticket")
FAULTS = ("--machine", "skl4", "--workload", "pf_shared", "--design", "rwsem,refcount")
SMALL = ("--cpus", "1,2", "--seeds", "2", "--seconds", "0.0001")
"""Options of a simulation that a test can wait for."""
BITS = {"hash": ("sim", "hash"), "lines": ("sim", "lines"), "ops": ("trials", 0, "thread_ops"),
        "waiting": ("sim", "wait_ns")}
"""What has to be the same to the last bit: its name and where it stands in a run."""


def simulate(path: Path, *arguments: str) -> dict[str, Any]:
    """The result of a simulation that went well."""
    done = run("sim", *arguments, "--quiet", "-o", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return load(path)


def bits(result: dict[str, Any]) -> list[list[Any]]:
    """Everything of BITS of every run, in the order of configurations and seeds."""
    found = []
    for one in sorted(result["runs"], key=lambda one: (one["bench"], one["round"])):
        row = []
        for steps in BITS.values():
            value: Any = one
            for step in steps:
                value = value[step]
            row.append(value)
        found.append(row)
    return found


@pytest.fixture(scope="module", name="pair")
def fixture_pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of two yardsticks; not to be changed."""
    path = tmp_path_factory.mktemp("sim") / "pair.json"
    simulate(path, *PAIR, *SMALL)
    return path


@pytest.fixture(scope="module", name="faults")
def fixture_faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of two designs on a fault workload; not to be changed."""
    path = tmp_path_factory.mktemp("sim") / "faults.json"
    simulate(path, *FAULTS, *SMALL)
    return path


def test_the_files_follow_the_schema(pair: Path, faults: Path,
                                     validator: Draft202012Validator) -> None:
    for path in (pair, faults):
        errors = [f"{error.json_path}: {error.message}"
                  for error in validator.iter_errors(load(path))]
        assert not errors, errors[:5]


def test_every_configuration_and_seed_is_there(pair: Path) -> None:
    result = load(pair)
    assert result["session"]["bench"] == "sim" and result["session"]["complete"]
    assert {one["id"] for one in result["benchmarks"]} == {
        f"pair/design={design}/placement=none/machine=skl4/threads={cpus}"
        for design in ("faa", "ticket") for cpus in (1, 2)}
    assert sorted((one["bench"], one["round"], one["seed"]) for one in result["runs"]) == [
        (bench, index, index + 1) for bench in range(4) for index in range(2)]
    machine = result["simulated_machine"]
    assert (machine["name"], machine["cpus"], machine["calibrated"]) == ("skl4", 4, "yes")
    assert 'name = "skl4"' in machine["profile"]


def test_transfers_are_those_of_the_window(tmp_path: Path) -> None:
    """A contended counter moves its line once for each change, of which a pair has two."""
    result = simulate(tmp_path / "a.json", "--machine", "bdw-2s", "--workload", "pair", "--design",
                      "faa", "--cpus", "32", "--seeds", "1")
    one = result["runs"][0]
    each = sum(one["sim"]["transfers"].values()) / one["trials"][0]["ops"]
    assert each == pytest.approx(2, abs=0.01)


def test_fairness_is_between_threads_of_one_role(tmp_path: Path) -> None:
    result = simulate(tmp_path / "a.json", "--machine", "skl4", "--workload", "pf_vs_mprotect",
                      "--design", "refcount", "--cpus", "2", "--seeds", "1")
    assert set(result["benchmarks"][0]["roles"]) == {"fault", "mprotect"}
    assert result["runs"][0]["sim"]["fairness"] == {"jain": 1.0, "min_max": 1.0}


def test_the_same_command_gives_the_same_bits(pair: Path, faults: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path / "pair.json", *PAIR, *SMALL, "--jobs", "1")
    assert bits(again) == bits(load(pair))
    assert bits(simulate(tmp_path / "f.json", *FAULTS, *SMALL, "--jobs", "3")) == bits(load(faults))


def test_a_seed_is_the_same_in_every_session(pair: Path, tmp_path: Path) -> None:
    second = simulate(tmp_path / "a.json", *PAIR, "--cpus", "1,2", "--seeds", "1", "--seed", "2",
                      "--seconds", "0.0001")
    assert [one["seed"] for one in second["runs"]] == [2] * 4
    every = dict(zip(((one["bench"], one["seed"]) for one in sorted(
        load(pair)["runs"], key=lambda one: (one["bench"], one["round"]))), bits(load(pair))))
    assert bits(second) == [every[bench, 2] for bench in range(4)]


def test_the_report_prints_it(faults: Path, tmp_path: Path) -> None:
    done = run("report", faults, "--no-html", "-o", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("  faultline: SIMULATED skl4, calibrated: yes; no clock was read")
    assert "[SIMULATED skl4, calibrated: yes]" in done.stdout
    assert "hottest lines: refcount embedded, 2 CPUs" in done.stdout
    assert re.search(r"refcnt_ lockimpls/vma_refcount\.hpp:\d+ \d", done.stdout)
    assert "measured" not in done.stdout
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "table.txt", "throughput.png", "throughput.svg"]


def test_progress_says_simulated(tmp_path: Path) -> None:
    done = run("sim", *PAIR, *SMALL, "-o", tmp_path / "a.json")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 5 and all("2 seeds)" in line for line in lines[:4])
    assert lines[4].startswith("simulated, ") and str(tmp_path / "a.json") in lines[4]


def test_a_trace_is_what_perfetto_takes(tmp_path: Path) -> None:
    simulate(tmp_path / "a.json", "--machine", "skl4", "--workload", "pf_shared", "--design",
             "rwsem", "--cpus", "4", "--seeds", "2", "--trace", str(tmp_path / "trace.json"))
    trace = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    assert trace["displayTimeUnit"] == "ns" and trace["traceEvents"]
    for event in trace["traceEvents"]:
        assert event["ph"] == "X" and event["name"]
        assert event["ts"] >= 0 and event["dur"] >= 0
        assert event["pid"] == 0 and event["tid"] in range(4)
    assert any(event.get("args", {}).get("where") for event in trace["traceEvents"])


def test_more_threads_than_cpus(tmp_path: Path) -> None:
    result = simulate(tmp_path / "a.json", *FAULTS, "--cpus", "2", "--seeds", "1",
                      "--threads-per-cpu", "2")
    assert all(one["id"].endswith("/threads=4/cpus=2") for one in result["benchmarks"])
    assert all(one["oversubscribed"] for one in result["benchmarks"])
    done = run("report", "--no-plots", tmp_path / "a.json")
    assert done.returncode == 0 and "2 threads a CPU" in done.stdout


def test_a_sibling_may_spin_on_two_words_of_a_line(tmp_path: Path) -> None:
    """rwsem's count and owner; its process crashed."""
    result = simulate(tmp_path / "a.json", "--machine", "bdw-28c-2s", "--workload",
                      "pf_vs_mprotect", "--design", "rwsem", "--cpus", "32,56", "--seeds", "1")
    assert [one["failure"] for one in result["runs"]] == [None, None]


def test_a_window_goes_on_until_something_is_done(tmp_path: Path) -> None:
    """A fork takes longer than the usual window; one of a fixed length fails then, and says so."""
    forks = ("--machine", "skl4", "--workload", "fork_storm", "--design", "refcount", "--cpus", "4",
             "--seeds", "1")
    result = simulate(tmp_path / "longer.json", *forks)
    assert result["design"]["least_ops"] == 4 and result["runs"][0]["trials"][0]["ops"] >= 4
    done = run("sim", *forks, "--seconds", "0.00002", "--quiet", "-o", tmp_path / "fixed.json")
    assert done.returncode == 3 and "no operation was finished in the window" in done.stderr
    assert load(tmp_path / "fixed.json")["design"]["least_ops"] == 0


def test_values_of_the_profile_can_be_set(tmp_path: Path) -> None:
    result = simulate(tmp_path / "a.json", *PAIR, "--cpus", "2", "--seeds", "1", "--machine-set",
                      "topology.cores_per_cluster=2", "--machine-set", "core.rmw_ns=50")
    assert result["simulated_machine"]["cpus"] == 2
    assert "rmw_ns = 50" in result["simulated_machine"]["profile"]


ONE = (*PAIR, "--cpus", "1", "--seeds", "1")
BAD: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("--machine", "skl5"), ("--machine", "'skl5'", "did you mean skl4?")),
    ((), ("--machine is missing", "faultline list machines")),
    (("--machine", "skl4", "--cpus", "5"), ("--cpus", "skl4 has 4 CPUs, not 5")),
    *[(("--machine", "skl4", "--cpus", text), ("--cpus", f"'{text}'", "1,2,4"))
      for text in ("0", "two")],
    ((*PAIR, "--seeds", "0"), ("--seeds", "0 is out of range; choose 1 to 1000")),
    *[((*ONE, "--seconds", text), ("--seconds", "is out of range")) for text in ("0", "-1", "nan")],
    ((*ONE, "--threads-per-cpu", "0"), ("--threads-per-cpu", "0 is out of range")),
    ((*ONE, "--jobs", "0"), ("--jobs", "0 is out of range")),
    ((*ONE, "--seed", "-1"), ("--seed", "-1 is out of range")),
    ((*ONE, "--park", "bed"), ("--park", "'bed'", "kernel, futex")),
    ((*ONE, "--machine-set", "hold"), ("'hold' sets nothing", "TABLE.KEY=VALUE")),
    ((*ONE, "--machine-set", "window.hold=3"), ("'window.hold'", "did you mean window.hold_ns?")),
    ((*ONE, "--machine-set", "core.rmw_ns=fast"), ("core.rmw_ns=fast", "is no value")),
    ((*ONE, "--machine-set", "topology.sockets=0"), ("has a part that is 0",)),
    (("--machine", "skl4", "--design", "rwsen"), ("--design", "did you mean rwsem?")),
    (("--machine", "skl4", "--workload", "pair", "--design", "rwsem"),
     ("pair does not run with rwsem",)),
    ((*ONE, "--set", "crit=1"), ("--set", "did you mean crit_ns?")),
    ((*ONE, "--set", "crit_ns=-1"), ("--set crit_ns", "'-1'")),
    (("--machine", "./none.toml"), ("none.toml", "cannot be read; check the path")),
    ((*ONE, "--machin", "skl4"), ("did you mean --machine",)),
]


@pytest.mark.parametrize("arguments, parts", BAD, ids=lambda value: " ".join(value)[-40:])
def test_bad_input_gets_one_line(tmp_path: Path, arguments: tuple[str, ...],
                                 parts: tuple[str, ...]) -> None:
    done = run("sim", *arguments, cwd=tmp_path)
    complaint(done, 2, *parts, command="sim")
    assert not list(tmp_path.iterdir())


def without(text: str, start: str) -> str:
    """A profile without the lines that begin so."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(start))


BAD_PROFILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "syntax": ("name = \n", ("mine.toml:1: ", "correct the TOML")),
    "unknown key": (PROFILE.read_text(encoding="utf-8").replace("[core]", "[core]\nhot_ns = 1"),
                    (":16: ", "'core.hot_ns'", "did you mean core.hit_ns?")),
    "unknown table": (PROFILE.read_text(encoding="utf-8") + "\n[extra]\na = 1\n", ("'extra'",)),
    "no source": (without(PROFILE.read_text(encoding="utf-8"), '"topology"'),
                  ("topology.sockets has no source", "[sources]")),
    "no sockets": (PROFILE.read_text(encoding="utf-8").replace("sockets = 1", "sockets = 0", 1),
                   ("has a part that is 0",)),
    "calibrated by somebody": (
        PROFILE.read_text(encoding="utf-8").replace('calibrated = "yes"', 'calibrated = "so"'),
        ("'so'", "yes, partly or no")),
}


@pytest.mark.parametrize("name", BAD_PROFILES)
def test_a_bad_profile_gets_one_line(tmp_path: Path, name: str) -> None:
    text, parts = BAD_PROFILES[name]
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    done = run("sim", "--machine", "./mine.toml", "--workload", "pair", cwd=tmp_path)
    complaint(done, 2, "mine.toml", *parts, command="sim")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.toml"]


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    text = PROFILE.read_text(encoding="utf-8").replace('"skl4"', '"mine"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    result = simulate(tmp_path / "a.json", "--machine", str(tmp_path / "mine.toml"), *PAIR[2:],
                      *SMALL)
    assert result["simulated_machine"]["name"] == "mine"


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    done = run("sim", *ONE, "-o", "there.json", cwd=tmp_path)
    complaint(done, 2, "not overwritten", command="sim")
    assert (tmp_path / "there.json").read_text(encoding="utf-8") == "mine"


def test_a_trace_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    done = run("sim", *ONE, "--trace", "none/trace.json", cwd=tmp_path)
    complaint(done, 4, "--trace", "cannot write none/trace.json", command="sim")
    assert not list(tmp_path.iterdir())


def test_machines_are_listed() -> None:
    rows = json.loads(run("list", "machines", "--json").stdout)
    names = [row["name"] for row in rows]
    assert names == sorted(one.stem for one in PROFILE.parent.glob("*.toml"))
    shown = run("list", "machines").stdout.splitlines()
    assert all("calibrated: " in line for line in shown) and len(shown) == len(names)
    made_up = [line.split()[0] for line in shown if ", made up." in line]
    assert made_up == ["made-up-1024"]
