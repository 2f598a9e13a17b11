"""What is proved for which design, as text and as Markdown."""

from __future__ import annotations

import copy
import re
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
from report import load_file, proof_markdown, proof_table
from report.proof_words import replay

Write = Callable[..., Path]


def many_designs() -> dict[str, Any]:
    """Fifteen designs with names of 40 letters in one scenario."""
    document = synthetic_check.result()
    document["benchmarks"], document["runs"] = document["benchmarks"][:1], document["runs"][:1]
    for number in range(15):
        twin = copy.deepcopy(document["benchmarks"][0])
        twin["design"] = f"a_design_with_a_name_of_forty_letters_{number:02}"
        twin["name"] = f"check/{twin['design']}/none/{twin['scenario']}/{twin['threads']}"
        document["benchmarks"].append(twin)
        document["runs"].append(document["runs"][0] | {"bench": 1 + number})
    return document


def ugly_words() -> dict[str, Any]:
    document = synthetic_check.result()
    document["machine"]["cpu"]["model"] = "Caf\u00e9\u2122 CPU|\twith <b>\nbreaks " + "x" * 200
    for one in document["benchmarks"]:
        one["summary"] = "--- a/file\r\n`code` *bold* " + "\u2588 " * 80
    for one in document["runs"]:
        if one["check"]["failure"]:
            one["check"]["failure"].update(
                what="diff -u\n--- two", schedule=r"\$(x)" + "`!`" * 100,
                trace="--- a\n```\n~~~\n\tx\n" + "y" * 300)
    return document


def unfinished() -> dict[str, Any]:
    document = synthetic_check.result()
    document["session"]["complete"] = False
    document["runs"] = document["runs"][:7]
    return document


def two_subjects() -> dict[str, Any]:
    document = synthetic_check.result()
    document["subjects"].append(document["subjects"][0] | {"id": "patched", "label": "v2"})
    document["runs"] += [one | {"subject": 1} for one in document["runs"]]
    return document


def all_failed() -> dict[str, Any]:
    document = synthetic_check.result()
    for one in document["runs"]:
        if one["check"]["failure"] is None:
            one["check"].update(reason=None)
            synthetic_check.fail(one["check"], "deadlock", "nobody moves", "T0")
    return document


def odd_limits() -> dict[str, Any]:
    document = synthetic_check.result()
    for i, one in enumerate(document["runs"]):
        limit = synthetic_check.limit("\u2588 visits of a state with a long name", 1e300, True)
        one["check"].update(verdict="inconclusive", reason=f"r{i}", failure=None, limits=[limit])
        one["check"].update(mode="exhaustive", executions=2**53 - 1)
    return document


documents = {
    "synthetic": synthetic_check.result, "many designs": many_designs, "ugly": ugly_words,
    "unfinished": unfinished, "two subjects": two_subjects, "all failed": all_failed,
    "odd limits": odd_limits,
}
every = pytest.mark.parametrize("made", documents.values(), ids=documents.keys())


def text(write: Write, document: dict[str, Any] | None = None) -> str:
    return proof_table(load_file(write(document or synthetic_check.result())))


def flat(words: str) -> str:
    return " ".join(words.split())


def test_golden(write: Write, golden: Callable[[str, str], None]) -> None:
    golden("proof.txt", text(write))


def test_golden_markdown(write: Write, golden: Callable[[str, str], None]) -> None:
    golden("proof-markdown.txt", proof_markdown(load_file(write(synthetic_check.result()))))


@every
def test_fit_for_a_mail(made: Callable[[], Any], write: Write) -> None:
    words = text(write, made())
    assert words.isascii() and words.endswith("\n") and "\t" not in words
    for line in words.splitlines():
        assert len(line) <= 100 and line == line.rstrip(), line
        assert line == "" or line.startswith("  "), line


@every
def test_survives_git_mailinfo(made: Callable[[], Any], write: Write, tmp_path: Path) -> None:
    words = text(write, made())
    head = "From: A <a@example.org>\nSubject: [PATCH] t\nDate: Sun, 22 Nov 2026 12:00:00 +0000\n"
    subprocess.run(["git", "mailinfo", "message", "patch"], input=f"{head}\n{words}", text=True,
                   cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "message").read_text(encoding="utf-8").rstrip() == words.rstrip()
    assert (tmp_path / "patch").read_text(encoding="utf-8") == ""


