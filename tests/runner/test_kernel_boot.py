"""`faultline kernel boot` and `bisect`: what they refuse, and machines that end badly."""

from __future__ import annotations

import gzip
import os
import signal
import time
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from jsonschema import Draft202012Validator

from program import Background, complaint, load, run, wait_for

FAKE = Path(__file__).with_name("fake_qemu.py")


def kernel(path: Path, release: str) -> Path:
    """A file with the boot header of a bzImage."""
    head = bytearray(4096)
    head[0x1fe:0x200] = b"\x55\xaa"
    head[0x202:0x206] = b"HdrS"
    head[0x206:0x208] = b"\x0f\x02"
    head[0x20e:0x210] = b"\x00\x04"
    head[0x236:0x238] = b"\x3f\x00"
    text = f"{release} (me@here) #1 SMP\0".encode()
    head[0x600:0x600 + len(text)] = text
    path.write_bytes(head)
    return path


@pytest.fixture(name="base")
def a_base(tmp_path: Path) -> Path:
    return kernel(tmp_path / "base", "6.1.0-cost1000")


@pytest.fixture(name="new")
def a_contender(tmp_path: Path) -> Path:
    return kernel(tmp_path / "new", "6.12.0-cost1100")


def boot(folder: Path, *args: str | Path, behaviour: str = "good",
         timeout: float = 60) -> tuple[CompletedProcess[str], Path]:
    out = folder / "out.json"
    done = run("kernel", "boot", "--qemu", FAKE, "--workload", "pft,pf_private", "--seed", "1",
               "-o", out, *args, FAKE_QEMU=behaviour, timeout=timeout)
    return done, out


def refused(code: int, *parts: str, args: tuple[str | Path, ...]) -> None:
    complaint(run("kernel", "boot", *args), code, *parts, command="kernel")


def test_two_kernels_side_by_side(tmp_path: Path, base: Path, new: Path,
                                  validator: Draft202012Validator) -> None:
    done, out = boot(tmp_path, "--image", base, "--image", new, "--rounds", "4")
    assert done.returncode == 0, done.stderr
    result = load(out)
    validator.validate(result)
    assert result["session"]["bench"] == "kernel" and result["session"]["complete"] is True
    assert [s["role"] for s in result["subjects"]] == ["base", "contender"]
    assert [s["id"] for s in result["subjects"]] == ["6.1.0", "6.12.0"]
    assert [s["kernel"]["release"] for s in result["subjects"]] == [
        "6.1.0-cost1000", "6.12.0-cost1100"]
    assert all(b["params"]["accel"] == "icount" for b in result["benchmarks"])
    runs = {(r["round"], r["subject"], r["bench"]) for r in result["runs"]}
    assert len(runs) == len(result["runs"]) == 4 * 2 * 2
    firsts = {r["round"]: r["subject"] for r in result["runs"] if r["pos"] == 0}
    assert set(firsts.values()) == {0, 1}, "rounds alternate between the images"
    assert "+10.00 %" in done.stdout and "no\ncontention" in done.stdout


def test_the_report_reads_it(tmp_path: Path, base: Path, new: Path) -> None:
    _, out = boot(tmp_path, "--image", base, "--image", new)
    done = run("report", out, "--no-plots")
    assert done.returncode == 0, done.stderr
    assert "pft" in done.stdout


@pytest.mark.parametrize("behaviour, said", [
    ("panic", "panicked before the first run"),
    ("late panic", "panicked between two runs"),
    ("truncate", "ended in the middle of a frame"),
    ("damage", "sent a damaged stream: frame 2 does not have its checksum"),
])
def test_a_machine_that_ends_badly(tmp_path: Path, base: Path, behaviour: str, said: str) -> None:
    done, out = boot(tmp_path, "--image", base, "--rounds", "1", behaviour=behaviour)
    assert done.returncode == 1, done.stderr
    result = load(out)
    failures = [r["failure"] for r in result["runs"] if r["failure"]]
    assert {"panic": 2, "late panic": 1, "truncate": 0, "damage": 2}[behaviour] <= len(failures)
    assert len(result["runs"]) == 2 and result["session"]["complete"] is True
    if failures:
        assert all(f["kind"] == "boot" and said in f["message"] for f in failures), failures
        assert "Linux version 6" in failures[0]["dump"]
        if "panic" in behaviour:
            assert "Unable to mount root fs" in failures[0]["dump"]
    assert said in done.stderr


