"""test_gate_certificate.py: `faultline selfcheck`: the noise of one build against itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_sim
from gate_sessions import session

build = "a" * 40


@pytest.fixture
def selfcheck(
    write: Callable[..., Path], faultline: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """selfcheck(a, b, options...) of documents; the certificate goes to certificate.json."""

    def run(a: dict[str, Any], b: dict[str, Any], *options: object) -> Any:
        return faultline("selfcheck", write(a, "a.json"), write(b, "b.json"), "-o",
                         tmp_path / "certificate.json", *options)

    return run


def test_a_quiet_machine_gets_its_certificate(
    selfcheck: Callable[..., Any], tmp_path: Path
) -> None:
    done = selfcheck(session(1, commit=build), session(2, commit=build))
    assert done.code == 0
    assert "0 false verdicts in 8 tests" in " ".join(done.out.split())
    assert all(len(line) <= 72 for line in done.out.splitlines())
    values = json.loads((tmp_path / "certificate.json").read_text())
    assert (values["tests"], values["false_flags"], values["rate_low"]) == (8, 0, 0.0)
    assert values["rate_high"] == pytest.approx(1 - 0.025 ** (1 / 8))
    assert 0.005 < values["spread"] < 0.03 and values["mde"] > 0
    assert not values["paired"] and values["runs"] == 12


def test_a_machine_that_drifts_is_refused_for_gates(selfcheck: Callable[..., Any]) -> None:
    done = selfcheck(session(1, commit=build), session(2, commit=build, drift=0.2))
    assert done.code == 1
    assert "do not gate on this machine" in done.out


@pytest.mark.parametrize("b, code, words", [
    (session(2, commit="b" * 40), 4, "not of one build"),
    (session(1, commit=build), 2, "share a session"),
    (session(2, commit=build) | {"machine": session(2)["machine"] | {"id": "1" * 16}}, 4,
     "not of one machine"),
    (session(2, commit=build) | {"machine": session(2)["machine"] | {"id": "0" * 16}}, 4,
     "does not say of what machine"),
    (synthetic_sim.result(), 4, "deterministic"),
])
def test_what_is_no_pair_of_one_build_is_refused(
    selfcheck: Callable[..., Any], b: dict[str, Any], code: int, words: str
) -> None:
    done = selfcheck(session(1, commit=build), b)
    assert done.code == code
    assert words in done.err and done.err.count("\n") == 1


def test_the_gate_prints_the_certificate_of_its_machine(
    selfcheck: Callable[..., Any], write: Callable[..., Path], faultline: Callable[..., Any],
    tmp_path: Path,
) -> None:
    selfcheck(session(1, commit=build), session(2, commit=build))
    path = tmp_path / "certificate.json"
    base, new = write(session(3), "base.json"), write(session(4), "new.json")
    done = faultline("gate", base, new, "--certificate", path)
    assert done.code == 0
    assert "noise certificate (2026-11-22, one build against itself" in done.out
    other = json.loads(path.read_text()) | {"machine": "0" * 16}
    done = faultline("gate", base, new, "--certificate", write(other, "other.json"))
    assert done.code == 4
    assert "the certificate is of machine 0000000000000000" in done.err


@pytest.mark.parametrize("change, code", [
    ({"schema": "x"}, 2), ({"schema_version": "2.0"}, 4), ({"tests": 0}, 2), ({"spread": "x"}, 2),
])
def test_a_certificate_that_is_none_is_refused(
    selfcheck: Callable[..., Any], write: Callable[..., Path], faultline: Callable[..., Any],
    tmp_path: Path, change: dict[str, Any], code: int,
) -> None:
    selfcheck(session(1, commit=build), session(2, commit=build))
    values = json.loads((tmp_path / "certificate.json").read_text()) | change
    base = write(session(3), "base.json")
    done = faultline("gate", base, base, "--certificate", write(values, "c.json"))
    assert done.code == code and done.err.count("\n") == 1


def test_compare_prints_it_below_a_text_and_nowhere_else(
    selfcheck: Callable[..., Any], faultline: Callable[..., Any], tmp_path: Path
) -> None:
    selfcheck(session(1, commit=build), session(2, commit=build))
    files = (tmp_path / "a.json", tmp_path / "b.json")
    certificate = tmp_path / "certificate.json"
    done = faultline("compare", *files, "--certificate", certificate)
    assert done.code == 0 and "0 false verdicts in 8 tests" in " ".join(done.out.split())
    assert all(len(line) <= 72 and line[:2] in ("", "  ") for line in done.out.splitlines())
    done = faultline("compare", *files, "--layout", "csv", "--certificate", certificate)
    assert done.code == 2 and "plain text" in done.err