@every
def test_markdown_is_one_table_without_heading(made: Callable[[], Any], write: Write) -> None:
    words = proof_markdown(load_file(write(made())))
    assert words.isascii() and words.endswith("\n")
    prose, fence = [], ""
    for line in words.splitlines():
        mark = re.match("`{3,}$", line)
        if fence:
            fence = "" if line == fence else fence
        elif mark:
            fence = line
        else:
            prose.append(line)
    assert fence == "", "every fence is closed"
    assert not any(line.startswith("#") for line in prose)
    rows = [line for line in prose if line.startswith("|")]
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in rows}
    assert len(columns) == 1 and len(rows) >= 3
    assert not re.search(r"(?<!\\)<b>", "\n".join(prose))


@every
def test_only_proofs_are_called_so(made: Callable[[], Any], write: Write) -> None:
    document = made()
    for words in (text(write, document), proof_markdown(load_file(write(document)))):
        assert "verified" not in words
        proofs = sum(run["check"]["verdict"] == "verified" for run in document["runs"])
        assert len(re.findall(r"proved [\d,]+\b", words)) == proofs
        assert ("proved N" in words) == (proofs > 0)


def test_what_stands_in_the_cells(write: Write) -> None:
    lines = text(write).splitlines()
    heads = [line.split() for line in lines if line.startswith("  scenario  ")]
    assert heads == [["scenario", "threads", "mmap_lock", "rwsem", "atomic"],
                     ["scenario", "threads", "refcount/separate", "refcount/embedded", "mutant"]]
    cells = [re.split(r"\s{2,}", line.strip()) for line in lines]
    executions = synthetic_check.result()["runs"][0]["check"]["executions"]
    assert cells[lines.index(next(x for x in lines if x.startswith("  scenario  "))) + 1][:3] == [
        "fault_vs_mprotect", "2", f"proved {executions:,}"]
    found = {cell for row in cells for cell in row}
    for cell in ("-", "? steps", "?", "FAILED lost_wakeup"):
        assert cell in found, cell
    for start in ("<=3 pre ", "part <=3 pre ", "part ", "random ", "pct "):
        assert any(re.fullmatch(re.escape(start) + r"[\d,]+", cell) for cell in found), start


def test_bounded_is_plainly_no_proof(write: Write) -> None:
    words = flat(text(write))
    assert "<=K pre N: NO PROOF: the N executions with at most K preemptions are all right" in words
    assert "part <=K pre N: NO PROOF: N executions with at most K preemptions are" in words
    assert "23 proved, 6 bounded (no proof), 2 FAILED, 2 inconclusive" in words
    for reason in (
        "bounded: 4 threads have too many interleavings (exit_vs_fault, 4 threads, rwsem;",
        "bounded: at most 3 preemptions; the limit on executions, 10,000,000, was reached (two_w",
        "bounded: the limit on seconds, 60, was reached (tree_walk, 2 threads, refcount/separate)",
        "bounded: pct: executions drawn by random priorities (two_writers",
    ):
        assert reason in words, reason


def test_a_timeout_is_called_so(write: Write) -> None:
    document = synthetic_check.result()
    synthetic_check.give_up(document["runs"][0]["check"], "seconds", "60 s were over")
    assert "  ? timeout  " in text(write, document)


def test_head_says_what_was_explored_and_what_not(write: Write) -> None:
    document = synthetic_check.result()
    words = flat(text(write, document))
    checks = [run["check"] for run in document["runs"]]
    for fact in (
        "model-checked, not measured", "Synthetic CPU 9000", "Linux 6.18.44",
        "(9505cacb7c71, clean)", "suite quick", "mode auto", "seed 12345",
        "RC11 without load buffering. Not modelled: load buffering, the orderings by "
        "dependencies of the kernel's memory model (LKMM), interrupts",
        "spurious wakeups 1, stops 1, clock steps 1, signals 0", "seconds 60; steps 5,000",
        "sleep sets, stale-read pruning, symmetry",
        f"{sum(c['executions'] for c in checks):,} executions",
        f"{sum(c['seconds'] for c in checks):,.1f} s",
    ):
        assert fact in words, fact


