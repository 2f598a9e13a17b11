"""The commands as a user meets them: what they write, where, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
from report import load_result, throughput_table

Write = Callable[..., Path]
Program = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]
written = ["table.txt", "throughput.png", "throughput.svg"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small(write: Write) -> Path:
    return write(synthetic.result(threads=(1, 2), rounds=2), "results/x.json")


def test_files_go_beside_the_result(small: Path, faultline: Callable[..., Any]) -> None:
    done = faultline("report", small)
    assert (done.code, done.err) == (0, "")
    assert done.out == throughput_table(load_result(small))
    folder = small.parent / "x"
    assert names(folder) == written and (folder / "table.txt").read_text("ascii") == done.out


def test_folder_of_ones_own(small: Path, tmp_path: Path, faultline: Callable[..., Any]) -> None:
    folder = tmp_path / "deep" / "plots"
    assert faultline("report", small, "-o", folder, "--no-html").code == 0
    assert names(folder) == written and names(small.parent) == ["x.json"]


def test_without_plots(small: Path, faultline: Callable[..., Any]) -> None:
    assert faultline("report", "--no-plots", small).code == 0
    assert names(small.parent / "x") == ["table.txt"]


def test_a_file_without_suffix_gets_another_folder(
    write: Write, faultline: Callable[..., Any]
) -> None:
    path = write(synthetic.result(threads=(1,), rounds=1), "session")
    assert faultline("report", "--no-plots", path).code == 0
    assert names(path.with_name("session.report")) == ["table.txt"]


def test_several_files(
    small: Path, write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    other = write(synthetic.result(threads=(1,), rounds=1), "y.json")
    done = faultline("report", "--no-plots", small, other, "-o", tmp_path / "o")
    tables = [throughput_table(load_result(path)) for path in (small, other)]
    assert done.code == 0 and done.out == "\n".join(tables)
    for stem, table in zip("xy", tables):
        assert (tmp_path / "o" / stem / "table.txt").read_text("ascii") == table


def test_a_bad_file_among_good_ones_stops_all(
    small: Path, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    done = faultline("report", small, tmp_path / "none.json")
    assert done.code == 2 and done.out == "" and names(small.parent) == ["x.json"]


def test_two_files_may_not_share_a_folder(
    small: Path, write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    twin = write(synthetic.result(threads=(1,), rounds=1), "other/x.json")
    done = faultline("report", small, twin, "-o", tmp_path / "o")
    assert done.code == 2 and "would both be written to" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("arguments, words", [
    ([], "the following arguments are required: COMMAND"),
    (["report"], "the following arguments are required: FILE"),
    (["report", "x.json", "--loud"], "unrecognized arguments: --loud"),
    (["export", "x.json"], "required: --format"),
    (["export", "--format", "pdf", "x.json"], "'pdf' (choose from 'benchfmt', 'bmf', 'csv', "
     "'custom', 'gbench', 'markdown', 'text')"),
    (["dance"], "invalid choice: 'dance'"),
], ids=str)
def test_wrong_use_is_one_line(
    arguments: list[str], words: str, faultline: Callable[..., Any]
) -> None:
    done = faultline(*arguments)
    assert done.code == 2 and done.out == ""
    assert words in done.err and "--help" in done.err and done.err.count("\n") == 1
    assert done.err.startswith("faultline ")


@pytest.mark.parametrize("command", ["report", "export", "formats"])
def test_help(command: str, faultline: Callable[..., Any]) -> None:
    done = faultline(command, "--help")
    assert done.code == 0 and done.out.startswith(f"usage: faultline {command} ")
    assert "exit codes: 0 all right" in done.out
    assert command == "formats" or f"  faultline {command} " in done.out.split("examples:")[1]


def test_from_any_folder_and_locale(write: Write, program: Program) -> None:
    value = synthetic.result(threads=(1,), rounds=1)
    value["machine"]["cpu"]["model"] = "Caf\u00e9 CPU"
    path = write(json.dumps(value, ensure_ascii=False))
    done = program("report", "--no-plots", "session.json", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == throughput_table(load_result(path)) and "Caf\\xe9 CPU" in done.stdout


def test_without_matplotlib_the_table_is_still_there(
    small: Path, tmp_path: Path, program: Program
) -> None:
    broken = tmp_path / "broken" / "matplotlib"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no matplotlib here')\n")
    path = f"{broken.parent}{os.pathsep}{ROOT}"
    done = program("report", small, PYTHONPATH=path)
    assert done.returncode == 4 and done.stdout == throughput_table(load_result(small))
    assert "cannot draw (no matplotlib here); install" in done.stderr
    assert done.stderr.count("\n") == 1
    assert program("report", "--no-plots", small, PYTHONPATH=path).returncode == 0


def test_a_reader_that_goes_away(small: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "report", "report", "--no-plots", str(small)], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 0


def test_help_loads_neither_the_reader_nor_a_library() -> None:
    """What --help imports is what it takes: everybody waits for it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "report", "compare", "--help"], cwd=ROOT,
        text=True, capture_output=True, check=True, timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "report.commands.comparing" in loaded
    assert not loaded & {"numpy", "scipy", "pandas", "matplotlib", "report.load",
                         "report.exports.markdown"}
