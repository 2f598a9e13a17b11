"""test_gate_outputs.py: JUnit, Markdown and JSON of the gate: sound whatever a file says."""

from __future__ import annotations

import hashlib
import json
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import pytest

from gate_sessions import break_runs, session
from report.gate.markdown import escape

hostile = "a|b\n<img src=x onerror=alert(1)>`$x$`[c](javascript:d)\x1b[31m\x00]]>&*_"


@pytest.fixture
def outputs(
    write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """outputs(new, options...) gates and returns (JUnit tree, Markdown, JSON values, Done)."""

    def run(new: dict[str, Any], *options: object, base: dict[str, Any] | None = None) -> Any:
        page = tmp_path / "page.md"
        page.unlink(missing_ok=True)
        done = faultline(
            "gate", write(base or session(1), "base.json"), write(new, "new.json"),
            "--junit", tmp_path / "gate.xml", "--markdown", page, "--json", tmp_path / "gate.json",
            *options)
        return (xml.parse(tmp_path / "gate.xml").getroot(), page.read_text(),
                json.loads((tmp_path / "gate.json").read_text()), done)

    return run


def hostile_session() -> dict[str, Any]:
    new = session(2, scale={("rwsem", 2): 0.9})
    break_runs(new, "refcount", 2)
    for one in new["runs"]:
        if one["failure"]:
            one["failure"]["message"] = hostile
    new["subjects"][0]["label"] = hostile
    return new


def test_junit_has_one_case_a_row(outputs: Callable[..., Any]) -> None:
    root, _, values, _ = outputs(session(2, scale={("rwsem", 2): 0.9}))
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    assert len(cases) == len(values["rows"]) == int(suite.get("tests"))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    [failure] = [case for case in cases if case.find("failure") is not None]
    assert failure.get("name") == "pf_shared/design=rwsem/threads=2"
    assert failure.find("failure").get("message").startswith("REGRESSED: ")
    assert suite.get("failures") == "1"


def test_undecided_rows_are_skipped_and_with_strict_errors(outputs: Callable[..., Any]) -> None:
    noisy = session(2, noise=0.08)
    loose, _, _, _ = outputs(noisy)
    strict, _, _, _ = outputs(noisy, "--strict")
    assert int(loose.get("skipped")) > 0 and loose.get("errors") == "0"
    assert strict.get("skipped") == "0" and strict.get("errors") == loose.get("skipped")


def test_nothing_in_a_file_is_markup(outputs: Callable[..., Any]) -> None:
    root, page, values, done = outputs(hostile_session())
    assert done.code == 1
    assert "<img" not in page and "\x1b" not in page + done.out
    assert page.isascii() and done.out.isascii()
    table = [line for line in page.splitlines() if line.startswith("| ")]
    assert {unescaped_bars(line) for line in table} == {10}
    [failed] = [row for row in values["rows"] if row["status"] == "FAILED"]
    assert "onerror" in failed["reason"]
    case = next(c for c in root.iter("testcase") if c.get("name") == failed["label"])
    assert "<img" in case.find("failure").text, "escaped in the file, whole when parsed"


def unescaped_bars(line: str) -> int:
    return line.replace("\\\\", "").replace("\\|", "").count("|")


@pytest.mark.parametrize("character", list("\\`*_{}[]()#+-.!|~:@/$"))
def test_each_special_character_is_escaped(character: str) -> None:
    assert escape(f"x{character}y") == f"x\\{character}y"


def test_html_is_escaped() -> None:
    assert escape("<b>&") == "&lt;b&gt;&amp;"


def test_the_verdict_names_its_inputs_by_hash(
    outputs: Callable[..., Any], tmp_path: Path
) -> None:
    _, _, values, done = outputs(session(2, scale={("rwsem", 2): 0.9}))
    assert values["schema"] == "faultline.gate" and values["schema_version"] == "1.0"
    assert values["exit_code"] == done.code == 1
    digest = hashlib.sha256((tmp_path / "new.json").read_bytes()).hexdigest()
    assert values["new"]["files"] == [
        {"name": "new.json", "sha256": digest, "session": "20261122T000002Z-00000002"}]
    [row] = [row for row in values["rows"] if row["status"] == "REGRESSED"]
    assert row["low"] < row["change"] < row["high"] < 0 and row["n"] == [12, 12]
    assert values["counts"]["REGRESSED"] == 1


def test_what_is_not_finite_is_null(outputs: Callable[..., Any]) -> None:
    _, page, values, _ = outputs(session(2, rounds=2), base=session(1, rounds=2))
    assert all(row["high"] is None for row in values["rows"])
    assert "too few runs" in page


def test_the_step_summary_is_appended_to(
    write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("earlier words\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    faultline("gate", write(session(1), "b.json"), write(session(2), "n.json"))
    text = page.read_text()
    assert text.startswith("earlier words\n### faultline gate: ")


def test_an_output_that_cannot_be_written_is_exit_2(
    write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path
) -> None:
    for option in ("--junit", "--json", "--markdown"):
        done = faultline("gate", write(session(1), "b.json"), write(session(2), "n.json"),
                         option, tmp_path / "no" / "such")
        assert done.code == 2 and done.err.count("\n") == 1
