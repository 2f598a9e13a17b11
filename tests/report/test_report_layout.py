"""The text table where it gets difficult: many designs, odd words, few runs, what is missing."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
from report import load_result, throughput_table
from report.describe import compact
from report.table import percent

Write = Callable[..., Path]


def many_designs(count: int) -> dict[str, Any]:
    """pf_shared alone with `count` designs with long names and huge thread counts."""
    document = synthetic.result(threads=(1, 1024))
    document["benchmarks"] = document["benchmarks"][:2]
    runs = [one for one in document["runs"] if one["bench"] < 2]
    document["runs"] = []
    for number in range(count):
        for i in (0, 1):
            twin = copy.deepcopy(document["benchmarks"][i])
            twin["id"] += f"/{number}"
            twin["params"]["design"] = f"a_design_with_a_long_name_{number}"
            document["benchmarks"].append(twin)
        first = 2 + 2 * number
        document["runs"] += [one | {"bench": first + one["bench"]} for one in runs]
    return document


def two_subjects() -> dict[str, Any]:
    document = synthetic.result(threads=(1, 2))
    document["subjects"].append(document["subjects"][0] | {"id": "patched", "label": "v2"})
    document["runs"] += [one | {"subject": 1} for one in document["runs"]]
    return document


def ugly_words() -> dict[str, Any]:
    document = synthetic.result()
    document["machine"]["cpu"]["model"] = "Caf\u00e9\u2122 CPU\twith\nbreaks " + "x" * 200
    document["env"]["reasons"] = ["--- a/reason", "diff -u", "From someone", "\u00b1 2 %"]
    for one in document["runs"][:40]:
        synthetic.fail(one, "crash", f"line {one['bench']}\n--- \r\n" + "\u2588word" * 80)
    return document


def one_round() -> dict[str, Any]:
    document = synthetic.result(rounds=1)
    document["session"]["complete"] = False
    document["runs"] = document["runs"][:50]
    return document


documents = {
    "usual": synthetic.result,
    "many designs": lambda: many_designs(9),
    "two subjects": two_subjects,
    "ugly words": ugly_words,
    "one round": one_round,
    "100 rounds": lambda: synthetic.result(threads=(3,), rounds=100),
}


@pytest.fixture(params=documents.values(), ids=documents.keys())
def table(request: pytest.FixtureRequest, write: Write) -> str:
    return throughput_table(load_result(write(request.param())))


def test_rules_of_the_list(table: str) -> None:
    assert table.isascii() and table.endswith("\n") and not table.endswith("\n\n")
    assert "\t" not in table and "\r" not in table and "\x1b" not in table
    for line in table.splitlines():
        assert len(line) <= 72, line
        assert line == line.rstrip()
        assert line == "" or (line.startswith("  ") and len(line) > 2)


def test_git_mailinfo_keeps_it(table: str, tmp_path: Path) -> None:
    mail = (
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
        "From: A Developer <dev@example.org>\nDate: Sun, 22 Nov 2026 13:01:07 +0000\n"
        f"Subject: [PATCH] mm: a faster lock\n\nWhy.\n\n{table}\nSigned-off-by: A Developer\n"
        "---\n mm/memory.c | 1 +\n"
    )
    done = subprocess.run(
        ["git", "mailinfo", "message", "patch"], input=mail, text=True, cwd=tmp_path,
        capture_output=True, check=True,
    )
    assert "mm: a faster lock" in done.stdout
    kept = (tmp_path / "message").read_text("utf-8")
    assert kept == f"Why.\n\n{table}\nSigned-off-by: A Developer\n"


def test_stripping_comments_keeps_it(table: str) -> None:
    done = subprocess.run(
        ["git", "stripspace", "--strip-comments"], input=table, text=True, capture_output=True,
        check=True,
    )
    assert done.stdout == table


def test_four_designs_stand_in_one_table(document: dict[str, Any], write: Write) -> None:
    lines = throughput_table(load_result(write(document))).splitlines()
    heads = [line.split() for line in lines if "rwsem" in line and "mmap_lock" in line]
    assert heads.count(["rwsem", "atomic", "refcount", "mmap_lock"]) == len(synthetic.workloads)


def test_more_designs_are_dealt_to_several(write: Write) -> None:
    table = throughput_table(load_result(write(many_designs(9))))
    assert table.count("  threads ") == 5  # two columns of 18 fit beside label and n
    for number in range(9):
        assert table.count(f"a_design..g_name_{number}") == 1


def test_subjects_are_told_apart(write: Write) -> None:
    table = throughput_table(load_result(write(two_subjects())))
    assert "  subject    v2 (" in table
    heads = [line.split() for line in table.splitlines() if "patched" in line]
    assert ["threads", "patched", "patched", "patched", "patched", "n"] in heads


def test_single_runs_have_no_range(write: Write) -> None:
    document = one_round()
    table = throughput_table(load_result(write(document)))
    numbers = table.split("pf_shared  [")[1].split("1.23M +-4.5%")[0]
    assert "+-" not in numbers
    assert "n < 6: no interval can be given for any configuration." in table
    assert "INCOMPLETE: 50 of 72 planned runs" in " ".join(table.split())


def test_enough_runs_get_no_note(write: Write) -> None:
    document = synthetic.result(threads=(1, 2))
    assert "no interval" not in throughput_table(load_result(write(document)))


def test_failures_are_shown_not_zero(document: dict[str, Any], write: Write) -> None:
    table = throughput_table(load_result(write(document)))
    assert table.count("failed  ") == 1
    words = " ".join(table.split())
    assert "fork_storm rwsem separate, 3 threads: 6 of 6 (crash: signal 11 in worker 2)" in words
    assert "pf_shared refcount embedded, 3 threads: 1 of 6 (deadline: no thread" in words


def test_what_was_not_measured_is_left_out(document: dict[str, Any], write: Write) -> None:
    for one in document["runs"]:
        for trial in one["trials"]:
            trial.update(cpu_s=None, counters={})
    table = throughput_table(load_result(write(document)))
    assert "CPU-second" not in table and "fallback to" not in table


def test_too_narrow_is_an_error(document: dict[str, Any], write: Write) -> None:
    with pytest.raises(ValueError, match="width 40"):
        throughput_table(load_result(write(document)), width=40)


@pytest.mark.parametrize("value, text", [
    (0, "0"), (0.01234, "0.0123"), (0.9996, "1.00"), (1, "1.00"), (12.34, "12.3"), (99.96, "100"),
    (999.4, "999"), (999.6, "1.00k"), (1234, "1.23k"), (9996, "10.0k"), (999_499, "999k"),
    (999_500, "1.00M"), (1_234_567, "1.23M"), (5.6e9, "5.60G"), (7e15, "7000T"),
])
def test_compact(value: float, text: str) -> None:
    assert compact(value) == text


@pytest.mark.parametrize("value, text", [
    (0, "0%"), (0.04, "<0.1%"), (0.05, "0.1%"), (4.54, "4.5%"), (9.96, "10%"), (191.2, "191%"),
])
def test_percent(value: float, text: str) -> None:
    assert percent(value) == text