def test_failures_say_what_where_and_how_to_replay(write: Write) -> None:
    words = text(write)
    for fact in ("FAILED: lost_wakeup in fault_vs_mprotect, 2 threads, mutant",
                 "where    lockimpls/vma_refcount.hpp:98",
                 "missing  release at lockimpls/vma_refcount.hpp:98",
                 "4 events, at most 1 preemption;",
                 "faultline check --replay 'mutant/embedded/fault_vs_mprotect/2:T0110|rf:0,1'",
                 "        #1      RMW.acq vm_refcnt 1->2\n", "where    not known"):
        assert fact in words, fact


@pytest.mark.parametrize("schedule", ["T01", "T" + "01" * 300, r"\a$x`y`!" * 40, " x " * 90],
                         ids=["short", "long", "odd", "blanks"])
def test_replay_can_be_pasted_into_a_shell(schedule: str) -> None:
    lines = replay(schedule, 94)
    assert all(len(line) <= 94 and line == line.rstrip() for line in lines)
    script = "faultline() { printf '%s' \"$3\"; }\n" + "\n".join(f"      {x}" for x in lines)
    done = subprocess.run(["bash", "-c", script], text=True, capture_output=True, check=True)
    assert done.stdout == schedule and done.stderr == ""


def test_unfinished_session(write: Write) -> None:
    words = flat(text(write, unfinished()))
    assert "INCOMPLETE: 7 of 33 planned runs are in the file" in words
    assert "not run: planned, but the session ended before." in words
    assert "INCOMPLETE" not in text(write) and "not run" not in text(write)


def test_one_placement_needs_no_name(write: Write) -> None:
    document = synthetic_check.result()
    for keep in ("benchmarks", "runs"):
        document[keep] = [one for i, one in enumerate(document[keep])
                          if synthetic_check.result()["benchmarks"][i]["placement"] != "embedded"]
    for i, one in enumerate(document["runs"]):
        one["bench"] = i
    assert "refcount/separate" not in text(write, document)
    assert "FAILED" not in text(write, document) and "part N: " in text(write, document)


def test_width(write: Write) -> None:
    result = load_file(write(synthetic_check.result()))
    assert max(map(len, proof_table(result, 80).splitlines())) <= 80
    with pytest.raises(ValueError):
        proof_table(result, 79)


def test_report_and_export(write: Write, tmp_path: Path, faultline: Callable[..., Any]) -> None:
    path = write(synthetic_check.result(), "check.json")
    result = load_file(path)
    done = faultline("report", path)
    assert (done.code, done.out, done.err) == (0, proof_table(result), "")
    assert [p.name for p in (tmp_path / "check").iterdir()] == ["table.txt"], "nothing to plot"
    assert (tmp_path / "check" / "table.txt").read_text("ascii") == done.out
    assert faultline("export", "--format", "text", path) == (0, done.out, "")
    assert faultline("export", "--format", "markdown", path) == (0, proof_markdown(result), "")


def test_host_and_check_in_one_report(
    write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    host = write(synthetic.result(threads=(1,), rounds=1), "host.json")
    proof = write(synthetic_check.result(), "check.json")
    done = faultline("report", "--no-plots", host, proof, "-o", tmp_path / "o")
    assert done.code == 0 and "fault/s" in done.out and done.out.endswith(text(write))


@pytest.mark.parametrize("kind, other, use", [
    ("gbench", synthetic_check.result, "check.json is from the model checker, format gbench "
     "cannot hold it; use --format markdown or text"),
    ("markdown", synthetic.result, "check.json is no file of the model checker, format markdown "
     "cannot hold it; use --format benchfmt, bmf, csv, custom, gbench or text"),
], ids=["gbench", "markdown"])
def test_formats_of_the_other_kind_are_refused(
    kind: str, other: Callable[[], Any], use: str, write: Write, tmp_path: Path,
    faultline: Callable[..., Any],
) -> None:
    path = write(other(), "check.json")
    done = faultline("export", "--format", kind, path, "-o", tmp_path / "out")
    assert (done.code, done.out) == (4, "") and use in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
