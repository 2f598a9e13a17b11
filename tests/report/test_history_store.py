"""test_history_store.py: the store takes each session once and never changes; the index follows."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
import synthetic_sim
from gate_sessions import session, set_commit
from history_stores import Kept
from report.history.index import index_name, read_index
from report.history.store import stored_files

Faultline = Callable[..., Any]


@pytest.fixture
def add(
    write: Callable[..., Path], faultline: Faultline, tmp_path: Path
) -> Callable[..., Any]:
    """add(document, name) puts a document into tmp_path/store."""

    def run(document: Any, name: str = "session.json") -> Any:
        return faultline("history", "add", write(document, name), "--store", tmp_path / "store")

    return run


def files_in(tmp_path: Path) -> dict[str, bytes]:
    store = tmp_path / "store"
    return {p.relative_to(store).as_posix(): p.read_bytes() for p in stored_files(store)}


def test_a_session_gets_the_name_of_machine_commit_and_session(
    add: Callable[..., Any], tmp_path: Path
) -> None:
    document = session(1, commit="ab" * 20)
    done = add(document)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(": added\n")
    [(name, data)] = files_in(tmp_path).items()
    machine = document["machine"]["id"]
    assert name == f"{machine}/abababababab-20261122T000001Z-00000001.json.gz"
    assert json.loads(gzip.decompress(data)) == document


def test_adding_again_changes_nothing(
    add: Callable[..., Any], tmp_path: Path, write: Callable[..., Path], faultline: Faultline
) -> None:
    add(session(1))
    before = files_in(tmp_path)
    [path] = [tmp_path / "store" / name for name in before]
    time = path.stat().st_mtime_ns
    done = add(session(1))
    assert done.code == 0 and "there already" in done.out
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(session(1)).encode(), 1))
    done = faultline("history", "add", packed, "--store", tmp_path / "store")
    assert done.code == 0 and "there already" in done.out, "packed otherwise, the same session"
    assert files_in(tmp_path) == before and path.stat().st_mtime_ns == time


def test_another_content_under_the_same_name_is_refused(
    add: Callable[..., Any], tmp_path: Path
) -> None:
    add(session(1, commit="a" * 40))
    before = files_in(tmp_path)
    other = session(1, commit="a" * 40)
    other["runs"][0]["trials"][-1]["ops"] += 1
    done = add(other)
    assert done.code == 2
    assert "is there with another content" in done.err and done.err.count("\n") == 1
    assert files_in(tmp_path) == before


def test_the_same_files_give_the_same_bytes(
    write: Callable[..., Path], faultline: Faultline, tmp_path: Path
) -> None:
    path = write(session(1), "s.json")
    for name in ("one", "two"):
        faultline("history", "add", path, "--store", tmp_path / name)
    [one], [two] = stored_files(tmp_path / "one"), stored_files(tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


def test_simulations_and_unknown_commits_have_names_too(
    add: Callable[..., Any], tmp_path: Path
) -> None:
    document = session(2)
    set_commit(document, None)
    add(document)
    add(synthetic_sim.result(), "sim.json")
    commit = synthetic.hexes(12, "commit")
    assert sorted(files_in(tmp_path)) == [
        f"{document['machine']['id']}/unknown-20261122T000002Z-00000002.json.gz",
        f"toy-2s/{commit}-20261122T130107Z-00c0ffee.json.gz",
    ]


def incomplete() -> dict[str, Any]:
    document = session(1)
    document["session"]["complete"] = False
    return document


def test_standard_input_is_no_file_to_keep(faultline: Faultline, tmp_path: Path) -> None:
    done = faultline("history", "add", "-", "--store", tmp_path / "store")
    assert done.code == 2 and done.err.count("\n") == 1


def named(machine: str) -> dict[str, Any]:
    document = synthetic_sim.result()
    document["simulated_machine"]["name"] = machine
    return document


@pytest.mark.parametrize("document, code", [
    (incomplete(), 2), ("{", 2), (synthetic_check.result(), 4),
    (named("../../escape"), 2), (named(".hidden"), 2), (named("a/b"), 2), (named(""), 2),
])
def test_what_does_not_belong_into_the_store_is_refused(
    add: Callable[..., Any], tmp_path: Path, document: Any, code: int
) -> None:
    done = add(document)
    assert done.code == code
    assert done.err.count("\n") == 1
    assert not (tmp_path / "store").exists()
    assert not list(tmp_path.glob("**/escape*"))


def test_imported_sessions_are_kept_and_called_so(
    faultline: Faultline, tmp_path: Path
) -> None:
    golden = Path(__file__).with_name("golden") / "gbench.json"
    files = []
    for number, factor in enumerate((1.0, 1.5)):
        document = json.loads(golden.read_text())
        for row in document["benchmarks"]:
            row["real_time"] *= factor
        source = tmp_path / f"{number}.gbench.json"
        source.write_text(json.dumps(document))
        files.append(tmp_path / f"{number}.json")
        assert faultline("import", "--from", "gbench", source, "-o", files[-1]).code == 0
    store = tmp_path / "store"
    assert faultline("history", "add", *files, "--store", store).code == 0
    shown = faultline("history", "show", "--store", store).out
    assert "faultline history: 2 sessions, imported from gbench" in shown
    assert "measured, not simulated" not in shown and "epoch from" not in shown


def test_the_index_is_derived_and_may_be_deleted(tmp_path: Path) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(3)
    first = read_index(kept.store)
    text = (kept.store / index_name).read_text()
    assert len(first.entries) == 3 and len(first.configs) == 4
    again = read_index(kept.store)
    assert again == first
    (kept.store / index_name).unlink()
    assert read_index(kept.store) == first
    assert (kept.store / index_name).read_text() == text


def test_the_index_follows_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from report.history import index as module

    kept = Kept(tmp_path, with_git=False)
    kept.fill(3)
    read_index(kept.store)
    read: list[Path] = []
    load = module.load_file
    monkeypatch.setattr(module, "load_file", lambda path: read.append(path) or load(path))
    kept.fill(1)
    assert len(read_index(kept.store).entries) == 4
    assert len(read) == 1, "only the new file is read"
    stored_files(kept.store)[0].touch()
    read_index(kept.store)
    assert len(read) == 1, "another time with the same bytes is the same file"
    stored_files(kept.store)[0].unlink()
    assert len(read_index(kept.store).entries) == 3


def test_many_files_are_read_by_several_processes_to_the_same_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from report.history import index as module

    kept = Kept(tmp_path, with_git=False)
    kept.fill(5)
    stored_files(kept.store)[2].write_bytes(b"not gzip")
    alone = read_index(kept.store)
    (kept.store / index_name).unlink()
    monkeypatch.setattr(module, "many", 2)
    assert read_index(kept.store) == alone
    assert len(alone.entries) == 4 and len(alone.problems) == 1
    assert "reading 5 sessions into" in capsys.readouterr().err


@pytest.mark.parametrize("text", [
    "", "{", "[]", '{"version": 99}', '{"version": 1}',
    '{HEAD, "configs": [{}], "versions": [], "sessions": []}',
    '{HEAD, "configs": [], "versions": [], "sessions": [{"file": "x"}]}',
    '{HEAD, "configs": [], "versions": [], "sessions": 3}', "\xff",
])
def test_a_damaged_index_is_made_again(tmp_path: Path, text: str) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(2)
    sound = read_index(kept.store)
    path = kept.store / index_name
    begin = path.read_text()[1:].split(', "configs"')[0].split(',"configs"')[0]
    path.write_text(text.replace("HEAD", begin), encoding="latin-1")
    assert read_index(kept.store) == sound


def test_a_new_metric_makes_the_index_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from report.metrics import metrics

    kept = Kept(tmp_path, with_git=False)
    kept.fill(2)
    jain = metrics["jain"]
    monkeypatch.delitem(metrics, "jain")
    assert "jain" not in read_index(kept.store).entries[0].cells[1].values
    monkeypatch.setitem(metrics, "jain", jain)
    assert "jain" in read_index(kept.store).entries[0].cells[1].values


def test_numbers_that_are_none_make_the_index_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(2)
    sound = read_index(kept.store)
    path = kept.store / index_name
    document = json.loads(path.read_text())
    document["sessions"][0]["cells"][0][3]["throughput"][0] = float("nan")
    path.write_text(json.dumps(document))
    assert read_index(kept.store) == sound


def test_an_unsound_file_in_the_store_is_left_out_and_named(
    tmp_path: Path, faultline: Faultline
) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(2)
    broken = stored_files(kept.store)[0]
    broken.write_bytes(b"not gzip")
    done = faultline("history", "show", "--store", kept.store)
    assert done.code == 0
    assert "1 session," in done.out
    assert f"left out: {broken}" in done.err and done.err.count("\n") == 1


def test_what_else_lies_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(1)
    published = kept.store / "2026-11-23-epyc-2cpu"
    published.mkdir()
    (published / "run.json").write_text("{}")
    (kept.store / "README.md").write_text("words")
    assert len(stored_files(kept.store)) == 1


def test_a_store_that_cannot_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    kept = Kept(tmp_path, with_git=False)
    kept.fill(1)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    assert len(read_index(kept.store).entries) == 1
    assert not list(kept.store.glob(".*part")) and not (kept.store / index_name).exists()


many = """
import resource, sys
sys.path[:0] = sys.argv[1:3]
from report.history.index import Cell, Entry, Index, to_json, write_json
from report.history.series import history_frame, history_series
from report.result import Benchmark
from pathlib import Path
store = Path(sys.argv[3])
index = Index(store)
configs = [index.number(Benchmark(0, "", "w", "fault", dict(workload=f"w{w}", design=d,
           placement="none", threads=t), False, "", [], None))
           for w in range(5) for d in "abcd" for t in (1, 2, 4)]
folder = store / "0123456789abcdef"
folder.mkdir(parents=True)
for i in range(1000):
    path = folder / f"{i:012x}-20260101T000000Z-{i:08x}.json.gz"
    path.write_bytes(b"")
    status = path.stat()
    cells = tuple(Cell(c, "v", 12, {m: (1e6 + (i * 7919 + c) % 1000, 9e5, 2e6)
                                    for m in ("throughput", "cpu_throughput")})
                  for c in configs)
    index.entries.append(Entry(path.relative_to(store).as_posix(), 0, status.st_mtime_ns, "",
                               folder.name, "CPU", f"s{i}",
                               f"2026-01-01T00:{i // 60:02}:{i % 60:02}.000Z", "host",
                               f"{i:040x}", False, (("bench", "host"),), cells))
write_json(store / "index.json", to_json(index))
del index
series = history_series(store, changes=False)
frame = history_frame(series)
print(len(series), len(frame), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_thousand_sessions_of_sixty_configurations_fit_into_300_mib(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", many, str(root), str(Path(__file__).parent),
         str(tmp_path / "store")], check=True, capture_output=True, text=True)
    series, points, mebibytes = map(int, done.stdout.split())
    assert (series, points) == (60, 60_000)
    assert mebibytes < 300
