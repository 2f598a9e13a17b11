"""test_import_command.py: `faultline import` from the command line, and what can follow it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_foreign as foreign
from report import load_result
from report.formats import convert, formats
from report.imports.sources import sources

Write = Callable[..., Path]
Faultline = Callable[..., Any]

files = {"gbench": "bm.json", "will-it-scale": "page_fault1.csv", "lockhammer": "lh.json"}


@pytest.mark.parametrize("name", sources)
def test_imported_files_are_shown_and_exported(
    name: str, write: Write, faultline: Faultline, tmp_path: Path
) -> None:
    path, out = write(foreign.texts()[name], files[name]), tmp_path / "out.json"
    done = faultline("import", "--from", name, path, "-o", out)
    assert (done.code, done.err) == (0, "") and f"imported from {name}" in done.out
    text = faultline("export", "--format", "text", out).out
    flat = " ".join(text.split())
    assert f"imported from {files[name]} ({name}), measured by another program" in flat
    assert "bare metal" not in flat and "seed" not in flat and "Nothing is known of their" in flat
    for kind, one in formats.items():
        if one.write is not None:
            assert convert(kind, load_result(out)).isascii()


def test_the_same_source_gives_the_same_bytes(
    write: Write, faultline: Faultline, tmp_path: Path
) -> None:
    path = write(foreign.will_it_scale(), "brk1.csv")
    os.utime(path, (1717243200, 1717243200))
    for name in ("a.json.gz", "b.json.gz"):
        assert faultline("import", "--from", "will-it-scale", path, "-o", tmp_path / name).code == 0
    one, other = ((tmp_path / name).read_bytes() for name in ("a.json.gz", "b.json.gz"))
    assert one == other and json.loads(gzip.decompress(one))["schema_version"] == "1.5"
    assert load_result(tmp_path / "a.json.gz").session.started == "2024-06-01T12:00:00.000Z"


def test_an_export_comes_back(write: Write, faultline: Faultline, tmp_path: Path) -> None:
    """What went out as Google Benchmark JSON comes in with the same rates."""
    document = synthetic.result(threads=(1, 3), rounds=2)
    document["runs"][0]["trials"][1]["cpu_s"] = None
    path, middle, back = write(document), tmp_path / "x.gbench.json", tmp_path / "back.json"
    assert faultline("export", "--format", "gbench", path, "-o", middle).code == 0
    assert faultline("import", "--from", "gbench", middle, "-o", back).code == 0
    before, after = load_result(path), load_result(back)
    assert len(before.runs) == len(after.runs) and len(after.failed_runs) == 2
    for one, other in zip(sorted_runs(before), sorted_runs(after)):
        assert (one.failure is None) == (other.failure is None)
        assert one.benchmark.params.items() >= {
            key: other.benchmark.params[key] for key in ("design", "placement", "threads")
        }.items()
        for trial, copy in zip(one.measured, other.measured):
            assert copy.ops / copy.s == pytest.approx(trial.ops / trial.s)
            assert copy.cpu_s == (trial.cpu_s and pytest.approx(trial.cpu_s))


def sorted_runs(result: Any) -> list[Any]:
    return sorted(result.runs, key=lambda run: (run.benchmark.id, run.round))


@pytest.mark.parametrize("arguments, code, words", [
    (["--from", "gbench"], 2, "required: -o"),
    (["--from", "perf", "-o", "x"], 2, "invalid choice: 'perf'"),
    (["--from", "gbench", "-o", "/nowhere/x.json"], 2, "cannot write /nowhere/x.json"),
    (["--from", "lockhammer", "-o", "x.json"], 2, "results is missing; give a file as"),
    (["--from", "gbench", "-o", "x", "--date", "yesterday"], 2, "--date yesterday is no date"),
    (["--from", "gbench", "-o", "x", "--date", "0001-01-01"], 2, "is no date"),
    (["--from", "gbench", "-o", "x", "--workload", "w"], 2, "--workload says what a file of gb"),
])
def test_wrong_use(
    arguments: list[str], code: int, words: str, write: Write, faultline: Faultline,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write(foreign.texts()["gbench"], "bm.json")
    monkeypatch.chdir(tmp_path)
    done = faultline("import", path, *arguments)
    assert (done.code, done.out) == (code, "") and words in done.err
    assert done.err.count("\n") == 1 and [p.name for p in tmp_path.iterdir()] == ["bm.json"]


@pytest.mark.parametrize("text, wanted", [
    ("2024-05-31", "2024-05-31T00:00:00.000Z"), ("2024-05-31T12:00", "2024-05-31T12:00:00.000Z"),
    ("2024-05-31T12:00:00+02:00", "2024-05-31T10:00:00.000Z"),
    ("2024-05-31T12:00:00Z", "2024-05-31T12:00:00.000Z"),
])
def test_dates(
    text: str, wanted: str, write: Write, faultline: Faultline, tmp_path: Path
) -> None:
    path = write(foreign.will_it_scale(), "brk1.csv")
    done = faultline("import", "--from", "will-it-scale", path, "--date", text,
                     "-o", tmp_path / "x.json")
    assert done.code == 0 and load_result(tmp_path / "x.json").session.started == wanted


def test_when_every_run_failed_nothing_is_written(
    write: Write, faultline: Faultline, tmp_path: Path
) -> None:
    document = foreign.gbench()
    document["benchmarks"] = document["benchmarks"][-1:]
    done = faultline("import", "--from", "gbench", write(document, "bm.json"), "-o",
                     tmp_path / "x.json")
    assert done.code == 5 and "all 1 runs failed (the first: imported: no lock)" in done.err
    assert not (tmp_path / "x.json").exists()


@pytest.fixture
def nameless(write: Write, faultline: Faultline, tmp_path: Path) -> Callable[..., Path]:
    """nameless(file, options...): an imported file of will-it-scale, which names no machine."""

    def make(file: str, *options: str) -> Path:
        source = write(foreign.will_it_scale(), "brk1.csv")
        done = faultline("import", "--from", "will-it-scale", source, "-o", tmp_path / file,
                         *options)
        assert done.code == 0
        return tmp_path / file

    return make


def test_two_unknown_machines_are_not_one(
    nameless: Callable[..., Path], faultline: Faultline, tmp_path: Path
) -> None:
    old, new = nameless("old.json", "--label", "v6.12"), nameless("new.json", "--label", "v6.13")
    done = faultline("compare", old, new)
    assert done.code == 0
    assert f"{old}: the machine is not known" in done.err
    known = nameless("known.json", "--machine", "box1")
    mixed = faultline("compare", old, known)
    assert mixed.code == 4 and f"{old} does not say of what machine it is" in mixed.err
    assert faultline("compare", old, known, "--across-machines").code == 0
    for refused in (faultline("gate", old, new), faultline("gate", known, new),
                    faultline("history", "add", new, "--store", tmp_path / "store")):
        assert refused.code == 4 and refused.err.count("\n") == 1
        assert "does not say of what machine it is" in refused.err
    kept = nameless("kept.json", "--machine", "box1", "--label", "v6.13", "--date", "2024-06-02")
    assert faultline("gate", known, kept).code in (0, 3)
    assert "not known" not in faultline("compare", known, kept).err
