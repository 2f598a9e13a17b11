"""test_plots_command.py: `faultline plot`: files in every format, and bad input in one line."""

from __future__ import annotations

import copy
import struct
from pathlib import Path
from typing import Any, Callable
from xml.etree import ElementTree

import pytest

import synthetic
import synthetic_sim
from history_stores import Kept
from report.plots import kinds

Write = Callable[..., Path]
of_host = {"throughput", "efficiency", "cpu-throughput", "fairness", "forest", "order", "heatmap",
           "history"}
of_simulation = set(kinds) - {"order"}


def words(svg: Path) -> str:
    """All texts of an SVG, with blanks between them."""
    tree = ElementTree.parse(svg)
    return " ".join(e.text or "" for e in tree.iter() if e.tag.endswith("}text"))


def ids(svg: Path, start: str) -> list[str]:
    tree = ElementTree.parse(svg)
    return [i for e in tree.iter() if (i := e.get("id", "")).startswith(start)]


def small() -> dict[str, Any]:
    """The runs of two workloads, pf_shared and pf_private, with 1 and 2 threads."""
    document = synthetic.result((1, 2), rounds=2)
    document["runs"] = [one for one in document["runs"] if one["bench"] < 16]
    return document


@pytest.fixture
def host(write: Write) -> Path:
    return write(small(), "host.json")


@pytest.fixture
def simulation(write: Write) -> Path:
    return write(synthetic_sim.result(), "sim.json")


def check(done: Any, code: int, *expected: str) -> None:
    """One line on stderr with these words, and this exit code."""
    assert done.code == code and done.err.count("\n") == 1 and "; " in done.err
    assert done.err.startswith("faultline plot: ")
    assert not [word for word in expected if word not in done.err], done.err


