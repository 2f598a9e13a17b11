"""Both sides of the result file: C++ goes on with what Python wrote, and refuses what it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from jsonschema import Draft202012Validator

from program import complaint, copy_of, finished, keys, load, longer, planned, run, save

Result = dict[str, Any]


def drop_runs(result: Result, *positions: int) -> None:
    """Makes the file that of a session which has not got so far."""
    result["runs"] = [one for i, one in enumerate(result["runs"]) if i not in positions]
    result["session"].update(complete=False, ended=None)


def test_resume_runs_what_is_missing_and_nothing_else(
        complete: Path, tmp_path: Path, validator: Draft202012Validator) -> None:
    path = tmp_path / "a.json"
    before = load(complete)
    drop_runs(before, 0, 3)
    save(path, before)
    done = run("run", "--resume", path, "--quiet")
    after = finished(done, path)
    assert done.stdout + done.stderr == "" or done.returncode == 3
    assert histograms(after)[:2] == histograms(before)
    for session in (before, after):
        for one in session["runs"]:
            one["trials"][-1].pop("latency")  # its histogram has another name now
    assert after["runs"][:2] == before["runs"]
    assert set(keys(after)[2:]) == planned(after) - set(keys(before))
    # The missing ones come back with their places and seeds.
    original = {key: one for key, one in zip(keys(load(complete)), load(complete)["runs"])}
    for key, one in zip(keys(after), after["runs"]):
        assert [one[name] for name in ("pos", "seed", "env_pad")] == [
            original[key][name] for name in ("pos", "seed", "env_pad")]
    validator.validate(after)
    for part in ("design", "machine", "subjects", "benchmarks"):
        assert after[part] == before[part]
    assert after["session"]["id"] == before["session"]["id"]
    assert after["env"]["after"] is not None


def test_a_file_without_runs_is_the_whole_session(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before = load(complete)
    drop_runs(before, 0, 1, 2, 3)
    save(path, before)
    finished(run("run", "--resume", path, "--quiet"), path)


def histograms(session: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the runs' measured trials, in the order of the runs."""
    return [session["hists"][trial["latency"]["hist"]] for one in session["runs"]
            for trial in one["trials"] if not trial["warmup"]]


