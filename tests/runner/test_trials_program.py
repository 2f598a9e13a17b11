"""`faultline-trials` alone is an ordinary Google Benchmark program."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from program import CPUS, YARDSTICKS, program, run


def trials(*args: str) -> subprocess.CompletedProcess[str]:
    """Runs it with short trials."""
    return run(*args, "--seconds", "0.02", "--warmup-seconds", "0.01", name="faultline-trials")


def test_it_lists_every_combination() -> None:
    done = trials("--benchmark_list_tests", "--threads", "1,2")
    assert done.returncode == 0
    every = [line.split("/")[:4] for line in done.stdout.splitlines()]
    names = [name for name in every if name[0] != "pair"]
    assert len(names) == 6 * 7 * 2  # workloads; three locks in two places, one in none; threads
    assert {name[1] for name in names} == {"mmap_lock", "rwsem", "atomic", "refcount"}
    assert {name[2] for name in names if name[1] == "mmap_lock"} == {"none"}
    assert {name[2] for name in names if name[1] != "mmap_lock"} == {"separate", "embedded"}
    assert {name[3] for name in names} == {"t:1", "t:2"}
    yardsticks = ["/".join(name[:3]) for name in every if name[0] == "pair" and name[3] == "t:2"]
    assert yardsticks == [f"pair/{name}/none" for name in YARDSTICKS]
    assert len(every) == len(names) + 2 * len(yardsticks)
    auto = trials("--benchmark_list_tests", "--benchmark_filter=pf_shared/rwsem/separate")
    assert f"t:{len(CPUS)}/" in auto.stdout and f"t:{len(CPUS) + 1}/" in auto.stdout


def test_filter_and_json() -> None:
    done = trials("--benchmark_filter=^pf_private/(rwsem|refcount)/embedded/t:1/", "--threads",
                  "1,2", "--trials", "1", "--benchmark_format=json", "--set", "pages_per_thread=64")
    assert done.returncode == 0, done.stderr
    benchmarks = json.loads(done.stdout)["benchmarks"]
    assert [one["name"].split("/")[1] for one in benchmarks] == ["rwsem", "refcount"]
    for one in benchmarks:
        assert one["items_per_second"] > 0 and one["ops_per_cpu_second"] > 0
        assert one["real_time"] > 0 and one["time_unit"] == "ms"


def test_trials_are_repetitions() -> None:
    done = trials("--benchmark_filter=pf_shared/atomic/separate/t:1/", "--trials", "3",
                  "--benchmark_format=json")
    kinds = [one["run_type"] for one in json.loads(done.stdout)["benchmarks"]]
    assert kinds.count("iteration") == 3 and "aggregate" in kinds


@pytest.mark.parametrize("args, code, part", [
    (("--nope",), 2, "unknown option --nope; see --help"),
    (("--benchmark_nope",), 2, "unknown option --benchmark_nope; see --help"),
    (("--threads", "0"), 2, "--threads"),
    (("--seconds", "abc"), 2, "--seconds"),
    (("--cpus", "x", "--benchmark_filter=pf_shared/rwsem/separate/t:1/"), 2, "--cpus"),
    (("--benchmark_filter=no_such_name",), 5, "no benchmark has that name"),
])
def test_bad_input(args: tuple[str, ...], code: int, part: str) -> None:
    done = run(*args, name="faultline-trials")
    assert done.returncode == code
    last = done.stderr.splitlines()[-1]
    assert last.startswith("faultline-trials: ") and part in last


def test_help_names_the_options_of_google_benchmark() -> None:
    done = run("--help", name="faultline-trials")
    assert done.returncode == 0 and "--benchmark_filter" in done.stdout


@pytest.mark.parametrize("design, words", [("rwsem/separate", "count=0x"),
                                           ("atomic/separate", "=0x"),
                                           ("refcount/embedded", "vm_refcnt=0x")])
def test_a_hang_is_reported(design: str, words: str) -> None:
    done = run(f"--benchmark_filter=^pf_shared/{design}/t:2/", "--threads", "2", "--deadline", "1",
               "--seconds", "60", "--record-fd=2", name="faultline-trials")
    assert done.returncode == 124
    lines = done.stderr.splitlines()
    assert lines[0] == "hung: no end after 1 s"
    assert sum(line.startswith("task ") for line in lines) >= 3  # the threads and the main one
    assert any(line.startswith("mmap_lock: count=0x") for line in lines)
    assert any(line.startswith("mm_lock_seq: ") for line in lines)
    vmas = [line for line in lines if line.startswith("vma 0x")]
    assert len(vmas) == 2
    assert all(" vm_lock_seq=" in line and words in line for line in vmas), vmas


def test_a_hung_yardstick_shows_its_word() -> None:
    done = run("--benchmark_filter=^pair/ticket/none/t:2/", "--threads", "2", "--deadline", "1",
               "--seconds", "60", "--record-fd=2", name="faultline-trials")
    assert done.returncode == 124
    lines = done.stderr.splitlines()
    assert any(line.startswith("ticket: owner=0x") and " next=0x" in line for line in lines), lines


def test_a_child_without_a_session_ends_at_once() -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as when the session was killed before its child could ask for a signal
    try:
        done = subprocess.run([program("faultline-trials"), f"--record-fd={writer}", "--seconds",
                               "100"], pass_fds=[writer], timeout=30, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 4