@pytest.mark.parametrize("kind", list(kinds))
def test_every_kind_of_every_bench(
    kind: str, host: Path, simulation: Path, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    for file, able in ((host, kind in of_host), (simulation, kind in of_simulation)):
        out = tmp_path / f"{file.stem}.svg"
        done = faultline("plot", kind, file, "-o", out)
        if able:
            assert (done.code, done.out, done.err) == (0, f"{out}\n", "")
            text = words(out)
            name = "measured on Synthetic" if file == host else "SIMULATED toy-2s"
            assert name in text
        else:
            check(done, 5, "nothing to draw")
            assert not out.exists()


def test_formats_and_the_default_name(
    host: Path, faultline: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert faultline("plot", "heatmap", host).out == "heatmap.svg\n"
    assert faultline("plot", "heatmap", host, "-o", "a.PNG").code == 0
    assert faultline("plot", "heatmap", host, "-o", "a.pdf").code == 0
    header = (tmp_path / "a.PNG").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", header[16:20])[0] > 1000
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    assert ElementTree.parse(tmp_path / "heatmap.svg").getroot().tag.endswith("svg")


def test_selection(host: Path, faultline: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "x.svg"
    faultline("plot", "throughput", host, "-o", out, "--design", "rwsem,refcount",
              "--workload", "pf_shared")
    assert ids(out, "line-") == ["line-pf_shared-rwsem", "line-pf_shared-refcount"]
    faultline("plot", "heatmap", host, "-o", out, "--count", 1, "--metric", "cpu_throughput")
    assert "cpu_throughput at 1 thread" in words(out)
    assert len(ids(out, "cell-")) == 8
    faultline("plot", "forest", host, "-o", out, "--design", "rwsem,atomic", "--count", 2,
              "--workload", "pf_shared,pf_private")
    assert len(ids(out, "point-")) == 2 and "All rows: 2 threads." in words(out)


def test_several_files(
    host: Path, simulation: Path, write: Write, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "x.svg"
    faultline("plot", "throughput", host, simulation, "-o", out, "--workload", "pf_shared",
              "--design", "rwsem")
    assert ids(out, "line-") == ["line-pf_shared-rwsem__host", "line-pf_shared-rwsem__sim"]
    text = words(out)
    assert "measured on Synthetic" in text and "SIMULATED toy-2s" in text
    later = small()
    later["session"] |= {"id": "20261201T000000Z-00c0ffee", "started": "2026-12-01T00:00:00Z"}
    later["subjects"][0]["vcs"]["commit"] = "f" * 40
    faultline("plot", "history", host, write(later, "later.json"), "-o", out)
    assert "fffffffff" in words(out)
    faultline("plot", "forest", host, write(later, "later.json"), "-o", out)
    assert len(ids(out, "point-")) == 16


def test_bad_arguments_end_in_one_line(
    host: Path, simulation: Path, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    def plot(*arguments: object) -> Any:
        return faultline("plot", *arguments, "-o", tmp_path / "x.svg")

    check(plot(), 2, "--list")
    check(plot("heatmap"), 2, "no file")
    check(plot("fairnes", host), 2, "did you mean 'fairness'?")
    check(plot("latency", tmp_path / "none.json"), 2, "No such file")
    check(plot("throughput", host, "--design", "refcuont"), 2, "did you mean 'refcount'?")
    check(plot("throughput", host, "--workload", "pf_sharde"), 2, "did you mean 'pf_shared'?")
    check(plot("forest", host, "--design", "refcuont"), 2, "did you mean 'refcount'?")
    check(plot("heatmap", host, "--metric", "jian"), 2, "did you mean 'jain'?")
    check(plot("throughput", host, "--metric", "jain"), 2, "takes no --metric", "order")
    check(plot("throughput", host, "--count", 2), 2, "takes no --count")
    check(plot("heatmap", simulation, "--count", 3), 2, "there is 1, 2, 8, 16")
    check(plot("throughput", host, "--design", ","), 5, "nothing to draw")
    check(plot("heatmap", host, "--metric", "wait_p99"), 5, "host.json: nothing to draw")
    assert not (tmp_path / "x.svg").exists()


def test_places_that_cannot_be_written(
    host: Path, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    check(faultline("plot", "order", host, "-o", tmp_path / "no" / "x.svg"), 2, "No such file")
    check(faultline("plot", "order", host, "-o", tmp_path / "x.gif"), 2, ".svg, .png or .pdf")
    (tmp_path / "x.png").mkdir()
    check(faultline("plot", "order", host, "-o", tmp_path / "x.png"), 2, "Is a directory")


def test_a_proof_is_not_drawn(write: Write, faultline: Callable[..., Any]) -> None:
    import synthetic_check

    file = write(synthetic_check.result(), "check.json")
    check(faultline("plot", "throughput", file), 4, "model checker")


@pytest.mark.parametrize("module", ["matplotlib", "pandas"])
def test_a_missing_library_is_said(
    module: str, host: Path, program: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text("raise ImportError('gone')")  # found before the real one
    done = program("plot", "forest", host)
    assert done.returncode == 4 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "cannot draw (gone); install python3-pandas, " in done.stderr


def test_list_and_help_need_no_library(program: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise SystemExit('imported')")
    (tmp_path / "pandas.py").write_text("raise SystemExit('imported')")
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported')")
    done = program("plot", "--list")
    assert done.returncode == 0 and [line.split()[0] for line in done.stdout.splitlines()] == list(
        kinds)
    assert all(name in program("plot", "--help").stdout for name in kinds)


def absurd(document: dict[str, Any], **values: object) -> dict[str, Any]:
    for one in document["runs"]:
        for trial in one["trials"]:
            trial.update(values)
    return document


@pytest.mark.parametrize("kind", list(kinds))
def test_absurd_values_are_no_traceback(
    kind: str, write: Write, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    for values in ({"s": 1e-18, "ops": 2**53 - 1, "thread_ops": []},
                   {"s": 1e18, "ops": 1, "cpu_s": 0, "thread_ops": [0, 0]}):
        for document in (small(), synthetic_sim.result()):
            done = faultline("plot", kind, write(absurd(document, **values)), "-o",
                             tmp_path / "x.png")
            assert done.code in (0, 2, 5) and done.err.count("\n") == (done.code > 0)


def test_hostile_files_are_harmless(
    write: Write, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    document = synthetic.result((1, 2), rounds=2)
    bad = "<script>alert('$x^2$')</script>\x1b[31m\n$\\frac{"
    document["machine"]["cpu"]["model"] = bad
    for one in document["benchmarks"]:
        if one["params"]["design"] == "atomic":
            one["params"] = copy.deepcopy(one["params"]) | {"design": bad, "bad" + bad: bad}
        one["unit"] = bad
    document["runs"] = [one for one in document["runs"] if one["bench"] < 8]  # one workload
    file = write(document)
    for kind in sorted(of_host):
        out = tmp_path / "x.svg"
        done = faultline("plot", kind, file, "-o", out)
        assert done.code == 0 and done.err == ""
        text = out.read_text("utf-8")
        assert "<script" not in text and "\x1b" not in text
        assert "<script>alert(" in words(out)  # shown as it is, not run


def test_a_store_is_drawn_with_its_changes(
    faultline: Callable[..., Any], tmp_path: Path
) -> None:
    kept = Kept(tmp_path)
    kept.fill(24, slow_from=12)
    out = tmp_path / "x.svg"
    done = faultline("plot", "history", kept.store, "-o", out)
    assert (done.code, done.err) == (0, "")
    [change] = ids(out, "change-")
    assert change.removeprefix("change-") in {one[:9] for one in kept.commits[12:14]}
    assert ids(out, "line-") == ["line-pf_shared-rwsem", "line-pf_shared-refcount"]
    assert "a change lies between" in words(out) and "95 % interval" in words(out)
    (kept.store / "accepted.toml").write_text(
        f'[[accepted]]\nbenchmark = "pf_shared/*"\nmetric = "throughput"\n'
        f'commit = "{kept.commits[12]}"\nreason = "x"\n')
    assert faultline("plot", "history", kept.store, "-o", out, "--design", "rwsem").code == 0
    assert ids(out, "change-") == []
    assert ids(out, "accepted-") == [f"accepted-{kept.commits[12][:9]}"]
    assert faultline("plot", "history", kept.store, "-o", out, "--count", "1").code == 0
    assert ids(out, "change-") == [] and "1 thread" in words(out), "of other configurations"


def test_a_folder_is_only_a_store(
    host: Path, faultline: Callable[..., Any], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    out = tmp_path / "x.svg"
    check(faultline("plot", "history", empty, "-o", out), 5, "no session", "history add")
    check(faultline("plot", "history", empty, host, "-o", out), 2, "is a folder")
    check(faultline("plot", "throughput", empty, "-o", out), 2, "is a folder")
