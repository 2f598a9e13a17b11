"""test_gate_schema.py: what gate and selfcheck write as JSON meets the schemas, in every mode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from jsonschema import Draft202012Validator

import synthetic_check
import synthetic_sim
from gate_sessions import break_runs, drop, session

folder = Path(__file__).resolve().parents[2] / "schema"
accepted = """\
[[accepted]]
benchmark = "pf_shared/design=rwsem/*"
metric = "throughput"
date = 2026-11-22
reason = "the stamp is checked twice"
"""


def validator(name: str) -> Draft202012Validator:
    values = json.loads((folder / f"faultline-{name}-1.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(values)
    return Draft202012Validator(values)


def failing() -> dict[str, Any]:
    new = session(2, scale={("rwsem", 1): 0.9})
    break_runs(new, "refcount", 3)
    drop(new, "rwsem", 2)
    return new



cases: dict[str, tuple[Callable[[], Any], Callable[[], Any], tuple[str, ...], set[str]]] = {
    "same": (lambda: session(1), lambda: session(2), (), {"SAME"}),
    "failing": (lambda: session(1), failing, (), {"REGRESSED", "FAILED", "MISSING"}),
    "accepted": (lambda: session(1), lambda: session(2, scale={("rwsem", 2): 0.9}),
                 ("--accepted",), {"ACCEPTED"}),
    "few runs": (lambda: session(1, rounds=2), lambda: session(2, rounds=2), ("--strict",),
                 {"INCONCLUSIVE"}),
    "screen": (lambda: session(1), lambda: session(2, scale={("rwsem", 2): 0.8}),
               ("--screen", "again.txt"), {"CANDIDATE"}),
    "simulated": (synthetic_sim.result, synthetic_sim.result, (), {"SAME"}),
    "proofs": (synthetic_check.result, synthetic_check.result, (), {"SAME"}),
}


@pytest.mark.parametrize("name", list(cases))
def test_the_verdict_meets_its_schema(
    name: str, write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, new, options, statuses = cases[name]
    given = list(options)
    monkeypatch.chdir(tmp_path)
    if "--accepted" in given:
        (tmp_path / "accepted.toml").write_text(accepted, encoding="utf-8")
        given.append(str(tmp_path / "accepted.toml"))
    out = tmp_path / "gate.json"
    done = faultline("gate", write(base(), "base.json"), write(new(), "new.json"), "--json", out,
                     *given)
    values = json.loads(out.read_text(encoding="utf-8"))
    errors = [f"{e.json_path}: {e.message}" for e in validator("gate").iter_errors(values)]
    assert not errors
    assert values["exit_code"] == done.code
    assert statuses <= {row["status"] for row in values["rows"]}


def test_the_schema_has_every_key_and_status(
    write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path
) -> None:
    from report.gate.model import Status

    out = tmp_path / "gate.json"
    faultline("gate", write(session(1), "b.json"), write(session(2), "n.json"), "--json", out)
    values = json.loads(out.read_text(encoding="utf-8"))
    schema = validator("gate").schema
    assert set(values) == set(schema["properties"]) == set(schema["required"])
    assert set(values["base"]) == set(schema["$defs"]["side"]["properties"])
    assert set(values["rows"][0]) == set(schema["$defs"]["row"]["properties"])
    assert [status.value for status in Status] == schema["$defs"]["status"]["enum"]


@pytest.mark.parametrize("path, value", [
    (("schema_version",), "2.0"), (("exit_code",), 2), (("mode",), "guess"), (("rows",), []),
    (("rows", 0, "status"), "FINE"), (("rows", 0, "status"), "ACCEPTED"), (("rows", 0, "p"), 1.5),
    (("rows", 0, "n"), [12]), (("counts",), {"FINE": 1}), (("base", "files"), []),
])
def test_the_schema_refuses(
    path: tuple[Any, ...], value: Any, write: Callable[..., Path], faultline: Callable[..., Any],
    tmp_path: Path,
) -> None:
    out = tmp_path / "gate.json"
    faultline("gate", write(session(1), "b.json"), write(session(2), "n.json"), "--json", out)
    values = at = json.loads(out.read_text(encoding="utf-8"))
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not validator("gate").is_valid(values)


@pytest.mark.parametrize("rounds", [2, 12])
def test_the_certificate_meets_its_schema(
    rounds: int, write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "certificate.json"
    faultline("selfcheck", write(session(1, rounds=rounds, commit="a" * 40), "a.json"),
              write(session(2, rounds=rounds, commit="a" * 40), "b.json"), "-o", out)
    values = json.loads(out.read_text(encoding="utf-8"))
    one = validator("certificate")
    assert not [f"{e.json_path}: {e.message}" for e in one.iter_errors(values)]
    assert set(values) == set(one.schema["properties"]) == set(one.schema["required"])
    assert not one.is_valid(values | {"tests": 0})
