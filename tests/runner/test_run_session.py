"""Sessions: the file that `faultline run` writes holds what was planned, in the agreed form."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from program import CPUS, PAIR, SHORT, TINY, finished, keys, load, run

# bytes of a VMA, of its lock, and where in the VMA the lock is
LAYOUTS = {("mmap_lock", "none"): (160, 0, None), ("rwsem", "separate"): (160, 40, None),
           ("atomic", "embedded"): (192, 4, 128), ("refcount", "embedded"): (192, 4, 128)}


@pytest.fixture(scope="module", name="everything")
def fixture_everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every design and workload, with one thread and with one thread too many."""
    path = tmp_path_factory.mktemp("everything") / "all.json"
    done = run("run", *SHORT[:3], "--rounds", "1", "--seconds", "0.05", "--threads", "1,n+1",
               "-o", path)
    assert done.stdout == ""
    return finished(done, path)


def test_the_file_follows_the_schema(everything: dict[str, Any],
                                     validator: Draft202012Validator) -> None:
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(everything)]
    assert not errors, errors[:5]


def test_the_session_describes_itself(everything: dict[str, Any]) -> None:
    assert everything["session"]["argv"][:3] == ["faultline", "run", "--quiet"]
    assert everything["session"]["ended"] > everything["session"]["started"]
    assert everything["env"]["before"].keys() == everything["env"]["after"].keys()
    assert everything["env"]["before"]["cpuset"]
    assert everything["design"]["rounds"] == 1 and everything["design"]["trial_s"] == 0.05


def test_every_configuration_is_there_once(everything: dict[str, Any]) -> None:
    names = {(one["params"]["workload"], one["params"]["design"], one["params"]["threads"])
             for one in everything["benchmarks"]}
    workloads, designs, threads = ({name[i] for name in names} for i in range(3))
    assert (len(workloads), len(designs), threads) == (6, 4, {1, len(CPUS) + 1})
    assert len(names) == len(everything["benchmarks"]) == 6 * 4 * 2
    assert len({one["id"] for one in everything["benchmarks"]}) == len(names)


def test_benchmarks_know_layout_and_roles(everything: dict[str, Any]) -> None:
    for benchmark in everything["benchmarks"]:
        params, layout = benchmark["params"], benchmark["layout"]
        threads = params["threads"]
        assert len(benchmark["roles"]) == threads
        assert benchmark["oversubscribed"] is (threads > len(CPUS))
        vma, lock, offset = LAYOUTS[params["design"], params["placement"]]
        assert (layout["vma_bytes"], layout["lock_bytes"], layout["lock_offset"]) == (
            vma, lock, offset), params


def test_runs_count_every_thread_once(everything: dict[str, Any]) -> None:
    for one in everything["runs"]:
        roles = everything["benchmarks"][one["bench"]]["roles"]
        for trial in one["trials"]:
            assert len(trial["thread_ops"]) == len(roles)
            assert sum(trial["thread_ops"]) == trial["ops"] + sum(trial["secondary"].values())
            assert trial["s"] > 0 and trial["cpu_s"] > 0 and 0 <= trial["overlap"] <= 1
            assert trial["checks"]["writer_sections"] > 0
        assert [trial["warmup"] for trial in one["trials"]] == [True, False]
        assert one["pid"] > 0 and len(one["canary_ns"]) == 2


def test_operations_are_timed_in_samples(everything: dict[str, Any]) -> None:
    named = []
    for one in everything["runs"]:
        warmup, trial = one["trials"]
        assert "latency" not in warmup
        named.append(trial["latency"]["hist"])
        hist = everything["hists"][named[-1]]
        assert sum(count for _, count in hist["counts"]) == hist["n"] <= trial["ops"]
        # One in 10 us, as fast as the warm-up was; not more than all.
        ops = {part["warmup"]: max(part["ops"] / part["s"], 1) for part in one["trials"]}
        wanted = 1e5 * len(trial["thread_ops"]) * trial["s"] * max(1, ops[False] / ops[True])
        assert hist["n"] < 3 * wanted + 100
        assert 0 < trial["latency"]["clock_ns"] < 10_000
    assert sorted(named) == sorted(everything["hists"])
    assert sum(hist["n"] > 0 for hist in everything["hists"].values()) > len(named) / 2


def test_a_second_role_is_counted_apart(everything: dict[str, Any]) -> None:
    checked = 0
    for one in everything["runs"]:
        benchmark = everything["benchmarks"][one["bench"]]
        if benchmark["family"] != "fork_storm" or benchmark["params"]["threads"] == 1:
            continue
        trial = one["trials"][-1]
        assert benchmark["roles"] == ["fork"] + ["fault"] * len(CPUS)
        assert trial["ops"] == trial["thread_ops"][0]
        assert trial["secondary"] == {"fault": sum(trial["thread_ops"][1:])}
        checked += 1
    assert checked == 4


def test_pinned_threads_ran_where_planned(everything: dict[str, Any]) -> None:
    for one in everything["runs"]:
        threads = everything["benchmarks"][one["bench"]]["params"]["threads"]
        assert len(one["cpus"]) == threads and set(one["cpus"]) <= set(CPUS)
        assert one["cpus"] == one["cpus_seen"]


