"""A host that refuses: no pinning, no room, no memory, children that die or hang."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from program import (CPUS, PAIR, SHORT, TINY, Background, complaint, finished, keys, load, longer,
                     run)

# The number of sched_setaffinity, and the audit architecture, of machines that we know.
SECCOMP = {"x86_64": (203, 0xC000003E), "aarch64": (122, 0xC00000B7)}
SINGLE = (*SHORT[:3], "--design", "rwsem", "--workload", "pf_shared", "--threads", "1")


def refuse_pinning() -> None:
    """Makes sched_setaffinity fail with EPERM, as container runtimes do."""
    number, arch = SECCOMP[platform.machine()]
    load_word, jump_equal, answer = 0x20, 0x15, 0x06
    allow, eperm = 0x7FFF0000, 0x00050000 | 1
    program = b"".join(struct.pack("HBBI", *one) for one in (
        (load_word, 0, 0, 4), (jump_equal, 0, 3, arch),
        (load_word, 0, 0, 0), (jump_equal, 0, 1, number), (answer, 0, 0, eperm),
        (answer, 0, 0, allow)))
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_no_new_privs, pr_set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0) != 0 or libc.prctl(
            pr_set_seccomp, mode_filter, filter_, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


@pytest.mark.skipif(platform.machine() not in SECCOMP, reason="no system call number known")
def test_pinning_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    complaint(run("run", *TINY, "-o", path, preexec=refuse_pinning), 4, "--pin cores",
              "Operation not permitted", "use --pin none")
    assert not path.exists()
    finished(run("run", *TINY, "--rounds", "1", "--pin", "none", "-o", path,
                 preexec=refuse_pinning), path)


def test_a_cpuset_smaller_than_asked(tmp_path: Path) -> None:
    first, other = CPUS[0], (CPUS + [CPUS[0] + 1])[1]
    path = tmp_path / "a.json"
    complaint(run("run", *TINY, "--pin", f"{first},{other}", "-o", path,
                  preexec=lambda: os.sched_setaffinity(0, {first})), 4,
              f"CPU {other} is not in this process's cpuset {first}")
    assert not path.exists()


def test_one_cpu_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = finished(run("run", *PAIR, "--rounds", "1", "--threads", "1,n+1", "-o", path,
                          preexec=lambda: os.sched_setaffinity(0, {CPUS[0]})), path)
    assert [(one["params"]["threads"], one["oversubscribed"]) for one in result["benchmarks"]] == [
        (1, False), (1, False), (2, True), (2, True)]
    assert {cpu for one in result["runs"] for cpu in one["cpus"]} == {CPUS[0]}


def limit(kind: int, most: int) -> Callable[[], None]:
    """For `preexec`."""
    return lambda: resource.setrlimit(kind, (most, most))


def check_full(done: subprocess.CompletedProcess[str], path: Path, reason: str,
               before: dict[str, Any]) -> None:
    """The file is the last one for which there was room; with more room it goes on."""
    complaint(done, 4, f"-o: cannot write {path}: {reason}; make room or choose another place")
    result = load(path)
    assert result["runs"][:len(before["runs"])] == before["runs"]
    assert len(before["runs"]) < len(result["runs"]) < len(keys(before)) + 20
    assert list(path.parent.glob("*.new")) == []


def test_a_full_disk_by_file_size(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before = longer(complete, path, rounds=12)
    most = len(complete.read_bytes()) + 4000
    done = run("run", "--resume", path, "--quiet", preexec=limit(resource.RLIMIT_FSIZE, most))
    check_full(done, path, "File too large", before)
    finished(run("run", "--resume", path, "--quiet"), path)


def test_no_room_from_the_beginning(tmp_path: Path) -> None:
    done = run("run", *TINY, "-o", tmp_path / "a.json", preexec=limit(resource.RLIMIT_FSIZE, 100))
    complaint(done, 4, "-o: cannot write", "File too large; make room")
    assert not list(tmp_path.iterdir())


@pytest.fixture(name="small_disk")
def fixture_small_disk(tmp_path: Path, complete: Path) -> Iterator[Path]:
    """A file system with room for the complete file twice and a little."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = 2 * len(complete.read_bytes()) + 16384
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, complete: Path) -> None:
    path = small_disk / "a.json"
    before = longer(complete, path, rounds=15)
    check_full(run("run", "--resume", path, "--quiet"), path, "No space left on device", before)
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    finished(run("run", "--resume", path, "--quiet"), path)


def failed(path: Path) -> list[dict[str, Any]]:
    """The failures of a session whose every planned run is there."""
    result = load(path)
    assert result["session"]["complete"] is True
    assert len(keys(result)) == result["design"]["rounds"] * len(result["benchmarks"])
    return [one["failure"] for one in result["runs"] if one["failure"]]


def test_a_killed_run_is_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with Background("run", *SINGLE, "--seconds", "2", "--rounds", "2", "-o", path) as background:
        os.kill(background.child(), signal.SIGKILL)
        done = background.end()
    complaint(done, 1, "1 of 2 runs failed, the first one pf_shared/design=rwsem",
              "ended by signal 9")
    crash, = failed(path)
    assert crash["kind"] == "crash"
    first, second = load(path)["runs"]
    assert (first["exit"], first["trials"], first["cpus_seen"]) == (137, [], None)
    assert second["failure"] is None and second["trials"]


def test_out_of_memory_fails_a_run_and_not_the_session(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    done = run("run", *SHORT, "--threads", "1", "--rounds", "1", "--design", "rwsem", "--workload",
               "fork_storm,pf_shared", "--set", "vmas=1048576", "-o", path,
               preexec=limit(resource.RLIMIT_AS, 250 << 20))
    complaint(done, 4, "1 of 2 runs failed", "vmas=1048576", "out of memory; use fewer threads")
    failure, = failed(path)
    assert failure["kind"] == "environment" and "\n" not in failure["message"]


def test_threads_that_cannot_be_started(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    done = run("run", *SHORT, "--threads", "1,200", "--rounds", "1", "--design", "rwsem",
               "--workload", "pf_shared", "-o", path, preexec=limit(resource.RLIMIT_AS, 400 << 20))
    complaint(done, 4, "1 of 2 runs failed", "threads can be started", "use fewer --threads")
    failure, = failed(path)
    assert failure["kind"] == "environment"


def test_a_stopped_run_is_killed_after_its_deadline(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with Background("run", *SINGLE, "--seconds", "1", "--rounds", "1", "--deadline", "1",
                    "-o", path) as background:
        os.kill(background.child(), signal.SIGSTOP)
        done = background.end()
        assert not background.alive()
    complaint(done, 1, "1 of 1 runs failed", "no end within 1 s; killed")
    hang, = failed(path)
    assert hang == {"kind": "deadline", "message": "no end within 1 s; killed", "dump": None}


def test_a_hung_run_says_what_it_waits_for(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    done = run("run", *SINGLE, "--seconds", "60", "--rounds", "2", "--deadline", "1", "-o", path)
    complaint(done, 1, "2 of 2 runs failed", "no end within 1 s")
    for hang in failed(path):
        assert hang["kind"] == "deadline"
        for part in ("hung: no end after 1 s", "task ", "mmap_lock: count=", "mm_lock_seq: ",
                     "vm_lock_seq="):
            assert part in hang["dump"], hang["dump"]
