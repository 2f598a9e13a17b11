"""test_gate_accepted.py: accepted changes: what is read, what is matched, what is named."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from typing import Any, Callable

import pytest

from gate_sessions import session
from report.errors import ReportError
from report.gate.accepted import match, read_accepted

entry = """\
[[accepted]]
benchmark = "pf_shared/design=rwsem/*"
metric = "throughput"
date = 2026-11-22
reason = "the stamp is checked twice"
"""
slower = {("rwsem", 2): 0.9}


@pytest.fixture
def gate(
    write: Callable[..., Path], faultline: Callable[..., Any]
) -> Callable[..., Any]:
    """gate(TOML, options...) of a build whose rwsem is 10 % slower with 2 threads."""

    def run(text: str, *options: object) -> Any:
        return faultline(
            "gate", write(session(1), "base.json"), write(session(2, scale=slower), "new.json"),
            "--accepted", write(text, "accepted.toml"), *options)

    return run


def test_an_accepted_regression_passes_and_gives_its_reason(gate: Callable[..., Any]) -> None:
    done = gate(entry + 'link = "https://lore.kernel.org/r/1"\n')
    assert done.code == 0
    assert "ACCEPTED" in done.out
    assert ("accepted: the stamp is checked twice (https://lore.kernel.org/r/1)"
            in " ".join(done.out.split()))


@pytest.mark.parametrize("change, words", [
    (("rwsem/*", "refcount/*"), None),
    (('"throughput"', '"cpu_throughput"'), None),
    (("2026-11-22", "2026-11-23"), "does not hold yet"),
    (("reason", "expires = 2026-11-21\nreason"), "expired"),
    (("reason", "change = [-5.0, 0.0]\nreason"), "accepts another range"),
    (("date = 2026-11-22", f'commit = "{"e" * 40}"'), "not among these"),
])
def test_an_entry_about_something_else_does_not_help_and_is_named(
    gate: Callable[..., Any], change: tuple[str, str], words: str | None
) -> None:
    done = gate(entry.replace(*change))
    assert done.code == 1
    text = " ".join(done.out.split())
    assert "met no regression" in text
    assert words is None or words in text


def test_the_range_is_in_percent(gate: Callable[..., Any]) -> None:
    assert gate(entry + "change = [-12.0, -5]\n").code == 0


def test_the_new_builds_own_commit_is_accepted(gate: Callable[..., Any]) -> None:
    commit = session(2, scale=slower)["subjects"][0]["vcs"]["commit"]
    assert gate(entry.replace("date = 2026-11-22", f'commit = "{commit[:12]}"')).code == 0


def test_a_crash_cannot_be_accepted(
    write: Callable[..., Path], faultline: Callable[..., Any]
) -> None:
    from gate_sessions import break_runs

    new = session(2)
    break_runs(new, "rwsem", 12)
    done = faultline("gate", write(session(1), "b.json"), write(new, "n.json"), "--accepted",
                     write(entry.replace('"throughput"', '"*"'), "a.toml"))
    assert done.code == 1


@pytest.mark.parametrize("text, words", [
    ("x = 1", "has 'x'"),
    ("accepted = 3", "has 'accepted'"),
    ("accepted = [3]", "is no table"),
    ("[[accepted", "is not TOML"),
    (entry.replace("reason", "raeson"), "did you mean 'reason'?"),
    (entry.replace("the stamp is checked twice", "  "), "has no reason"),
    (entry.replace('"throughput"', '"speed"'), "no metric is named 'speed'"),
    (entry.replace("date = 2026-11-22\n", ""), "neither commit nor date"),
    (entry.replace("date = 2026-11-22", 'date = "2026-11-22"'), "is no date"),
    (entry + 'commit = "HEAD"\n', "hexadecimal"),
    (entry + "change = [1.0, -1.0]\n", "from <= to"),
    (entry + "change = [true, 2]\n", "from <= to"),
    (entry + "change = 5\n", "from <= to"),
    (entry + 'link = "javascript:alert(1)"\n', "no http address"),
])
def test_a_file_that_is_not_sound_is_one_line_and_exit_2(
    gate: Callable[..., Any], text: str, words: str
) -> None:
    done = gate(text)
    assert done.code == 2
    assert words in done.err and done.err.count("\n") == 1


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ReportError):
        read_accepted(path)


def test_a_day_with_a_time_is_a_day(write: Callable[..., Path]) -> None:
    [one] = read_accepted(write(entry.replace("2026-11-22", "2026-11-22T10:00:00Z"), "a.toml"))
    assert one.since == date(2026, 11, 22)


def test_the_first_entry_that_covers_counts(write: Callable[..., Path]) -> None:
    second = entry.replace("checked twice", "checked thrice")
    entries = read_accepted(write(entry + "change = [-1, 0]\n" + second, "a.toml"))
    names = ("pf_shared/design=rwsem/threads=2",)
    found, why = match(entries, names, "throughput", -10.0, date(2026, 11, 23), lambda _: True)
    assert found is entries[1] and why is None


def run_git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org",
         *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_git_says_whether_a_commit_lies_between(tmp_path: Path) -> None:
    from report.history.commits import lies_between, topological

    run_git(tmp_path, "init", "-q")
    commits = []
    for number in range(3):
        run_git(tmp_path, "commit", "-q", "--allow-empty", "-m", str(number))
        commits.append(run_git(tmp_path, "rev-parse", "HEAD"))
    old, middle, new = commits
    assert lies_between(tmp_path, middle[:12], old, new)
    assert lies_between(tmp_path, new[:7], old, new)
    assert not lies_between(tmp_path, old, middle, new)
    assert not lies_between(tmp_path, middle, middle, new)
    assert not lies_between(tmp_path, "f" * 12, old, new)
    assert not lies_between(tmp_path, new, old, None)
    assert topological(tmp_path, reversed(commits)) == {old: 0, middle: 1, new: 2}
    assert topological(tmp_path, [old, "f" * 40]) is None
    assert topological(tmp_path / "nowhere", [old]) is None