def test_a_default_session_stays_below_5_megabytes(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    threads = ("--threads", "1,2,3")  # those of a default session on 2 CPUs
    finished(run("run", *PAIR, "--rounds", "1", "--trials", "3", *threads, "-o", path), path)
    lines = path.read_text(encoding="utf-8").splitlines()
    run_bytes = [len(line) for line in lines if line.startswith('  {"bench"')]
    hist_bytes = [len(line) for line in lines if re.match(r'  "h\d+": ', line)]
    assert len(run_bytes) == 6 and len(hist_bytes) == 6 * 3
    runs = 4 * 6 * 3 * 12  # designs, workloads, thread counts, rounds
    each = statistics.mean(run_bytes) + 3 * statistics.mean(hist_bytes)
    assert each * runs + complete.stat().st_size <= 5e6


def test_not_pinned_is_null(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = finished(run("run", *TINY, "--rounds", "1", "--pin", "none", "-o", path), path)
    assert [one["cpus"] for one in result["runs"]] == [None, None]
    assert all(one["cpus_seen"][0] in CPUS for one in result["runs"])
    assert result["design"]["pin"] == "none"


def test_a_cpu_list_pins_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    order = list(reversed(CPUS))
    result = finished(run("run", *PAIR, "--rounds", "1", "--threads", "n", "--pin",
                          ",".join(map(str, order)), "-o", path), path)
    assert all(one["cpus"] == order for one in result["runs"])


def test_the_order_is_random_and_the_same_for_a_seed(tmp_path: Path) -> None:
    orders = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        path = tmp_path / f"{name}.json"
        result = finished(run("run", *SHORT, "--threads", "1", "--workload", "pf_shared",
                              "--rounds", "3", "--seed", seed, "-o", path), path)
        assert [one["pos"] for one in result["runs"]] == [0, 1, 2, 3] * 3
        assert result["session"]["seed"] == int(seed)
        orders.append([(*key, one["seed"], one["env_pad"])
                       for key, one in zip(keys(result), result["runs"])])
    assert orders[0] == orders[1] != orders[2]
    rounds = [[bench for round_, bench, *_ in orders[0] if round_ == n] for n in range(3)]
    assert not rounds[0] == rounds[1] == rounds[2]
    assert all(sorted(one) == [0, 1, 2, 3] for one in rounds)


def test_placements_are_configurations(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = finished(run("run", *TINY, "--rounds", "1", "--design", "mmap_lock",
                          "--placement", "separate,embedded", "-o", path), path)
    found = {(one["params"]["design"], one["params"]["placement"]):
             (one["layout"]["vma_bytes"], one["layout"]["lock_offset"])
             for one in result["benchmarks"]}
    assert found == {("mmap_lock", "none"): (160, None), ("rwsem", "separate"): (160, None),
                     ("rwsem", "embedded"): (256, 192), ("refcount", "separate"): (160, None),
                     ("refcount", "embedded"): (192, 128)}


def test_a_parameter_is_recorded(tmp_path: Path, complete: Path) -> None:
    path = tmp_path / "a.json"
    result = finished(run("run", *TINY, "--rounds", "1", "--set", "pages_per_thread=64",
                          "-o", path), path)
    default = load(complete)["benchmarks"]
    for one, other in zip(result["benchmarks"], default):
        assert one["params"]["pages_per_thread"] == 64 != other["params"]["pages_per_thread"]
        assert one["id"] == other["id"] + "/pages_per_thread=64"
        assert one["version"].startswith("sha256:") and len(one["version"]) == 19


def test_suites_decide_what_options_do_not(tmp_path: Path) -> None:
    for suite, trials, warmup, check in (("quick", 1, 0.03, 0.003), ("default", 3, 0.3, 0.005)):
        path = tmp_path / f"{suite}.json"
        result = finished(run("run", "--quiet", "--suite", suite, "--rounds", "1", "--threads", "1",
                              "--seconds", "0.02", "--design", "rwsem", "--workload", "pf_shared",
                              "-o", path), path)
        design = result["design"]
        assert (design["suite"], design["trials"], design["warmup_s"], design["check_s"]) == (
            suite, trials, warmup, check)
        assert len(result["runs"][0]["trials"]) == trials + design["warmup_trials"]


def test_names_that_are_hard_to_write_down(tmp_path: Path) -> None:
    hard = [b"\xff.json", b"@runs@", "caf\u00e9 \"1\"\\\n.json".encode()]
    for name in hard:
        done = run("run", *TINY, "--rounds", "1", "-o", bytes(tmp_path) + b"/" + name)
        result = finished(done, tmp_path / name.decode(errors="surrogateescape"))
        assert result["session"]["argv"][-2] == "-o"
    assert len(list(tmp_path.iterdir())) == len(hard)


def test_without_o_the_file_is_named_by_the_time(tmp_path: Path) -> None:
    done = run("run", *TINY, "--rounds", "1", cwd=tmp_path)
    files = list(tmp_path.glob("faultline-*Z.json"))
    assert len(files) == 1 == len(list(tmp_path.iterdir()))
    finished(done, files[0])
