"""test_export_compare_py.py: Google Benchmark's own compare.py reads what we export."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_sim
from report import load_file
from report.formats import convert

Write = Callable[..., Path]

tool = Path("/usr/share/benchmark/compare.py")
pytestmark = pytest.mark.skipif(
    not tool.exists(), reason=f"{tool} is not there: install libbenchmark-tools"
)


def compare(write: Write, tmp_path: Path, base: Any, new: Any) -> str:
    """What compare.py prints of the two documents' exports."""
    paths = []
    for name, document in (("base", base), ("new", new)):
        paths.append(tmp_path / f"{name}.gbench.json")
        text = convert("gbench", load_file(write(document, f"{name}.json")))
        paths[-1].write_text(text, encoding="ascii")
    done = subprocess.run(
        [sys.executable, str(tool), "--no-color", "benchmarks", *map(str, paths)],
        capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def twice_as_fast(document: dict[str, Any]) -> dict[str, Any]:
    for run in document["runs"]:
        for trial in run["trials"]:
            trial["s"] /= 2
            if trial["cpu_s"] is not None:
                trial["cpu_s"] /= 2
    return document


@pytest.mark.parametrize("made", [synthetic.result, synthetic_sim.result], ids=["host", "sim"])
def test_it_finds_the_change(made: Callable[[], Any], write: Write, tmp_path: Path) -> None:
    """Failed runs are in both files; every good run of every configuration is compared."""
    document = made()
    out = compare(write, tmp_path, made(), twice_as_fast(made()))
    good = [run for run in document["runs"] if run["failure"] is None]
    changes = re.findall(r"^\w+/design=\S+\s+(-?\+?[0-9.]+)\s+(-?\+?[0-9.]+)\s", out, re.M)
    changes = [pair for pair in changes if "pvalue" not in pair]
    assert changes.count(("-0.5000", "-0.5000")) == len(good)
    assert "OVERALL_GEOMEAN" in out


def test_enough_rounds_are_tested(write: Write, tmp_path: Path) -> None:
    def made() -> dict[str, Any]:
        document = synthetic.result(threads=(1,), rounds=10)
        document["benchmarks"] = document["benchmarks"][:1]
        document["runs"] = [run for run in document["runs"] if run["bench"] == 0]
        return document

    out = compare(write, tmp_path, made(), twice_as_fast(made()))
    assert "U Test, Repetitions: 10 vs 10" in out and "WARNING" not in out
    found = re.search(r"_pvalue\s+(\S+)\s+(\S+)", out)
    assert found is not None and float(found[1]) < 0.001


def test_runs_without_cpu_time_are_passed_over(write: Write, tmp_path: Path) -> None:
    def made() -> dict[str, Any]:
        document = synthetic.result(threads=(1,), rounds=2)
        document["runs"][0]["trials"][1]["cpu_s"] = None
        return document

    out = compare(write, tmp_path, made(), made())
    name = made()["benchmarks"][0]["id"]
    assert len(re.findall(rf"^{re.escape(name)}\s", out, re.M)) == 1, "one of the two rounds"


def test_nothing_of_a_name_reaches_the_terminal(write: Write, tmp_path: Path) -> None:
    document = synthetic.result(threads=(1,), rounds=1)
    document["benchmarks"][0]["id"] = "\x1b[2J\x1b]0;x\x07<script>/../\x9b31m"
    out = compare(write, tmp_path, document, json.loads(json.dumps(document)))
    assert "%1B%5B2J" in out and all(c == "\n" or 32 <= ord(c) < 127 for c in out)
