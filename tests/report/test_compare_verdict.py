"""The layouts for programs: the verdict file against its schema, CSV, Markdown."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from pathlib import Path
from typing import Any, Callable

import pytest
from jsonschema import Draft202012Validator

import synthetic_compare
from report import load_result
from report.compare import Comparison, compare_within
from report.layouts import layouts

Write = Callable[..., Path]
schema_file = Path(__file__).resolve().parents[2] / "schema" / "faultline-verdict-1.schema.json"


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not RFC 8259")


def document_of(comparison: Comparison) -> Any:
    return json.loads(layouts["json"].render(comparison), parse_constant=refuse)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", list(synthetic_compare.every))
def test_meets_the_schema(kind: str, write: Write, schema: Draft202012Validator) -> None:
    schema.check_schema(schema.schema)
    errors = list(schema.iter_errors(document_of(synthetic_compare.one(kind, write))))
    assert not errors, errors[0].message


@pytest.mark.parametrize("path, value", [
    (("schema_version",), "2.0"), (("by",), "colour"), (("rows", 0, "threshold"), 0),
    (("rows", 0, "outcomes", 0, "verdict"), "GOOD"), (("rows", 0, "outcomes", 0, "p"), 1.5),
    (("rows", 0, "outcomes", 0, "refusal"), "although there is a verdict"),
    (("inputs", 0, "sha256"), "short"), (("counts",), {"GOOD": 1}),
])
def test_the_schema_refuses(
    path: tuple[Any, ...], value: Any, write: Write, schema: Draft202012Validator
) -> None:
    document = document_of(synthetic_compare.one("within-host", write))
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not schema.is_valid(document)


def test_every_key_is_documented_and_written(
    write: Write, schema: Draft202012Validator
) -> None:
    """required lists all properties: a key is there, or null."""

    def check(part: Any) -> None:
        if isinstance(part, dict):
            if "required" in part:
                assert set(part["required"]) == set(part["properties"])
            for inner in part.values():
                check(inner)

    check(schema.schema)
    document = document_of(synthetic_compare.one("within-host", write))
    assert set(document) == set(schema.schema["properties"])
    outcome = schema.schema["$defs"]["outcome"]["properties"]
    assert set(document["rows"][0]["outcomes"][0]) == set(outcome)


def test_figures_are_those_of_the_comparison(write: Write) -> None:
    comparison = synthetic_compare.one("within-sim", write)
    document = document_of(comparison)
    found = [one for row in document["rows"] for one in row["outcomes"]]
    assert len(found) == len(comparison.outcomes)
    for written, (_, outcome) in zip(found, comparison.outcomes):
        if outcome.effect is None:
            assert written["verdict"] is None and written["refusal"] == outcome.refusal
            continue
        assert written["ratio"] == outcome.effect.ratio and written["q"] == outcome.q
        assert written["n"] == list(outcome.effect.n)
        assert written["verdict"] == outcome.verdict.value  # type: ignore[union-attr]
    counted = sum(document["counts"].values())
    assert counted == len(found)


def test_no_interval_is_null(write: Write) -> None:
    for row in document_of(synthetic_compare.one("few", write))["rows"]:
        for one in row["outcomes"]:
            assert one["low"] is None and one["high"] is None
            if one["refusal"] is None:
                assert one["verdict"] == "INCONCLUSIVE"


def test_inputs_are_named_by_their_hash(write: Write) -> None:
    path = write(synthetic_compare.host(), "a folder/run.json")
    document = document_of(compare_within(load_result(path)))
    assert [one["file"] for one in document["inputs"]] == ["run.json"]
    assert document["inputs"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(path.parent) not in json.dumps(document)


@pytest.mark.parametrize("text", synthetic_compare.hostile)
def test_strangers_labels(text: str, write: Write, schema: Draft202012Validator) -> None:
    comparison = compare_within(load_result(write(synthetic_compare.poisoned(text))))
    assert schema.is_valid(document_of(comparison))
    page = layouts["markdown"].render(comparison)
    assert "<script" not in page and "\x1b" not in page and page.isascii()
    tables = [line for line in page.splitlines() if line.startswith("|")]
    bars = {line.replace("\\|", "").count("|") for line in tables}
    assert bars == {13}, "a label has made a cell of its own"
    for cells in csv.reader(io.StringIO(layouts["csv"].render(comparison))):
        for cell in cells:
            assert cell.isascii() and cell.isprintable() if cell else True
            assert not cell.startswith(("=", "+", "@"))


def test_csv_reads_back_in_full(write: Write) -> None:
    comparison = synthetic_compare.one("within-sim", write)
    rows = list(csv.DictReader(io.StringIO(layouts["csv"].render(comparison))))
    assert len(rows) == len(comparison.outcomes)
    for line, (row, outcome) in zip(rows, comparison.outcomes):
        assert float(line["median_base"]) == row.base.median
        if outcome.effect is None:
            assert line["change"] == "" and line["verdict"] == "refused" and line["refusal"]
        else:
            assert float(line["change"]) == outcome.effect.ratio
            assert float(line["low"]) == outcome.effect.low
            assert math.isfinite(float(line["high"]))


def test_csv_leaves_what_is_not_known_empty(write: Write) -> None:
    rows = list(csv.DictReader(io.StringIO(
        layouts["csv"].render(synthetic_compare.one("few", write)))))
    assert {line["high"] for line in rows} == {""}
    assert not any(word in line.values() for line in rows for word in ("inf", "nan", "None"))
