"""test_export_hostile.py: strings made to do harm come out as text, in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
import synthetic_sim
from report import load_file
from report.exports.names import safe_name, safe_text
from report.formats import convert, formats

Write = Callable[..., Path]

payloads = [
    "\x1b[2J\x1b[31mred\x07", "\x9b31m\u202e\u2066txt", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "../../../etc/passwd", "/etc/passwd", "..",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd", "+1", "-1+cmd", "a\nBenchmarkEvil 1 1 ns/op\nUnit x better=higher",
    "a\r\nkey: value", "`rm -rf`", "$(reboot)", "x,\"y\",z", "]]></svg>", "\u2028\u2029\u0085.",
    "&lt;b&gt;", "|a|b|\n|-|-|", "[x](javascript:alert(1))", "\x00\x08\x7f", "%s%n{0}{self}",
]


def poison(document: dict[str, Any], payload: str) -> dict[str, Any]:
    """`payload` in every string that the reader takes as it is."""
    document["session"].update(argv=[payload], started=payload)
    document["session"]["tool"].update(version=payload, gbench=payload)
    document["subjects"][0].update(id=payload, label=payload)
    document["subjects"][0]["build"].update(compiler=payload, flags=payload, buildtype=payload)
    document["machine"].update(arch=payload, hypervisor=payload)
    document["machine"]["cpu"].update(model=payload)
    for cache in document["machine"]["cpu"]["caches"]:
        cache.update(type=payload)
    document["kernel"].update(release=payload)
    document["env"].update(reasons=[payload])
    document["env"]["before"].update(governor=payload)
    return document


def poison_runs(document: dict[str, Any], payload: str) -> dict[str, Any]:
    document["design"].update(suite=payload, pin=payload)
    for i, one in enumerate(document["benchmarks"]):
        one.update(family=payload, unit=payload, id=payload + str(i))
        one["params"].update({"workload": payload + str(i), "design": payload, payload: payload})
    for run in document["runs"]:
        for trial in run["trials"]:
            trial.update(secondary={payload: 1}, counters={payload: 1})
        if run["failure"]:
            run["failure"].update(message=payload)
        if run.get("sim"):
            for line in run["sim"]["lines"]:
                for place in line["fields"]:
                    place.update(field=payload, where=payload)
    if "simulated_machine" in document:
        document["simulated_machine"].update(name=payload, summary=payload)
    return document


def poison_proof(document: dict[str, Any], payload: str) -> dict[str, Any]:
    for run in document["runs"]:
        check = run["check"]
        check["reductions"] = [payload]
        if check["reason"]:
            check["reason"] = payload
        if check["failure"]:
            check["failure"].update(what=payload, where=payload, missing_order=payload,
                                    trace=payload)
    for one in document["benchmarks"]:
        one["summary"] = payload
    return document


def small_host() -> dict[str, Any]:
    document = first(synthetic.result(threads=(2,), rounds=1), 5)
    synthetic.fail(document["runs"][3], "crash", "x")
    return document


def first(document: dict[str, Any], benchmarks: int) -> dict[str, Any]:
    """`document` with its first benchmarks alone: the strings are the same in all."""
    document["benchmarks"] = document["benchmarks"][:benchmarks]
    document["runs"] = [run for run in document["runs"] if run["bench"] < benchmarks]
    return document


def small_sim() -> dict[str, Any]:
    document = first(synthetic_sim.result(), 2)
    synthetic_sim.fail(document["runs"][1], "x")
    return document


def small_check() -> dict[str, Any]:
    """The first benchmarks in which one fails and one is inconclusive."""
    document = synthetic_check.result()
    document["session"]["complete"] = False
    kinds = {run["check"]["verdict"]: run for run in document["runs"]}
    document["runs"] = sorted(kinds.values(), key=lambda run: run["bench"])
    return document


makers: dict[str, Callable[[str], dict[str, Any]]] = {
    "host": lambda p: poison_runs(poison(small_host(), p), p),
    "sim": lambda p: poison_runs(poison(small_sim(), p), p),
    "check": lambda p: poison_proof(poison(small_check(), p), p),
}
cases = [
    (kind, name) for kind in makers for name, one in formats.items()
    if {"host": one.write, "sim": one.write_sim, "check": one.write_proof}[kind]
]


def strings(value: Any) -> list[str]:
    """Every string of a JSON value, keys too."""
    if isinstance(value, dict):
        return [*value, *(s for v in value.values() for s in strings(v))]
    if isinstance(value, list):
        return [s for v in value for s in strings(v)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("kind, name", cases, ids=["-".join(case) for case in cases])
def test_payloads_come_out_as_text(kind: str, name: str, write: Write) -> None:
    plain = convert(name, load_file(write(makers[kind]("plain"))))
    for payload in payloads:
        text = convert(name, load_file(write(makers[kind](payload))))
        lines = text.replace("\r\n", "\n") if name == "csv" else text
        assert all(c == "\n" or 32 <= ord(c) < 127 for c in lines), payload
        if name in ("bmf", "custom", "gbench"):
            found = strings(json.loads(text))
            for one in found:
                assert not set(one) & set("<>") and all(c == "\n" or c.isprintable() for c in one)
            assert len(found) == len(strings(json.loads(plain)))
        elif name == "csv":
            check_csv(text, plain)
        elif name == "benchfmt":
            assert "<" not in text and text.count("\n") == plain.count("\n")
            assert text.count("\nBenchmark") == plain.count("\nBenchmark")
        elif name == "markdown":
            prose = re.sub(r"^(`{3,})\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
            bare = re.sub(r"\\[\\<\]\[|`]", "", prose)  # what is left is markup
            assert "<" not in bare and "](" not in bare


def check_csv(text: str, plain: str) -> None:
    """As many cells as of a harmless file; none of them a formula, none with markup."""
    rows, wanted = (list(csv.reader(io.StringIO(t, newline=""), strict=True))
                    for t in (text, plain))
    assert [len(row) for row in rows] == [len(row) for row in wanted]
    for cell in (cell for row in rows for cell in row):
        assert not set(cell) & set("<>\r\n")
        assert not cell.lstrip().startswith(("=", "+", "@")), cell
        if cell.lstrip().startswith("-"):
            float(cell)  # a number and nothing else


@pytest.mark.parametrize("text, wanted", [
    ("pf_shared/design=rwsem/threads=2", "pf_shared/design=rwsem/threads=2"),
    ("../../x", "%2E%2E/%2E%2E/x"), ("/etc/x", "%2Fetc/x"), ("//x", "%2F/x"), ("a/./b", "a/%2E/b"),
    ("a.b", "a.b"), ("100%", "100%25"), ("<b>", "%3Cb%3E"), ("a b", "a%20b"), ("", ""),
    ("/", "%2F"), ("\ud800", "%5Cud800"),
])
def test_safe_names(text: str, wanted: str) -> None:
    assert safe_name(text) == wanted


def test_different_texts_have_different_names() -> None:
    texts = ["a b", "a%20b", "a%2520b", "/a", "%2Fa", "..", "%2E%2E", "a/..", "a/%2E%2E", "//", "/",
             "%2F", "%2F/", "", "a", "A"]
    assert len({safe_name(text) for text in texts}) == len(texts)


def test_safe_text_is_one_line() -> None:
    assert safe_text("a\n<b>\x1b[1m\u00e9") == "a %3Cb%3E [1m\\xe9"
