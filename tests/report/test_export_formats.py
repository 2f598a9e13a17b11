"""test_export_formats.py: each format against its own rules, for host, simulator and kernel."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
import subprocess
from pathlib import Path
from shutil import which
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
import synthetic_sim
from report import load_file
from report.exports.benchfmt import benchmark_name
from report.exports.csv import cell
from report.formats import convert, formats
from report.load import parse_strict

Write = Callable[..., Path]


def kernel() -> dict[str, Any]:
    document = synthetic.result(rounds=2)
    document["session"]["bench"] = "kernel"
    return document


documents = {"host": synthetic.result, "sim": synthetic_sim.result, "kernel": kernel}
every = pytest.mark.parametrize("made", documents.values(), ids=documents.keys())
figures = ["benchfmt", "bmf", "csv", "custom", "gbench"]


def export(name: str, document: dict[str, Any], write: Write) -> str:
    return convert(name, load_file(write(document)))


def good_runs(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [run for run in document["runs"] if run["failure"] is None]


def rates(document: dict[str, Any]) -> dict[str, list[float]]:
    """Operations a second of each good run, by the id of its configuration."""
    found: dict[str, list[float]] = {}
    for run in good_runs(document):
        trial = run["trials"][-1]
        name = document["benchmarks"][run["bench"]]["id"]
        found.setdefault(name, []).append(trial["ops"] / trial["s"])
    return found


@pytest.mark.parametrize("name", figures)
def test_a_proof_has_no_figures(
    name: str, write: Write, faultline: Callable[..., Any]
) -> None:
    path = write(synthetic_check.result())
    done = faultline("export", "--format", name, path)
    assert (done.code, done.out) == (4, "") and "use --format markdown or text" in done.err


@every
@pytest.mark.parametrize("name", formats)
def test_the_same_file_gives_the_same_ascii(name: str, made: Any, write: Write) -> None:
    if name == "markdown":
        made = synthetic_check.result
    text = export(name, made(), write)
    assert text == export(name, made(), write)
    assert text.isascii() and text.endswith("\n")


def parse_benchfmt(text: str) -> tuple[dict[str, str], dict[str, str], list[Any]]:
    """The published grammar: configuration, units, results (name, iterations, {unit: value})."""
    keys, units, results = {}, {}, []
    for line in text.splitlines():
        if line.startswith("Benchmark"):
            name, iterations, *pairs = line.split()
            assert not name[len("Benchmark"):][:1].islower() and len(pairs) % 2 == 0 < len(pairs)
            values = dict(zip(pairs[1::2], map(float, pairs[::2])))
            results.append((name, int(iterations), values))
        elif line.startswith("Unit "):
            _, unit, pair = line.split()
            units[unit] = pair
        elif match := re.fullmatch(r"([a-z][^\sA-Z:]*):[ \t]+(.*)", line):
            keys[match[1]] = match[2]
        else:
            assert line == "" or line.startswith("# ")
    return keys, units, results


@every
def test_benchfmt_has_a_line_a_run(made: Any, write: Write) -> None:
    document = made()
    keys, units, results = parse_benchfmt(export("benchfmt", document, write))
    assert len(results) == len(good_runs(document))
    assert keys["bench"] == document["session"]["bench"]
    assert not {"session", "date", "commit", "started"} & set(keys), "these would split tables"
    used = {unit for _, _, values in results for unit in values}
    assert used == set(units) and units["fault/s"] == "better=higher"
    wanted = [rate for each in rates(document).values() for rate in each]
    got = [next(v for u, v in values.items() if u.endswith("/s")) for _, _, values in results]
    assert got == pytest.approx(wanted, rel=1e-8)


def test_benchfmt_of_a_simulation_names_its_machine(write: Write) -> None:
    text = export("benchfmt", synthetic_sim.result(), write)
    keys, units, results = parse_benchfmt(text)
    assert keys == {"bench": "sim", "machine": "simulated toy-2s"}
    assert "Synthetic CPU 9000" not in text and "# machine: SIMULATED toy-2s" in text
    assert units["wait_p99-sec"] == "better=lower"
    assert results[0][2]["wait_p99-sec"] == pytest.approx(100e-9)


names = {
    "pf_shared/design=rwsem/threads=2": "BenchmarkPf_shared/design=rwsem/threads=2",
    "pf/threads=2/machine=epyc-8": r"BenchmarkPf/machine=epyc-8/threads=2",
    "pf/machine=epyc-8": "BenchmarkPf/machine=epyc%2D8",  # not GOMAXPROCS
    "3level/threads=1": "Benchmark_3level/threads=1",
    "": "Benchmark_",
}


@pytest.mark.parametrize("name, wanted", names.items())
def test_benchfmt_names(name: str, wanted: str) -> None:
    assert benchmark_name(name) == wanted


def test_benchstat_pivots(tmp_path: Path, write: Write) -> None:
    benchstat = which("benchstat")
    if benchstat is None:
        pytest.skip("benchstat is not installed (golang.org/x/perf; Debian 12 does not have it)")
    path = tmp_path / "x.txt"
    path.write_text(export("benchfmt", synthetic.result(), write), encoding="ascii")
    done = subprocess.run([benchstat, "-col", "/design", "-row", ".name,/threads", str(path)],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and "refcount" in done.stdout and "fault/s" in done.stdout


def table(text: str) -> list[dict[str, str]]:
    assert text.count("\r\n") == text.count("\n"), "RFC 4180: lines end in CRLF"
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@every
def test_csv_has_a_row_a_run(made: Any, write: Write) -> None:
    document = made()
    rows = table(export("csv", document, write))
    assert len(rows) == len(document["runs"])
    assert sum(row["failure"] == "" for row in rows) == len(good_runs(document))
    for row in rows:
        assert (row["throughput"] == "") == (row["failure"] != "")
    found: dict[str, list[float]] = {}
    for row in rows:
        if row["throughput"]:
            found.setdefault(row["id"], []).append(float(row["throughput"]))
    assert found == {name: pytest.approx(each) for name, each in rates(document).items()}
    assert rows[0]["param_pages_per_thread"] == "2048" and rows[0]["threads"] == "1"


def test_csv_of_a_simulation(write: Write) -> None:
    rows = table(export("csv", synthetic_sim.result(), write))
    first = rows[4]
    assert (first["machine"], first["kernel"], first["cpus"]) == ("toy-2s", "", "2")
    assert first["cpu_model"].startswith("SIMULATED") and first["wait_p99_ns"] == "200"
    assert int(first["transfers_remote_modified"]) > 0


cells = {
    "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", " =1": "' =1", "\t=1": "' =1",
    "a=1": "a=1", "": "",
}


@pytest.mark.parametrize("value, wanted", [*cells.items(), (-1, "-1"), (-1.5e-7, "-1.5e-07"),
                                           (None, ""), (True, "true"), (False, "false")])
def test_csv_cells(value: Any, wanted: str) -> None:
    assert cell(value) == wanted


@every
def test_custom_is_smaller_when_better(made: Any, write: Write) -> None:
    document = made()
    entries = parse_strict(export("custom", document, write), "custom")
    wanted = {name: statistics.median(1e9 / r for r in each)
              for name, each in rates(document).items()}
    found = {one["name"]: one["value"] for one in entries if "=" in one["name"].split()[-1]}
    assert found == pytest.approx(wanted)
    assert len({one["name"] for one in entries}) == len(entries)
    for one in entries:
        assert set(one) == {"name", "unit", "value", "range", "extra"}
        assert one["value"] > 0 and re.fullmatch(r"\+-[0-9.e+-]+", one["range"])
        assert re.fullmatch(r"(CPU-)?ns(/[a-z]+)?", one["unit"])
        assert "machine: " in one["extra"]


@every
def test_bmf_bounds_hold_the_value(made: Any, write: Write) -> None:
    document = made()
    found = parse_strict(export("bmf", document, write), "bmf")
    wanted = rates(document)
    assert set(found) == set(wanted)
    for name, measures in found.items():
        one = measures["throughput"]
        assert one["value"] == pytest.approx(statistics.median(wanted[name]))
        assert one["lower_value"] == pytest.approx(min(wanted[name]))
        assert one["upper_value"] == pytest.approx(max(wanted[name]))
        for slug, each in measures.items():
            assert re.fullmatch(r"[a-z0-9-]+", slug)
            assert each["lower_value"] <= each["value"] <= each["upper_value"]


@pytest.mark.parametrize("name", figures)
def test_two_subjects_stay_apart(name: str, write: Write) -> None:
    document = synthetic.result(threads=(1,), rounds=1)
    document["subjects"].append(document["subjects"][0] | {"id": "patched"})
    document["runs"] += [one | {"subject": 1} for one in document["runs"][:3]]
    text = export(name, document, write)
    assert text.count("patched") >= 3 and len(json.dumps(text)) > 100
