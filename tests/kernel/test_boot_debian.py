"""Two real kernels of Debian, booted by emulation: the whole way, and that its figures repeat.

Skipped where there is no QEMU, or where Debian's packages cannot be had.
"""

from __future__ import annotations

import statistics
import sys
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "runner"))

from program import load, result_schema, run

IMAGES = ("debian:6.1", "debian:6.12")
WORKLOADS = ("pft", "mmap_munmap", "mprotect_same_vma")
SPREAD_MAX = 0.002
TIMEOUT_S = 900
"""About a minute with two CPUs for oneself."""


def left_behind(mark: str) -> list[str]:
    """Processes that have the mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "comm").read_text(encoding="ascii").strip())
        except OSError:
            pass
    return found


@pytest.fixture(name="booted", scope="module")
def two_kernels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of two rounds of two kernels."""
    path = tmp_path_factory.mktemp("boot") / "boot.json"
    mark = str(uuid.uuid4())
    images = [word for image in IMAGES for word in ("--image", image)]
    done = run("kernel", "boot", *images, "--workload", ",".join(WORKLOADS), "--rounds", "2",
               "-o", path, timeout=TIMEOUT_S, FAULTLINE_TEST_MARK=mark)
    if done.returncode == 4 and not path.exists():
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert left_behind(mark) == []
    return load(path)


def costs(result: dict[str, Any]) -> dict[tuple[str, str], list[float]]:
    """Instructions of an operation: (workload, release) to one figure for each boot."""
    found = defaultdict(list)
    for one in result["runs"]:
        workload = result["benchmarks"][one["bench"]]["params"]["workload"]
        release = result["subjects"][one["subject"]]["kernel"]["release"]
        found[workload, release].append(statistics.median(
            1e9 * trial["s"] / trial["ops"] for trial in one["trials"] if not trial["warmup"]))
    return found


def test_the_result_follows_the_schema(booted: dict[str, Any]) -> None:
    Draft202012Validator(result_schema()).validate(booted)
    assert booted["session"]["complete"] is True
    assert len(booted["runs"]) == 2 * len(IMAGES) * len(WORKLOADS)
    assert all(one["failure"] is None for one in booted["runs"])
    releases = [subject["kernel"]["release"] for subject in booted["subjects"]]
    assert [release.split("-")[0].split("+")[0].split(".")[:2] for release in releases] == [
        ["6", "1"], ["6", "12"]]
    assert {one["boot"]["port"] for one in booted["runs"]} == {"virtio-serial"}
    assert all(one["boot"]["quiet_s"] is not None for one in booted["runs"])


def test_instructions_repeat_from_boot_to_boot(booted: dict[str, Any]) -> None:
    found = costs(booted)
    assert len(found) == len(IMAGES) * len(WORKLOADS)
    for key, values in found.items():
        spread = (max(values) - min(values)) / statistics.median(values)
        assert spread <= SPREAD_MAX, (key, values)


def test_figures_are_those_of_a_fault(booted: dict[str, Any]) -> None:
    for (workload, release), values in costs(booted).items():
        least, most = (1000, 20_000) if workload == "pft" else (2000, 100_000)
        assert all(least < value < most for value in values), (workload, release, values)
