"""test_report_table.py: the text that goes into a mail."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path
from typing import Callable

import synthetic
from report.describe import compact
from report.load import load_result
from report.table import throughput_table


def table(write: Callable[..., Path], **keys: object) -> str:
    return throughput_table(load_result(write(synthetic.result(**keys))))


def test_golden(write: Callable[..., Path], golden: Callable[[str, str], None]) -> None:
    golden("table.txt", table(write))


def test_same_input_same_bytes(write: Callable[..., Path]) -> None:
    assert table(write) == table(write)


def test_fit_for_a_mail(write: Callable[..., Path]) -> None:
    text = table(write)
    assert text.isascii() and text.endswith("\n") and "\t" not in text
    for line in text.splitlines():
        assert len(line) <= 72 and line == line.rstrip(), line
        assert line == "" or line.startswith("  "), line


def test_survives_git_mailinfo(write: Callable[..., Path], tmp_path: Path) -> None:
    """A rule or a dash in column 0 would cut a commit message short."""
    text = table(write)
    head = "From: A <a@example.org>\nSubject: [PATCH] t\nDate: Sun, 22 Nov 2026 12:00:00 +0000\n"
    mail = f"{head}\n{text}"
    done = subprocess.run(["git", "mailinfo", "message", "patch"], input=mail, text=True,
                          cwd=tmp_path, capture_output=True, check=True)
    assert "Subject: t" in done.stdout
    assert (tmp_path / "message").read_text(encoding="utf-8").rstrip() == text.rstrip()
    assert (tmp_path / "patch").read_text(encoding="utf-8") == ""


def test_medians_are_those_of_the_runs(write: Callable[..., Path]) -> None:
    value = synthetic.result()
    text = table(write)
    index = next(i for i, one in enumerate(value["benchmarks"])
                 if one["id"] == "pf_shared/design=rwsem/placement=separate/threads=2")
    rates = [run["trials"][1]["ops"] / run["trials"][1]["s"]
             for run in value["runs"] if run["bench"] == index]
    assert compact(statistics.median(rates)) in text


def test_header_names_machine_kernel_method_and_n(write: Callable[..., Path]) -> None:
    text = table(write)
    for fact in ("Synthetic CPU 9000", "6.18.44", "6 rounds", "fresh process", "higher is better",
                 "measured on this host, not simulated", "degraded", "virtual machine (kvm)"):
        assert fact in " ".join(text.split()), fact


def test_failed_runs_are_named_and_not_zero(write: Callable[..., Path]) -> None:
    text = table(write)
    assert "failed" in text and "no thread made progress" in " ".join(text.split())
    assert " 0.00 " not in text


def test_few_rounds_are_called_few(write: Callable[..., Path]) -> None:
    assert "n < 6" in table(write, rounds=3)
    assert "n < 6" not in " ".join(
        line for line in table(write, rounds=12).splitlines() if "failed" not in line)


def test_oversubscribed_counts_are_marked(write: Callable[..., Path]) -> None:
    assert "3*" in table(write) and "3*" not in table(write, threads=(1, 2))
