"""test_dashboard_files.py: what a dashboard writes: names, escaping, charts with their tables."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import synthetic
import synthetic_sim
from documents import HOSTILE, fewer, save
from report import load_file
from report.__main__ import main
from report.dashboard import make_pages
from report.dashboard.history import Accepted, Change, Line, Point, page as history_page
from report.dashboard.markup import identifier, json_text, tag, text
from report.dashboard.numbers import change, nanoseconds
from report.dashboard.write import dist

PAGES = {"index", "scaling", "latency", "fairness", "compare", "history", "proofs", "machines",
         "method"}


class Reader(HTMLParser):
    """The tags and the texts of a page, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def data_of(folder: Path, page: str) -> dict[str, Any]:
    """What a data file hands to the scripts."""
    script = (folder / "data" / f"{page}.js").read_text(encoding="ascii")
    assert script.startswith("faultline.add(") and script.endswith(");\n")
    return dict(json.loads(script[len("faultline.add("):-3]))


def test_the_files_of_a_dashboard(dashboard: Path) -> None:
    names = {path.relative_to(dashboard).as_posix() for path in dashboard.rglob("*")
             if path.is_file()}
    charts = {"scaling", "latency", "fairness", "compare", "history"}
    assert names == (
        {f"{page}.html" for page in PAGES} | {f"data/{page}.js" for page in charts}
        | {"assets/page.js", "assets/charts.js", "assets/NOTICE.txt"})


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(dashboard: Path, page: str) -> None:
    found = Reader((dashboard / f"{page}.html").read_text(encoding="utf-8"))
    ids = [attributes["id"] for _, attributes in found.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for name, attributes in found.tags:
        target = attributes.get("href") or attributes.get("src")
        if target is None:
            continue
        file, _, anchor = target.partition("#")
        other = (dashboard / file).read_text(encoding="utf-8") if file else None
        assert not anchor or f'id="{anchor}"' in (other or "") or anchor in ids, (name, target)


def test_every_chart_has_its_table_and_its_data(dashboard: Path) -> None:
    for page in ("scaling", "latency", "fairness", "compare", "history"):
        found = Reader((dashboard / f"{page}.html").read_text(encoding="utf-8"))
        frames = [a["data-chart"] for _, a in found.tags if "data-chart" in a]
        assert frames and set(frames) == set(data_of(dashboard, page))
        assert sum(name == "table" for name, _ in found.tags) == len(frames)


def test_figures_of_a_chart_are_those_of_its_file(files: list[Path], dashboard: Path) -> None:
    chart = next(one for one in data_of(dashboard, "scaling").values()
                 if one["title"].startswith("pf_shared") and one["labels"]["file"] == "monday")
    result = load_file(files[0])
    series = next(one for one in chart["series"] if one["name"] == "rwsem, separate")
    rates = sorted(
        run.measured[0].ops / run.measured[0].s for run in result.runs
        if run.benchmark.workload == "pf_shared" and run.benchmark.design == "rwsem"
        and run.benchmark.threads == 2)
    point = next(one for one in series["points"] if one[0] == 2)
    assert point[1] == 6
    assert point[2:5] == pytest.approx([rates[0], (rates[2] + rates[3]) / 2, rates[5]], rel=1e-6)
    assert chart["x"]["counts"] == [1, 2, 3] and 2 < chart["x"]["over"] < 3


def test_simulated_is_said_everywhere(dashboard: Path) -> None:
    page = (dashboard / "scaling.html").read_text(encoding="utf-8")
    captions = re.findall(r'<p class="caption">([^<]*)', page)
    assert len(captions) == len(data_of(dashboard, "scaling"))
    for words in captions:
        assert ("SIMULATED, no clock was read" in words) == words.startswith("toy")
        assert " n = " in words and ("Linux" in words or "toy-2s" in words)


def test_a_failing_execution_is_shown(dashboard: Path) -> None:
    page = Reader((dashboard / "proofs.html").read_text(encoding="utf-8"))
    assert "FAILED" in page.text and "vm_refcnt 1->2" in page.text
    assert "faultline check --replay" in page.text


def test_differences_come_first(dashboard: Path) -> None:
    page = (dashboard / "machines.html").read_text(encoding="utf-8")
    part = page[page.index("Environment: tuesday against monday"):]
    differing, _, equal = part.partition("<details")
    assert "kernel.release" in differing and "6.19.1" in differing
    assert "machine.id" not in differing and "machine.id" in equal[: equal.index("</details>")]


def test_history_of_the_given_files(dashboard: Path) -> None:
    charts = data_of(dashboard, "history")
    assert all(len(one["points"]) == 2 for one in charts.values())
    assert all(one["points"][0][0] < one["points"][1][0] for one in charts.values())
    assert all(one["epochs"] == [1] for one in charts.values())  # another kernel


def test_history_with_change_points_and_accepted_changes() -> None:
    points = [Point("a" * 40, f"2026-01-{day:02}T00:00:00Z", 100.0 + (day > 5), 99, 102, 6)
              for day in range(1, 11)]
    line = Line("pf_shared", "host", "fault/s", "higher", {"workload": "pf_shared"}, points,
                [Change(4, 6, 100.0, 101.0)], [Accepted(5, "wider \"sections\"")])
    (chart,) = history_page([line]).charts
    assert chart.data["changes"] == [[4, 6, 100.0, 101.0]]
    assert chart.data["accepted"] == [[5, "wider \"sections\""]]
    marks = [getattr(row.cells[-1], "shown") for row in chart.table.rows]
    assert marks[5].startswith("accepted: ") and marks[4].startswith("change point")
    assert marks[0] == "-"


def test_change_points_of_many_sessions(tmp_path: Path) -> None:
    results = []
    for day in range(1, 21):
        document = fewer(synthetic.result(threads=(2,), rounds=3), ("pf_shared",))
        document["session"] |= {"id": f"202611{day:02}T130107Z-00c0ffee",
                                "started": f"2026-11-{day:02}T13:01:07.000Z"}
        for run in document["runs"]:
            for trial in run["trials"]:
                trial["ops"] = int(trial["ops"] * (1.0 if day <= 12 else 0.8) * (1 + day % 3 / 200))
        results.append(load_file(save(tmp_path, f"{day}.json", document)))
    page = next(one for one in make_pages(results) if one.name == "history")
    assert len(page.charts) == 4  # a line a design
    for chart in page.charts:
        ((first, last, before, after),) = chart.data["changes"]
        assert first <= 12 <= last and after / before == pytest.approx(0.8, abs=0.02)
        assert chart.data["epochs"] == []


def test_history_of_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in range(1, 21):
        document = fewer(synthetic.result(threads=(2,), rounds=3), ("pf_shared",))
        document["session"] |= {"id": f"202611{day:02}T130107Z-00c0ffee",
                                "started": f"2026-11-{day:02}T13:01:07.000Z"}
        document["subjects"][0]["vcs"] |= {"commit": f"{day:040x}"}
        for run in document["runs"]:
            for trial in run["trials"]:
                trial["ops"] = int(trial["ops"] * (1.0 if day <= 12 else 0.8))
        path = save(tmp_path / "in", f"{day}.json", document)
        assert main(["history", "add", str(path), "--store", str(tmp_path / "store")]) == 0
    (tmp_path / "store" / "accepted.toml").write_text(
        '[[accepted]]\nbenchmark = "pf_shared/design=rwsem/*"\nmetric = "throughput"\n'
        'reason = "a wider <count>"\ndate = 2026-11-13\n')
    report = ["report", str(path), "--no-plots", "--history", str(tmp_path / "store")]
    assert main([*report, "-o", str(tmp_path / "out")]) == 0
    charts = data_of(tmp_path / "out", "history").values()
    assert len(charts) == 4 and all(len(one["points"]) == 20 for one in charts)
    for one in charts:
        if "rwsem" in one["title"]:
            assert one["changes"] == [] and one["accepted"][0][1] == "a wider <count>"
            continue
        ((first, last, before, after),) = one["changes"]
        assert first <= 12 <= last and after / before == pytest.approx(0.8, abs=0.02)
    page = (tmp_path / "out" / "history.html").read_text(encoding="utf-8")
    assert "accepted: a wider &lt;count&gt;" in page and "95 % interval" in page
    capsys.readouterr()
    assert main([*report, "-o", str(tmp_path / "out"), "--no-html"]) == 2
    assert "--history with --no-html writes nothing" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main([*report[:-1], str(tmp_path / "empty"), "-o", str(tmp_path / "out")]) == 5
    assert "holds no session" in capsys.readouterr().err


def test_the_noise_certificate(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = json.loads(files[0].read_text(encoding="utf-8"))
    again["session"]["id"] = "20261124T130107Z-00c0ffee"
    certificate = tmp_path / "certificate.json"
    assert main(["selfcheck", str(files[0]), str(save(tmp_path, "again.json", again)),
                 "-o", str(certificate)]) == 0
    report = ["report", str(files[0]), str(files[2]), "--no-plots", "-o", str(tmp_path / "out")]
    assert main([*report, "--certificate", str(certificate)]) == 0
    page = (tmp_path / "out" / "method.html").read_text(encoding="utf-8")
    assert page.count("noise certificate (2026-11-22, one build against itself") == 1
    values = json.loads(certificate.read_text(encoding="utf-8")) | {"machine": "0" * 16}
    assert main([*report, "--certificate", str(save(tmp_path, "other.json", values))]) == 0
    assert "none of this machine" in (tmp_path / "out" / "method.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*report, "--certificate", str(files[0])]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "give a file of faultline selfcheck" in message


def test_times_of_operations(files: list[Path], dashboard: Path) -> None:
    charts = data_of(dashboard, "latency").values()
    chart = next(one for one in charts if one["title"].startswith("time of an operation of pf_sh"))
    assert chart["labels"]["file"] == "monday"
    series = chart["series"][0]
    name, share, low, middle, high = series["curves"]["1"][0]
    runs = [run for run in load_file(files[0]).runs if run.benchmark.index == 0]
    medians = sorted(run.measured[0].latency.quantile(0.5) for run in runs)
    assert (name, share, low, high) == ("p50", 0.5, medians[0], medians[-1])
    line = series["lines"]["1"]
    assert line == sorted(line) and [p[1] for p in line] == sorted((p[1] for p in line))[::-1]
    every = sum(run.measured[0].latency.n for run in runs)
    assert line[-1][1] == pytest.approx(1 / every, rel=1e-6)
    titles = [one["title"] for one in charts if one["labels"]["file"] == "toy"]
    assert titles and all(one.startswith("waiting time") for one in titles)


def test_where_the_noise_is(tmp_path: Path) -> None:
    document = fewer(synthetic.result(threads=(1, 2)), ("pf_shared",))
    for run in document["runs"]:
        last = run["trials"][-1]
        run["trials"] += [last | {"ops": last["ops"] + 1000 * i} for i in (-1, 1)]
    pages = {page.name: page for page in make_pages([load_file(save(tmp_path, "t", document))])}
    words = Reader(pages["method"].body).text
    found = re.search(r"within one([\d.]+) %, ([\d.]+) % .*; share between ([\d.]+): raise", words)
    assert found is not None
    assert 1 < float(found[1]) < 5 and float(found[2]) < 0.5 and float(found[3]) > 0.9


def test_nothing_of_a_file_becomes_markup(attacked: Path) -> None:
    pages = [*sorted((attacked / "out").glob("*.html")), attacked / "one.html"]
    assert len(pages) == len(PAGES) + 1
    for path in pages:
        raw = path.read_text(encoding="utf-8")
        found = Reader(raw)
        names = {name for name, _ in found.tags}
        assert not names & {"img", "iframe", "object", "embed", "base", "form"}
        assert not any(key.startswith("on") for _, attributes in found.tags for key in attributes)
        assert "\x1b" not in raw and "\u202e" not in raw and "\u2028" not in raw
        scripts = re.findall(r"<script([^>]*)>", raw)
        allowed = re.search(r"script-src ([^\"]*)", raw)
        assert allowed is not None and "unsafe" not in allowed[1]
        if path.name == "one.html":
            assert len(scripts) == allowed[1].count("sha256-") and set(scripts) == {""}
        else:
            assert all(" src=" in one for one in scripts)
    assert "window.hacked" in Reader(pages[0].read_text(encoding="utf-8")).text


def test_no_file_is_written_outside(attacked: Path) -> None:
    found = {path.relative_to(attacked).as_posix() for path in attacked.rglob("*")
             if path.is_file()}
    good = re.compile(r"(in/.*\.json|one\.html|out/(assets/[a-z]+\.js|assets/NOTICE\.txt"
                      r"|data/[a-z]+\.js|[a-z]+\.html))", re.DOTALL)
    assert [name for name in found if not good.fullmatch(name)] == []
    assert not (attacked.parent / "b").exists()


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_text_comes_back_as_it_was(words: str) -> None:
    page = tag("p", {"title": words}, words)
    found = Reader(page)
    seen = "".join(c if c.isprintable() or c == "\n" else
                   c.encode("unicode_escape").decode("ascii") for c in words)
    assert found.text == seen and found.tags == [("p", {"title": seen})]
    assert json.loads(json_text([words])) == [words]
    assert not re.search(r"[<>&\u2028]", json_text([words]))


@given(st.lists(st.text(), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_ids_are_harmless_and_tell_names_apart(names: list[str]) -> None:
    one = identifier(*names)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) and len(one) < 64
    assert identifier(*names, "") != one and identifier(*names) == one


def test_text_of_numbers() -> None:
    assert json_text([float("nan"), float("inf"), 1 / 3]) == "[null,null,0.3333333]"
    assert [change(ratio) for ratio in (1.05, 0.5, 12.3, float("inf"))] == [
        "+5.0%", "-50.0%", "x12.3", "unknown"]
    assert [nanoseconds(value).shown for value in (0, 850, 12_300, 4.1e6, 2e9)] == [
        "0 ns", "850 ns", "12.3 us", "4.10 ms", "2.00 s"]
    assert text(HOSTILE).count("<") == 0


def test_what_one_file_gives_alone(tmp_path: Path) -> None:
    document = fewer(synthetic_sim.result(), ("pf_shared",))
    pages = {page.name: page for page in make_pages([load_file(save(tmp_path, "a", document))])}
    assert pages["history"].empty and pages["proofs"].empty and not pages["latency"].empty
    host = fewer(synthetic.result(threads=(1,), rounds=1), ("pf_shared",))
    pages = {page.name: page for page in make_pages([load_file(save(tmp_path, "b", host))])}
    assert pages["latency"].empty and pages["fairness"].empty
    assert len(pages["scaling"].charts) == 1


def test_the_command_writes_it(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [str(files[0]), str(files[3])]
    assert main(["report", *few, "-o", str(tmp_path / "a"), "--no-plots"]) == 0
    assert (tmp_path / "a" / "index.html").is_file()
    assert (tmp_path / "a" / "monday" / "table.txt").is_file()
    assert main(["report", *few, "-o", str(tmp_path / "b"), "--no-plots", "--single-file"]) == 0
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"index.html", "monday", "check"}
    assert main(["report", *few, "-o", str(tmp_path / "c"), "--no-plots", "--no-html"]) == 0
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"monday", "check"}
    for wrong in (["--no-html", "-o", str(tmp_path / "d")], []):
        assert main(["report", *few, "--single-file", *wrong]) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 2 and errors.count("--single-file with") == 2


def test_a_folder_that_cannot_be_written(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").mkdir()
    assert main(["report", str(files[3]), "-o", str(tmp_path), "--no-plots"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "name another folder with -o" in message


def test_the_same_files_give_the_same_pages(files: list[Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert main(["report", str(files[2]), "-o", str(tmp_path / name), "--no-plots"]) == 0
    for path in (tmp_path / "one").rglob("*.*"):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()


def test_scripts_are_the_ones_that_were_committed() -> None:
    sums = (dist / "SHA256SUMS").read_text(encoding="ascii").split()
    assert sorted(sums[1::2]) == ["NOTICE.txt", "charts.js", "dashboard.css", "page.js"]
    for digest, name in zip(sums[::2], sums[1::2]):
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    notice = (dist / "NOTICE.txt").read_text(encoding="utf-8")
    for words in ("echarts 6.1.0 (Apache-2.0)", "zrender 6.1.0 (BSD-3-Clause)", "tslib"):
        assert words in notice
