"""test_fuzz.py: 20,000 damaged files end in a table or in one line, never otherwise.

A failing case is named by kind and seed: mutate.mutant(seed, base(kind)) is its file.
"""

from __future__ import annotations

import json
import signal
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Iterator

import pytest

import mutate
import synthetic
import synthetic_check
import synthetic_foreign
import synthetic_sim
from report import ReportError, load_file
from report.formats import convert, formats
from report.imports.source import SourceFile
from report.imports.sources import import_document, sources
from report.load import read_document
from report.load_text import read_text

bases: dict[str, Callable[[], dict[str, Any]]] = {
    "host": synthetic.result, "sim": synthetic_sim.result, "check": synthetic_check.result,
}
cases = {"host": 7000, "sim": 7000, "check": 6000}
longest_s = 20  # of one case; they take some milliseconds


def base(kind: str) -> bytes:
    """A small file of the kind, with a run that failed in it."""
    document = bases[kind]()
    document["benchmarks"] = document["benchmarks"][:2]
    runs = [run for run in document["runs"] if run["bench"] < 2]
    document["runs"] = [runs[0], runs[1], runs[-1]] if kind != "check" else runs
    document["session"]["complete"] = False
    if kind == "host":
        synthetic.fail(document["runs"][1], "crash", "signal 11")
    elif kind == "sim":
        synthetic_sim.fail(document["runs"][1], "signal 11")
    else:
        synthetic_check.fail(document["runs"][1]["check"], "deadlock", "both wait", "a/b:T01")
    return json.dumps(document).encode()


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A case that takes too long is a failure, not a test run that never ends."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"a file takes longer than {longest_s} s")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def check_line(error: ReportError) -> None:
    words = str(error)
    assert error.exit_code in (2, 4, 5) and "; " in words and len(words) < 2500
    assert all(32 <= ord(c) < 127 for c in words)


def outcome(path: Path, every_format: bool) -> int:
    """0 for a table, or the exit code; anything else is raised."""
    try:
        result = load_file(path)
    except ReportError as error:
        check_line(error)
        return error.exit_code
    names = formats if every_format else ("text",)
    for name in names:
        try:
            text = convert(name, result)
        except ReportError as error:  # not for files of this bench
            check_line(error)
            assert name != "text" and error.exit_code == 4
            continue
        assert all(c in "\r\n" or 32 <= ord(c) < 127 for c in text)
    return 0


@pytest.mark.parametrize("kind", cases)
def test_damaged_files(kind: str, tmp_path: Path) -> None:
    text, path = base(kind), tmp_path / "x.json"
    path.write_bytes(text)
    assert outcome(path, every_format=True) == 0, "the base itself is sound"
    seen: Counter[int] = Counter()
    for seed in range(cases[kind]):
        path.write_bytes(mutate.mutant(seed, text))
        signal.setitimer(signal.ITIMER_REAL, longest_s)
        try:
            seen[outcome(path, every_format=seed % 16 == 0)] += 1
        except Exception as error:
            raise AssertionError(f"{kind}, seed {seed}: {type(error).__name__}: {error}") from error
    assert set(seen) <= {0, 2, 4, 5} and sum(seen.values()) == cases[kind]
    # Mutants that are all refused at once, or not at all, would show nothing.
    assert seen[0] > cases[kind] / 20 and seen[2] > cases[kind] / 3
    assert seen[4] > cases[kind] / 100 and seen[5] > cases[kind] / 500


@pytest.mark.parametrize("name", sources)
def test_damaged_foreign_files(name: str, tmp_path: Path) -> None:
    """The same for what is imported: a document that the reader takes, or one line."""
    text, path = synthetic_foreign.texts()[name].encode(), tmp_path / "x.csv"
    when, seen = datetime(2024, 6, 1, tzinfo=timezone.utc), Counter()
    for seed in range(700):
        path.write_bytes(mutate.mutant(seed, text, values=name != "will-it-scale"))
        signal.setitimer(signal.ITIMER_REAL, longest_s)
        try:
            document = import_document(name, SourceFile("x", "x.csv", read_text(path), when))
            read_document(json.loads(json.dumps(document, allow_nan=False)), path, "x")
            seen[0] += 1
        except ReportError as error:
            check_line(error)
            seen[error.exit_code] += 1
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}: {type(error).__name__}: {error}") from error
    assert set(seen) <= {0, 2, 4, 5} and seen[0] > 50 and seen[2] > 50
