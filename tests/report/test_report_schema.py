"""test_report_schema.py: the published schema says what files look like, and what they may not."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest
import synthetic
import synthetic_check
import synthetic_foreign
import synthetic_sim
from report.imports.source import SourceFile
from report.imports.sources import import_document

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "schema" / "faultline-result-1.schema.json"
SCHEMA = json.loads(PATH.read_text(encoding="utf-8"))
Validator = jsonschema.Draft202012Validator


def test_schema_is_one() -> None:
    Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("made", [synthetic.result, synthetic_check.result, synthetic_sim.result],
                         ids=["host", "check", "sim"])
def test_synthetic_file_is_valid(made: Callable[[], Any]) -> None:
    errors = [error.message for error in Validator(SCHEMA).iter_errors(made())]
    assert errors == []


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*/run.json")), ids=str)
def test_published_file_is_valid(path: Path) -> None:
    """Files of older minor versions stay valid."""
    assert Validator(SCHEMA).is_valid(json.loads(path.read_text(encoding="utf-8")))


def test_unknown_keys_are_allowed() -> None:
    value = synthetic.result()
    value["later"] = value["runs"][0]["later"] = {"minor": "version"}
    assert Validator(SCHEMA).is_valid(value)


BAD: dict[str, Callable[[Any], Any]] = {
    "other schema": lambda v: v.update(schema="gbench"),
    "newer major": lambda v: v.update(schema_version="2.0"),
    "no runs": lambda v: v.pop("runs"),
    "seed beyond 2^53": lambda v: v["session"].update(seed=2**53),
    "local time": lambda v: v["session"].update(started="2026-11-22 13:01"),
    "unknown bench": lambda v: v["session"].update(bench="guess"),
    "ops as text": lambda v: v["runs"][0]["trials"][1].update(ops="12"),
    "negative ops": lambda v: v["runs"][0]["trials"][1]["thread_ops"].__setitem__(0, -1),
    "no cpu time": lambda v: v["runs"][0]["trials"][1].pop("cpu_s"),
    "unknown failure": lambda v: v["runs"][0].update(
        failure={"kind": "mood", "message": "", "dump": None}),
    "placement": lambda v: v["benchmarks"][0]["params"].update(placement="somewhere"),
    "no threads": lambda v: v["benchmarks"][0]["params"].update(threads=0),
    "short hash": lambda v: v["machine"].update(id="12"),
    "class": lambda v: v["env"].update({"class": "fine"}),
    "no rounds": lambda v: v["design"].pop("rounds"),
    "imported null": lambda v: v["runs"][0].update(pos=None),
    "imported overlap": lambda v: v["runs"][0]["trials"][1].update(overlap=None),
    "imported kind": lambda v: v["design"].update(kind="imported"),
    "imported failure": lambda v: v["runs"][0].update(
        failure={"kind": "imported", "message": "", "dump": None}),
    "no layout": lambda v: v["benchmarks"][0].pop("layout"),
    "no CPUs": lambda v: v["runs"][0].pop("cpus"),
    "checked and measured": lambda v: v["runs"][0].update(
        check=synthetic_check.result()["runs"][0]["check"]),
    "kind of the checker": lambda v: v["design"].update(kind="model-check"),
    "bench alone is check": lambda v: v["session"].update(bench="check"),
    "bench alone is sim": lambda v: v["session"].update(bench="sim"),
    "kind of the simulator": lambda v: v["design"].update(kind="simulation"),
    "simulated on a host": lambda v: v["runs"][0].update(
        sim=synthetic_sim.result()["runs"][0]["sim"]),
}
BAD_IMPORTED: dict[str, Callable[[Any], Any]] = {
    "unknown program": lambda v: v["session"]["imported"].update(format="perf"),
    "no digest": lambda v: v["session"]["imported"].pop("sha256"),
    "interleaved": lambda v: v["design"].update(kind="interleaved"),
    "simulated": lambda v: v["session"].update(bench="sim"),
    "no operations": lambda v: v["runs"][0]["trials"][0].update(ops=None),
    "no round": lambda v: v["runs"][0].update(round=None),
    "measured after all": lambda v: v["session"].pop("imported"),
}
BAD_SIM: dict[str, Callable[[Any], Any]] = {
    "no machine": lambda v: v.pop("simulated_machine"),
    "calibrated": lambda v: v["simulated_machine"].update(calibrated="maybe"),
    "made up": lambda v: v["simulated_machine"].pop("made_up"),
    "unknown part": lambda v: v["simulated_machine"]["borders"][0].update(part="rack"),
    "id without machine": lambda v: v["benchmarks"][0].update(
        id="pf_shared/design=rwsem/placement=separate/threads=1"),
    "no CPUs": lambda v: v["benchmarks"][0]["params"].pop("cpus"),
    "no seed": lambda v: v["runs"][0].pop("seed"),
    "no figures": lambda v: v["runs"][0].update(sim=None),
    "two trials": lambda v: v["runs"][0]["trials"].append(v["runs"][0]["trials"][0]),
    "figures of a failed run": lambda v: v["runs"][11 * synthetic_sim.seeds].update(
        sim=v["runs"][0]["sim"]),
    "short hash": lambda v: v["runs"][0]["sim"].update(hash="12"),
    "unfair": lambda v: v["runs"][0]["sim"]["fairness"].update(jain=1.1),
    "no class": lambda v: v["runs"][0]["sim"]["transfers"].pop("home"),
    "place without line": lambda v: v["runs"][4]["sim"]["lines"][0]["fields"][0].update(
        where="rwsem.hpp"),
    "CPUs of a host": lambda v: v["runs"][0].update(cpus=[0]),
    "a proof's outcome": lambda v: v["runs"][0].update(
        check=synthetic_check.result()["runs"][0]["check"]),
    "kind": lambda v: v["design"].update(kind="interleaved"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused(name: str) -> None:
    value = copy.deepcopy(synthetic.result())
    BAD[name](value)
    assert not Validator(SCHEMA).is_valid(value)


@pytest.mark.parametrize("name", BAD_IMPORTED)
def test_what_is_wrong_in_an_import_is_refused(name: str) -> None:
    when = datetime(2024, 6, 1, tzinfo=timezone.utc)
    file = SourceFile("lh.json", "lh.json", synthetic_foreign.texts()["lockhammer"], when)
    value = import_document("lockhammer", file)
    assert Validator(SCHEMA).is_valid(value)
    BAD_IMPORTED[name](value)
    assert not Validator(SCHEMA).is_valid(value)


@pytest.mark.parametrize("name", BAD_SIM)
def test_what_is_wrong_in_a_simulation_is_refused(name: str) -> None:
    value = synthetic_sim.result()
    BAD_SIM[name](value)
    assert not Validator(SCHEMA).is_valid(value)


def test_every_key_is_described() -> None:
    """A leaf of the schema without description or fixed values tells its reader nothing."""
    bare: list[str] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            leaf = "type" in node and "properties" not in node and "items" not in node
            if leaf and not {"description", "enum", "const", "additionalProperties"} & set(node):
                bare.append(path)
            for key, value in node.get("properties", {}).items():
                walk(value, f"{path}/{key}")
            if "properties" in node.get("items", {}):
                walk(node["items"], f"{path}[]")

    walk(SCHEMA, "")
    for name, definition in SCHEMA["$defs"].items():
        walk(definition, name)
    assert bare == []