@pytest.mark.parametrize("behaviour", ["silent", "hang"])
def test_a_machine_that_hangs(tmp_path: Path, base: Path, behaviour: str) -> None:
    began = time.monotonic()
    done, out = boot(tmp_path, "--image", base, "--rounds", "1", "--deadline", "1",
                     "--boot-deadline", "1", behaviour=behaviour)
    assert time.monotonic() - began < 30
    assert done.returncode == 1, done.stderr
    failed = [r["failure"] for r in load(out)["runs"] if r["failure"]]
    words = "did not boot within 1 s" if behaviour == "silent" else "hung: no word for 1 s"
    assert len(failed) == (2 if behaviour == "silent" else 1)
    assert all(words in f["message"] for f in failed)


def test_one_kernel_that_panics_does_not_stop_the_other(tmp_path: Path, base: Path) -> None:
    bad = kernel(tmp_path / "bad", "6.1.0-panic")
    done, out = boot(tmp_path, "--image", base, "--image", bad, "--rounds", "2")
    assert done.returncode == 1
    result = load(out)
    assert {(r["subject"], r["failure"] is None) for r in result["runs"]} == {(0, True), (1, False)}
    assert [s["id"] for s in result["subjects"]] == ["kernel-0", "kernel-1"], "both are 6.1.0"


