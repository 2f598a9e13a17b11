"""`faultline kernel run`: sessions of real system calls on the running kernel."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from jsonschema import Draft202012Validator

from program import CPUS, complaint, load, run

SHORT = ("--quiet", "--suite", "quick", "--rounds", "2", "--threads", "1", "--pin", "none")
BARE = (*SHORT, "--ops", "200")
COUNTED = (*BARE, "--set", "pages=256")


def kernel_run(out: Path, *args: str) -> CompletedProcess[str]:
    return run("kernel", "run", "-o", out, *args)


@pytest.fixture(name="counted", scope="module")
def a_counted_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workloads, threads and processes, 200 operations a window, traced."""
    path = tmp_path_factory.mktemp("kernel") / "kernel.json"
    done = kernel_run(path, *COUNTED, "--workload", "pft,mmap_munmap", "--trace")
    assert done.returncode == 0, done.stderr
    return path


def test_the_file_follows_the_schema(counted: Path, validator: Draft202012Validator) -> None:
    validator.validate(load(counted))


def test_more_threads_than_cpus_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    done = kernel_run(path, "--quiet", "--suite", "quick", "--rounds", "1", "--ops", "200", "--set",
                      "pages=256", "--workload", "pft", "--threads", "n+1")
    assert done.returncode == 0, done.stderr
    result = load(path)
    assert [b["oversubscribed"] for b in result["benchmarks"]] == [True, True]
    for one in result["runs"]:
        assert len(one["cpus"]) == len(CPUS) + 1 and set(one["cpus"]) == set(CPUS)
        assert one["cpus"] == one["cpus_seen"]


def test_the_subject_is_the_kernel(counted: Path) -> None:
    result = load(counted)
    (subject,) = result["subjects"]
    assert result["session"]["bench"] == "kernel"
    assert subject["label"] == subject["kernel"]["release"] == platform.release()
    lock = subject["kernel"]["vma_lock"]
    assert lock["generation"] in ("mmap_lock", "rwsem", "refcount", "unknown")
    assert lock["decided_by"]
    assert set(subject["kernel"]["thp"]) == {"enabled", "defrag", "shmem_enabled"}


def test_each_configuration_has_its_rounds_and_operations(counted: Path) -> None:
    result = load(counted)
    kinds = {(b["params"]["workload"], b["params"]["design"]) for b in result["benchmarks"]}
    assert kinds == {(w, m) for w in ("pft", "mmap_munmap") for m in ("threads", "processes")}
    assert len(result["runs"]) == 8 and result["session"]["complete"]
    for one in result["runs"]:
        assert one["failure"] is None
        assert [trial["ops"] for trial in one["trials"]] == [200] * len(one["trials"])
        assert one["trials"][-1]["counters"]["minor_faults"] is not None
        assert one["trials"][-1]["checks"] is None and one["trials"][-1]["vmas"] > 0


def test_tracepoints_count_or_say_why_not(counted: Path) -> None:
    for one in load(counted)["runs"]:
        traced = one["traced"]
        assert traced["ops"] == 200
        columns = [traced[key] for key in ("page_faults_user", "mmap_lock_write")]
        assert None not in columns or traced["reason"]


def test_the_report_prints_kernel_and_price_of_sharing(counted: Path, tmp_path: Path) -> None:
    done = run("report", "--no-plots", "--no-html", counted, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "measured on a real kernel" in done.stdout
    assert f"subject    {platform.release()}: VMA lock" in done.stdout.replace("\n", " ") or \
        platform.release() in done.stdout
    assert "price of sharing: threads / processes, paired by round" in done.stdout
    assert "mmap_lock, for each fault: taken to read, to write; mean wait" in done.stdout
    assert all(len(line) <= 72 for line in done.stdout.splitlines())


def test_threads_are_compared_with_processes(counted: Path) -> None:
    done = run("compare", counted, "--by", "design", "--base", "processes")
    assert done.returncode == 0, done.stderr
    assert "threads against processes" in done.stdout


def test_a_session_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    assert kernel_run(path, *BARE, "--workload", "brk", "--mode", "threads").returncode == 0
    whole = load(path)
    whole["runs"].pop()
    whole["session"]["complete"] = False
    path.write_text(json.dumps(whole), encoding="utf-8")
    done = run("kernel", "run", "--resume", path, "--quiet")
    assert done.returncode == 0, done.stderr
    again = load(path)
    assert again["session"]["complete"] and len(again["runs"]) == 2
    assert run("kernel", "run", "--resume", path).returncode == 5
    again["kernel"]["release"] = "6.1.0"
    path.write_text(json.dumps(again), encoding="utf-8")
    complaint(run("kernel", "run", "--resume", path), 4, "another kernel", command="kernel")


def test_a_timed_session(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    done = kernel_run(path, *SHORT, "--seconds", "0.02", "--workload", "madvise_dontneed",
                      "--mode", "processes")
    assert done.returncode == 0, done.stderr
    result = load(path)
    assert result["design"]["trial_s"] == 0.02 and not result["design"]["trace"]
    assert all(one["traced"] is None for one in result["runs"])
    assert all(one["trials"][-1]["latency"]["hist"] for one in result["runs"])


@pytest.mark.parametrize("arguments, code, parts", [
    (("--workload", "pf_shared"), 2, ("pf_shared", "faultline run")),
    (("--workload", "pfft"), 2, ("no kernel workload 'pfft'", "pft")),
    (("--mode", "fibers"), 2, ("no mode 'fibers'", "threads, processes")),
    (("--threads", "0"), 2, ("--threads", "'0'")),
    (("--ops", "0"), 2, ("--ops: 0 is out of range",)),
    (("--ops", "x"), 2, ("'x' is not a whole number",)),
    (("--ops", "5", "--seconds", "1"), 2, ("excludes",)),
    (("--workload", "pft", "--set", "pages=0"), 2, ("--set pages", "'0'")),
    (("--set", "leaves=1"), 2, ("no parameter of these workloads 'leaves'",)),
    (("--workload", "pft", "--set", "x"), 2, ("--set",)),
    (("--workload", "brk", "--set", "pages=1"), 2, ("have no parameters",)),
    (("--design", "rwsem"), 2, ("no option '--design'",)),
    (("--suite", "slow"), 2, ("no suite 'slow'",)),
    (("--resume", "/nonexistent/a.json", "--trace"), 2, ("give it alone",)),
], ids=str)
def test_bad_input_gets_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int,
                                 parts: tuple[str, ...]) -> None:
    out = () if "--resume" in arguments else ("-o", str(tmp_path / "out.json"))
    complaint(run("kernel", "run", *out, *arguments), code, *parts, command="kernel")
    assert not (tmp_path / "out.json").exists()


def test_an_unwritable_result_is_told_first(tmp_path: Path) -> None:
    complaint(kernel_run(tmp_path / "no" / "out.json", *BARE, "--workload", "brk"), 4,
              command="kernel")


def test_a_command_of_kernel_is_needed() -> None:
    complaint(run("kernel"), 2, "run, boot or bisect", command="kernel")
    complaint(run("kernel", "reboot"), 2, "reboot", command="kernel")
