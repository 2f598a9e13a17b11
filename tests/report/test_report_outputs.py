"""test_report_outputs.py: plots and the Google Benchmark export."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from pathlib import Path
from typing import Any, Callable

import synthetic
from report.load import load_result
from report.plots import plot_throughput, save_figure

Program = Callable[..., "subprocess.CompletedProcess[str]"]
Write = Callable[..., Path]


def strict(text: str) -> Any:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_report_leaves_table_and_plots(program: Program, write: Write, tmp_path: Path) -> None:
    done = program("report", write(synthetic.result()))
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "session"
    assert (folder / "table.txt").read_text(encoding="ascii") == done.stdout
    svg = (folder / "throughput.svg").read_text(encoding="utf-8")
    lines = re.findall(r'id="(line-[^"]+)"', svg)
    assert len(set(lines)) == len(synthetic.workloads) * len(synthetic.designs)
    bands = re.findall(r'id="(band-[^"]+)"', svg)
    assert len(set(bands)) == len(set(lines))
    assert "measured" in svg and "Synthetic CPU 9000" in svg
    png = (folder / "throughput.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and width > 1000 and height > 600


def test_plots_are_the_same_each_time(write: Write, tmp_path: Path) -> None:
    result = load_result(write(synthetic.result(threads=(1, 2), rounds=2)))
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save_figure(plot_throughput(result), tmp_path / name, "throughput")
        texts.append((tmp_path / name / "throughput.svg").read_bytes())
    assert texts[0] == texts[1]


def test_single_thread_data_can_be_drawn(write: Write, tmp_path: Path) -> None:
    result = load_result(write(synthetic.result(threads=(1,), rounds=2)))
    assert all(path.is_file() for path in save_figure(plot_throughput(result), tmp_path, "t"))


def test_several_files_get_a_folder_each(program: Program, write: Write, tmp_path: Path) -> None:
    files = [write(synthetic.result(rounds=1), name) for name in ("a.json", "b.json")]
    done = program("report", *files, "--no-plots", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "a" / "table.txt").is_file()
    assert (tmp_path / "out" / "b" / "table.txt").is_file()


def test_gbench_golden(program: Program, write: Write, golden: Callable[[str, str], None]) -> None:
    done = program("export", "--format", "gbench", write(synthetic.result(threads=(2,), rounds=2)))
    assert done.returncode == 0, done.stderr
    golden("gbench.json", done.stdout)


def test_gbench_is_strict_and_complete(program: Program, write: Write, tmp_path: Path) -> None:
    value = synthetic.result(rounds=2)
    out = tmp_path / "out.json"
    done = program("export", "--format", "gbench", write(value), "-o", out)
    assert done.returncode == 0, done.stderr
    exported = strict(out.read_text(encoding="utf-8"))
    assert len(exported["benchmarks"]) == len(value["runs"])
    failed = [row for row in exported["benchmarks"] if row.get("error_occurred")]
    assert len(failed) == sum(run["failure"] is not None for run in value["runs"])
    good = next(row for row in exported["benchmarks"] if not row.get("error_occurred"))
    assert good["run_type"] == "iteration" and good["items_per_second"] > 0
    # real_time is the time of one operation
    assert abs(good["real_time"] * 1e-9 * good["items_per_second"] - 1) < 1e-6


def test_formats_golden(program: Program, golden: Callable[[str, str], None]) -> None:
    golden("formats.json", program("formats", "--json").stdout)