def test_unknown_keys_survive(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before = load(complete)
    drop_runs(before, 2)
    note = {"by": "J\u00f6rg", "text": '"@runs@" and \\u0000', "n": [1.5, None, True]}
    for part in (before, before["session"], before["benchmarks"][0], before["runs"][0],
                 before["runs"][0]["trials"][0], before["env"]["before"]):
        part["x_note"] = note
    hists = histograms(before)
    save(path, before)
    after = finished(run("run", "--resume", path, "--quiet"), path)
    for part in (after, after["session"], after["benchmarks"][0], after["runs"][0],
                 after["runs"][0]["trials"][0], after["env"]["before"]):
        assert part["x_note"] == note
    assert histograms(after)[:len(hists)] == hists and all(hists)


def test_a_session_killed_behind_its_last_run_is_ended(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before = longer(complete, path, rounds=2)
    after = finished(run("run", "--resume", path, "--quiet"), path)
    assert after["runs"] == before["runs"]
    assert after["session"]["ended"] is not None and after["env"]["after"] is not None


def test_more_rounds_go_on_behind_the_last(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before = longer(complete, path, rounds=3)
    after = finished(run("run", "--resume", path, "--quiet"), path)
    assert after["runs"][:4] == before["runs"] and len(after["runs"]) == 6


def test_a_newer_minor_version_is_a_warning(complete: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = longer(complete, path, rounds=2)
    result["schema_version"] = "1.7"
    save(path, result)
    done = run("run", "--resume", path)
    assert "faultline run: --resume: " in done.stderr.splitlines()[0]
    assert "schema version 1.7, this program knows 1.5" in done.stderr.splitlines()[0]
    assert finished(done, path)["schema_version"] == "1.7"


def test_a_complete_file_is_left_alone(complete: Path, tmp_path: Path) -> None:
    path = copy_of(complete, tmp_path)
    complaint(run("run", "--resume", path), 5, "--resume", str(path), "is complete")
    assert path.read_bytes() == complete.read_bytes()


def edit(change: Callable[[Result], Any]) -> Callable[[str], str]:
    """A change of the parsed file as one of its text."""

    def changed(text: str) -> str:
        result = json.loads(text)
        drop_runs(result, 3)
        change(result)
        return json.dumps(result)

    return changed


def put(*path: str | int, value: Any) -> Callable[[str], str]:
    """Sets one value of the file."""

    def change(result: Any) -> None:
        for key in path[:-1]:
            result = result[key]
        result[path[-1]] = value

    return edit(change)


def without(*path: str | int) -> Callable[[str], str]:
    """Removes one key of the file."""

    def change(result: Any) -> None:
        for key in path[:-1]:
            result = result[key]
        del result[path[-1]]

    return edit(change)


def twice(result: Result) -> None:
    """The same run again."""
    result["runs"].append(result["runs"][0])


PARAMS = ("benchmarks", 0, "params")
DAMAGED = "is damaged"
NO_RESULT = "is no faultline result; give a file that"
REFUSED = {
    "another build": (put("subjects", 0, "build", "binary_sha256", value="0" * 64), 4,
                      "another build of faultline; build that commit again"),
    "unknown build": (put("subjects", 0, "build", "binary_sha256", value=None), 4,
                      "another build of faultline"),
    "another machine": (put("machine", "id", value="0123456789abcdef"), 4,
                        "another machine; start anew with -o"),
    "newer major": (put("schema_version", value="2.0"), 4,
                    "schema version 2.0, this program knows 1.5; update faultline"),
    "version is no version": (put("schema_version", value="one"), 2, DAMAGED),
    "version is a number": (put("schema_version", value=1.0), 2, DAMAGED),
    "another schema": (put("schema", value="faultline.verdict"), 2, NO_RESULT),
    "schema is a list": (put("schema", value=[]), 2, NO_RESULT),
    "empty": (lambda _: "", 2, NO_RESULT),
    "not JSON": (lambda _: "pf_shared 12.3M\n", 2, NO_RESULT),
    "a list": (lambda text: f"[{text}]", 2, NO_RESULT),
    "cut short": (lambda text: text[:len(text) * 2 // 3], 2, NO_RESULT),
    "zeros": (lambda text: text[:900] + "\0" * 500 + text[1400:], 2, NO_RESULT),
    "two files in one": (lambda text: text + text, 2, NO_RESULT),
    "deeply nested": (lambda _: "[" * 200_000, 2, NO_RESULT),
    **{f"no {path[-1]}": (without(*path), 2, DAMAGED) for path in (
        ("runs",), ("design",), ("session",), ("benchmarks",), ("design", "rounds"),
        ("session", "seed"), ("machine",), ("subjects",), ("runs", 0, "bench"), ("kernel",),
        ("env",), ("env", "before"),
        (*PARAMS, "design"), (*PARAMS, "pages_per_thread"))},
    "no schema": (without("schema"), 2, NO_RESULT),
    "subjects empty": (put("subjects", value=[]), 2, DAMAGED),
    "runs is text": (put("runs", value="none"), 2, DAMAGED),
    "a run is null": (put("runs", 0, value=None), 2, DAMAGED),
    "benchmark beyond the list": (put("runs", 0, "bench", value=2), 2, DAMAGED),
    "negative benchmark": (put("runs", 0, "bench", value=-1), 2, DAMAGED),
    "round beyond the design": (put("runs", 0, "round", value=2), 2, DAMAGED),
    "no rounds": (put("design", "rounds", value=0), 2, DAMAGED),
    "a run twice": (edit(twice), 2, "there twice"),
    "unknown design": (put(*PARAMS, "design", value="mcs"), 2, DAMAGED),
    "unknown workload": (put(*PARAMS, "workload", value="pf"), 2, DAMAGED),
    "unknown placement": (put(*PARAMS, "placement", value="far"), 2, DAMAGED),
    "no threads": (put(*PARAMS, "threads", value=0), 2, "threads out of range"),
    "too many threads": (put(*PARAMS, "threads", value=10**9), 2, "threads out of range"),
    "a parameter out of range": (put(*PARAMS, "pages_per_thread", value=-1), 2, DAMAGED),
    "env is null": (put("env", value=None), 2, DAMAGED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, complete: Path, tmp_path: Path) -> None:
    change, code, part = REFUSED[name]
    path = tmp_path / "a.json"
    path.write_text(change(complete.read_text(encoding="utf-8")), encoding="utf-8")
    before = path.read_bytes()
    line = complaint(run("run", "--resume", path), code, "--resume: ", str(path), part)
    assert ";" in line.split(part)[0] + line.split(part)[1] or ";" in part, "no cure"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    complaint(run("run", "--resume", tmp_path / "no.json"), 2, "--resume: cannot read ",
              "No such file", "give the path of a result file")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    complaint(run("run", "--resume", tmp_path), 2, "--resume: ", NO_RESULT)


@pytest.mark.parametrize("options", [("--rounds", "3"), ("--design", "rwsem"), ("-o", "b.json"),
                                     ("--seed", "1"), ("--quiet", "--threads", "2")])
def test_resume_takes_no_other_plan(options: tuple[str, ...], complete: Path,
                                    tmp_path: Path) -> None:
    path = copy_of(complete, tmp_path)
    complaint(run("run", "--resume", path, *options, cwd=tmp_path), 2,
              "--resume continues a session as it was planned; give it alone")
    assert list(tmp_path.iterdir()) == [path]
