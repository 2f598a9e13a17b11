"""faultline compare: what it compares with what, its options, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
import synthetic_compare

Write = Callable[..., Path]
Faultline = Callable[..., Any]


@pytest.fixture
def host(write: Write) -> Path:
    return write(synthetic_compare.host(1.3), "host.json")


def rows_of(done: Any) -> list[dict[str, str]]:
    """The outcomes of a run with --layout csv."""
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def values(rows: list[dict[str, str]], name: str) -> set[str]:
    return {row[name] for row in rows}


def test_one_file_compares_its_designs(faultline: Faultline, host: Path) -> None:
    rows = rows_of(faultline("compare", host, "--layout", "csv"))
    assert values(rows, "base") == {"rwsem"}
    assert values(rows, "new") == {"atomic", "refcount", "mmap_lock"}
    assert values(rows, "paired") == {"1"} and values(rows, "by") == {"design"}


def test_base_and_selection(faultline: Faultline, host: Path) -> None:
    rows = rows_of(faultline(
        "compare", host, "--layout", "csv", "--base", "refcount", "--design", "rwsem,refcount",
        "--workload", "pf_shared", "--threads", "1,2", "--metric", "throughput,cpu_throughput"))
    assert values(rows, "base") == {"refcount"} and values(rows, "new") == {"rwsem"}
    assert values(rows, "workload") == {"pf_shared"} and values(rows, "count") == {"1", "2"}
    assert values(rows, "metric") == {"throughput", "cpu_throughput"}
    assert len(rows) == 4
    assert values(rows, "verdict") == {"WORSE"}, "refcount is made faster"


def test_all_metrics_are_those_that_the_bench_gives(faultline: Faultline, host: Path) -> None:
    rows = rows_of(faultline("compare", host, "--layout", "csv", "--metric", "all"))
    assert values(rows, "metric") == {"throughput", "cpu_throughput", "jain"}


def test_a_metric_that_no_run_gives(faultline: Faultline, host: Path) -> None:
    done = faultline("compare", host, "--metric", "wait_p50,wait_p99")
    assert done.code == 5 and "no run gives wait_p50 or wait_p99" in done.err


def test_by_placement(faultline: Faultline, write: Write) -> None:
    document = synthetic_compare.host()
    for one in document["benchmarks"]:
        if one["params"]["design"] == "atomic":
            one["params"] |= {"design": "rwsem", "placement": "embedded"}
    path = write(document)
    rows = rows_of(faultline("compare", path, "--by", "placement", "--design", "rwsem",
                             "--layout", "csv"))
    assert values(rows, "base") == {"separate"} and values(rows, "new") == {"embedded"}
    names = rows_of(faultline("compare", path, "--layout", "csv"))
    assert {"rwsem/separate"} == values(names, "base")


def test_two_files(faultline: Faultline, host: Path, write: Write) -> None:
    base = write(synthetic_compare.twin(synthetic_compare.host()), "base.json")
    rows = rows_of(faultline("compare", base, host, "--layout", "csv"))
    assert values(rows, "base") == {"base"} and values(rows, "new") == {"host"}
    assert values(rows, "paired") == {"0"}
    better = {row["design"] for row in rows if row["verdict"] == "BETTER"}
    assert better == {"refcount"}


def test_three_files(faultline: Faultline, host: Path, write: Write) -> None:
    others = {factor: synthetic_compare.twin(synthetic_compare.host(factor))
              for factor in (0.7, 1.6)}
    files = [host, *(write(document, f"{factor}.json") for factor, document in others.items())]
    rows = rows_of(faultline("compare", *files, "--layout", "csv", "--design", "refcount"))
    told = {(row["new"], row["verdict"]) for row in rows if row["workload"] == "pf_private"}
    assert told == {("0.7", "WORSE"), ("1.6", "BETTER")}


def test_simulations_of_the_same_seeds_are_pairs(faultline: Faultline, write: Write) -> None:
    files = [write(synthetic_compare.twin(synthetic_compare.sim()), name)
             for name in ("one.json", "two.json")]
    rows = rows_of(faultline("compare", *files, "--layout", "csv", "--cpus", "2,8"))
    assert values(rows, "paired") == {"1"} and values(rows, "verdict") == {"SAME"}


def test_benches(faultline: Faultline, host: Path, write: Write) -> None:
    sim = write(synthetic_compare.sim(), "sim.json")
    rows = rows_of(faultline("compare", host, sim, "--over", "bench", "--layout", "csv"))
    assert values(rows, "base") == {"host"} and values(rows, "new") == {"toy-2s"}
    assert values(rows, "verdict") <= {"HIGHER", "LOWER", "SAME", "INCONCLUSIVE"}
    done = faultline("compare", host, sim)
    assert done.code == 4 and "--over bench" in done.err


def test_a_threshold_decides(faultline: Faultline, host: Path) -> None:
    options = ("compare", host, "--layout", "csv", "--design", "rwsem,refcount", "--workload",
               "pf_private", "--threads", "2")
    for percent, word in (("2", "BETTER"), ("900", "SAME")):
        rows = rows_of(faultline(*options, "--threshold", percent))
        assert values(rows, "verdict") == {word}
        assert float(rows[0]["threshold"]) == float(percent) / 100


def test_other_machine(faultline: Faultline, host: Path, write: Write) -> None:
    document = synthetic_compare.twin(synthetic_compare.host())
    document["machine"]["id"] = "0123456789abcdef"
    other = write(document, "other.json")
    done = faultline("compare", host, other)
    assert done.code == 4 and "--across-machines" in done.err
    assert faultline("compare", host, other, "--across-machines").code == 0


def test_files_written(faultline: Faultline, host: Path, tmp_path: Path) -> None:
    out, verdict = tmp_path / "table.txt", tmp_path / "verdict.json"
    done = faultline("compare", host, "-o", out, "--json", verdict, "--width", "60")
    assert (done.code, done.out) == (0, "")
    assert max(map(len, out.read_text(encoding="ascii").splitlines())) <= 60
    assert json.loads(verdict.read_text(encoding="ascii"))["schema"] == "faultline.verdict"


def test_the_counts_are_stated_and_not_judged(faultline: Faultline, write: Write) -> None:
    path = write(synthetic_compare.host(0.5))
    done = faultline("compare", path, "--design", "rwsem,refcount")
    assert done.code == 0 and "WORSE" in done.out.split("verdicts:")[1]


@pytest.mark.parametrize("options, code, words", [
    (["--by", "colour"], 2, "invalid choice: 'colour'"),
    (["--base", "rwsen"], 2, "rwsem"),
    (["--design", "rwsem"], 5, "only one design"),
    (["--design", "rwsen,atomic"], 2, "no design is named 'rwsen'"),
    (["--metric", "speed"], 2, "no metric is named 'speed'"),
    (["--workload", "pf_shared,,x"], 2, "empty name"),
    (["--threads", "two"], 2, "'two' is no number"),
    (["--threads", "77"], 2, "77"),
    (["--threshold", "0"], 2, "above 0"),
    (["--threshold", "nan"], 2, "above 0"),
    (["--threshold", "x"], 2, "invalid float value"),
    (["--width", "59"], 2, "give 60 or more"),
    (["--layout", "rich"], 2, "invalid choice"),
    (["--over", "bench"], 2, "give several"),
    (["--across-machines"], 2, "leave it out"),
    (["--json", "x", "-o", "x"], 2, "name two files"),
    (["-o", "/nowhere/at/all"], 2, "cannot write"),
])
def test_wrong_use(
    options: list[str], code: int, words: str, faultline: Faultline, host: Path
) -> None:
    done = faultline("compare", host, *options)
    assert done.code == code and words in done.err
    errors = [line for line in done.err.splitlines() if "warning" not in line]
    assert len(errors) == 1 and ";" in errors[0]


def test_options_of_one_file_with_two(faultline: Faultline, host: Path) -> None:
    done = faultline("compare", host, host, "--base", "rwsem")
    assert done.code == 2 and "--base compares within one FILE" in done.err


def test_a_file_of_the_checker(faultline: Faultline, write: Write) -> None:
    done = faultline("compare", write(synthetic_check.result()))
    assert done.code == 4 and "model checker" in done.err


def test_nothing_in_common(faultline: Faultline, write: Write) -> None:
    one = write(synthetic.result(threads=(1,), rounds=6), "one.json")
    other = write(synthetic_compare.twin(synthetic.result(threads=(2,), rounds=6)), "other.json")
    done = faultline("compare", one, other)
    assert done.code == 5 and "no configuration in common" in done.err


def test_help_loads_neither_numpy_nor_scipy(program: Callable[..., Any]) -> None:
    for command in ("compare", "mail"):
        done = program(command, "--help", PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == 0 and f"faultline {command} " in done.stdout
        loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
        assert "report.layouts" in loaded
        assert not loaded & {"numpy", "scipy", "pandas", "matplotlib", "report.stats"}


def test_imported_files_claim_nothing_of_their_runs(
    faultline: Faultline, write: Write, tmp_path: Path
) -> None:
    """Another program's file does not say whether its runs were processes, or pinned."""
    table = "tasks,processes,processes_idle,threads,threads_idle,linear\n0,0,100,0,100,0\n"
    files = []
    for number, rate in enumerate((480000, 520000)):
        source = write(f"{table}1,{rate},50,{rate},50,{rate}\n", f"{number}.csv")
        files.append(tmp_path / f"{number}.json")
        done = faultline("import", "--from", "will-it-scale", source, "--workload", "page_fault1",
                         "-o", files[-1])
        assert done.code == 0, done.err
    done = faultline("compare", *files)
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "nothing is known of their order" in text and "imported from" in text
    assert "fresh process" not in text and "pinned" not in text and "processes)" not in text
    assert "too few runs for a 95% interval" in text