def test_qemu_refuses(tmp_path: Path, base: Path) -> None:
    done, _ = boot(tmp_path, "--image", base, behaviour="refuse")
    complaint(done, 4, "cannot set up guest memory", command="kernel")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_machine_is_left_behind(tmp_path: Path, base: Path, new: Path, end: int,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    pids = tmp_path / "pids"
    pids.touch()
    out = tmp_path / "out.json"
    args = ("kernel", "boot", "--qemu", FAKE, "--workload", "pft", "--image", base, "--image", new,
            "-o", out)
    monkeypatch.setenv("FAKE_QEMU", "silent")
    monkeypatch.setenv("FAKE_QEMU_PIDS", str(pids))
    with Background(*args) as background:
        wait_for(lambda: len(pids.read_text(encoding="utf-8").split()) == 2)
        started = [int(pid) for pid in pids.read_text(encoding="utf-8").split()]
        assert all(Path(f"/proc/{pid}").exists() for pid in started)
        os.kill(background.process.pid, end)
        background.process.wait(20)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
        assert background.process.returncode == (130 if end == signal.SIGTERM else -end)


def test_files_that_are_no_kernel(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("hello\n" * 1000, encoding="utf-8")
    arm = tmp_path / "arm"
    arm.write_bytes(b"\0" * 0x38 + b"ARM\x64" + b"\0" * 4000)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(os.urandom(5000)))
    for image, words in ((text, "is no kernel"), (arm, "arm64"), (packed, "gzip"),
                         (tmp_path / "absent", "cannot read"), (tmp_path, "bzImage"),
                         ("debian:x y", "no version")):
        refused(2, words, args=("--image", image, "--qemu", FAKE))
    refused(2, "no kernel is given", args=("--qemu", FAKE))


@pytest.mark.parametrize("args, code, words", [
    (("--accel", "hvf"), 2, "choose kvm, tcg or icount"),
    (("--cpus", "2"), 2, "one CPU"),
    (("--memory", "16"), 2, "at least 128"),
    (("--memory", "99999999"), 4, "this host has"),
    (("--qemu", "qemu-system-none"), 4, "install QEMU"),
    (("--ops", "5", "--seconds", "1"), 2, "one or the other"),
    (("--workload", "pfft"), 2, "pft"),
    (("--mode", "both"), 2, "there are threads, processes"),
    (("--rounds", "0"), 2, "out of range"),
    (("--threads", "0"), 2, "out of range"),
])
def test_bad_values(base: Path, args: tuple[str, ...], code: int, words: str) -> None:
    qemu = () if "--qemu" in args else ("--qemu", FAKE)
    refused(code, words, args=("--image", base, *qemu, *args))


def test_no_permission_for_kvm(tmp_path: Path, base: Path) -> None:
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("this user may use /dev/kvm")
    refused(4, "/dev/kvm", "--accel icount", args=("--image", base, "--accel", "kvm"))


def test_a_configuration_without_what_is_needed(tmp_path: Path, base: Path) -> None:
    (tmp_path / "config-6.1.0-cost1000").write_text("CONFIG_64BIT=y\n", encoding="ascii")
    refused(4, "CONFIG_BLK_DEV_INITRD", args=("--image", base, "--qemu", FAKE))


def test_no_apt(tmp_path: Path) -> None:
    done = run("kernel", "boot", "--image", "debian:6.12", "--qemu", FAKE,
               PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    # Without PATH the fake QEMU is never started, and apt is looked for first.
    complaint(done, 4, "there is no apt here", command="kernel")


def test_a_kernel_from_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "faultline/kernels/linux-image-6.12.3-cloud-amd64/boot"
    folder.mkdir(parents=True)
    kernel(folder / "vmlinuz-6.12.3-cost5", "6.12.3-cost5")
    done = run("kernel", "boot", "--image", "debian:6.12.3", "--qemu", FAKE, "--workload", "pft",
               "-o", tmp_path / "out.json", PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert load(tmp_path / "out.json")["subjects"][0]["image"]["source"] == "debian"


def tree(folder: Path, release: str) -> Path:
    (folder / "arch/x86/boot").mkdir(parents=True)
    kernel(folder / "arch/x86/boot/bzImage", release)
    return folder


def bisect(*args: str | Path, **env: str) -> CompletedProcess[str]:
    return run("kernel", "bisect", "--qemu", FAKE, "--workload", "pft", *args, **env)


def test_bisect_a_list(tmp_path: Path) -> None:
    costs = (1000, 1001, 999, 1050, 1060, 1055)
    files = [kernel(tmp_path / f"k{i}", f"6.{i}.0-cost{cost}") for i, cost in enumerate(costs)]
    between = [word for one in files[1:-1] for word in ("--image", one)]
    done = bisect("--good", files[0], "--bad", files[-1], *between)
    assert done.returncode == 1, done.stderr
    assert "first bad: 6.3.0-cost1050" in done.stdout
    done = bisect("--good", files[0], "--bad", files[-1], *between, "--threshold", "20%")
    assert done.returncode == 0 and "nothing to find" in done.stdout
    broken = kernel(tmp_path / "broken", "6.9.0-panic")
    done = bisect("--good", files[0], "--image", broken, "--bad", files[-1])
    assert done.returncode == 3 and "among 6.9.0-panic, 6.5.0-cost1055" in done.stdout


def test_bisect_a_tree(tmp_path: Path, base: Path) -> None:
    for release, code in (("6.2.0-cost1001", 0), ("6.2.1-cost1010", 1), ("6.2.2-panic", 125)):
        folder = tree(tmp_path / release, release)
        done = bisect("--good", base, "--tree", folder)
        assert done.returncode == code, (release, done.stdout, done.stderr)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert bisect("--good", base, "--tree", empty).returncode == 125
    # What says nothing of a commit must not be taken for bad.
    assert bisect("--good", tmp_path / "absent", "--tree", empty).returncode == 255
    assert bisect("--good", base, "--tree", empty, FAKE_QEMU="refuse").returncode == 255


def test_bisect_wants_both_ends(base: Path) -> None:
    for args in ((), ("--good", base), ("--good", base, "--bad", base, "--threshold", "much")):
        complaint(bisect(*args), 2, command="kernel")
    done = bisect("--good", base, "--bad", base, "--tree", base)
    assert done.returncode == 255 and "--bad" in done.stderr
