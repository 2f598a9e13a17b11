"""test_gate_rules.py: sessions by turns, screen and confirm, options to record once more."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_sim
from gate_sessions import session
from report.gate import Options, Status, gate, read_side
from report.gate.rerun import kept_options
from report.gate.sides import alternate

Write = Callable[..., Path]
slower = {("rwsem", 2): 0.9}


def by_turns(
    write: Write, rounds: int, scale: dict[tuple[str, int], float], drift: float = 0.0,
    prefix: str = "", step: int = 2,
) -> None:
    """One round at a time, base before new; the machine gets slower by `drift` each round."""
    for i in range(rounds):
        for place, (side, factors) in enumerate((("base", {}), ("new", scale))):
            number = step * i + place if step == 2 else i + place * rounds
            document = session(1000 * (bool(prefix) + 1) + 2 * i + place, 1, factors,
                               drift=-drift * i, number=number + 100 * bool(prefix))
            write(document, f"{prefix}{side}/{i:02}.json")


def test_sessions_by_turns_are_paired_and_drift_does_no_harm(
    write: Write, tmp_path: Path
) -> None:
    by_turns(write, 12, {}, drift=0.02)
    base, new = read_side(str(tmp_path / "base")), read_side(str(tmp_path / "new"))
    assert alternate(base, new)
    found = gate(base, new, Options())
    assert found.exit_code(strict=False) == 0
    assert all(row.n == (12, 12) for row in found.rows)
    assert "paired within rounds" in found.method[0]
    # Not paired, the drift of 22 % hides everything: no row can be decided.
    halves = [abs((row.high or 0) - (row.low or 0)) for row in found.rows]
    assert max(halves) < 0.04


def test_sessions_by_turns_find_a_regression_under_drift(write: Write, tmp_path: Path) -> None:
    by_turns(write, 12, slower, drift=0.02)
    found = gate(read_side(str(tmp_path / "base")), read_side(str(tmp_path / "new")), Options())
    assert [row.group for row in found.failing] == [("pf_shared", "rwsem", "2")]
    assert found.failing[0].change == pytest.approx(-0.1, abs=0.01)


def test_sessions_one_side_after_the_other_are_no_pairs(write: Write, tmp_path: Path) -> None:
    by_turns(write, 6, {}, step=1)
    found = gate(read_side(str(tmp_path / "base")), read_side(str(tmp_path / "new")), Options())
    assert "not paired" in found.method[0]
    assert any("do not alternate" in words for words in found.notices)


def test_sessions_of_several_rounds_are_no_pairs(write: Write, tmp_path: Path) -> None:
    for i in range(3):
        write(session(10 + 2 * i, 4), f"base/{i}.json")
        write(session(11 + 2 * i, 4), f"new/{i}.json")
    base, new = read_side(str(tmp_path / "base")), read_side(str(tmp_path / "new"))
    assert not alternate(base, new)
    assert gate(base, new, Options()).rows[0].n == (12, 12)


def test_packed_sessions_of_a_folder_are_read(write: Write, tmp_path: Path) -> None:
    by_turns(write, 6, {})
    for path in sorted(tmp_path.glob("*/*.json")):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    found = gate(read_side(str(tmp_path / "base")), read_side(str(tmp_path / "new")), Options())
    assert found.rows[0].n == (6, 6) and "paired within rounds" in found.method[0]


def test_a_folder_of_two_builds_or_machines_is_refused(
    write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    write(session(1, 1), "base/1.json")
    write(session(2, 1, commit="c" * 40), "base/2.json")
    done = faultline("gate", tmp_path / "base", tmp_path / "base")
    assert done.code == 4
    assert "of one side but not of one build" in done.err


def test_an_empty_folder_is_nothing_to_compare(
    tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    (tmp_path / "base").mkdir()
    done = faultline("gate", tmp_path / "base", tmp_path / "base")
    assert (done.code, done.err.count("\n")) == (5, 1)


def test_the_screen_names_candidates_and_how_to_record_them(
    write: Write, tmp_path: Path, faultline: Callable[..., Any]
) -> None:
    base, new = write(session(1), "base.json"), write(session(2, scale=slower), "new.json")
    done = faultline("gate", base, new, "--screen", tmp_path / "again.txt")
    assert done.code == 3
    assert "CANDIDATE" in done.out and "REGRESSED" not in done.out
    words = (tmp_path / "again.txt").read_text().split()
    assert words == ["--trials", "1", "--design", "rwsem", "--workload", "pf_shared",
                     "--threads", "2"]
    quiet = faultline("gate", base, write(session(3), "same.json"), "--screen",
                      tmp_path / "none.txt")
    assert quiet.code == 0
    assert (tmp_path / "none.txt").read_text() == ""


def confirm(
    write: Write, faultline: Callable[..., Any], fresh: dict[str, Any], *options: object
) -> Any:
    """Gates a suspected session whose confirmation is `fresh`."""
    return faultline(
        "gate", write(session(1), "base.json"), write(session(2, scale=slower), "new.json"),
        "--confirm", write(session(3, rounds=16), "base2.json"), write(fresh, "new2.json"),
        *options)


def test_what_fresh_runs_show_again_is_a_regression(
    write: Write, faultline: Callable[..., Any]
) -> None:
    done = confirm(write, faultline, session(4, rounds=16, scale=slower))
    assert done.code == 1
    assert "confirmed by fresh runs" in done.out
    assert " 16\n" in done.out, "the figures shown are those of the fresh runs"


def test_what_fresh_runs_do_not_show_passes_and_is_listed(
    write: Write, faultline: Callable[..., Any]
) -> None:
    fresh = session(4, rounds=16)
    fresh["subjects"] = session(2, scale=slower)["subjects"]
    done = confirm(write, faultline, fresh)
    assert done.code == 0
    assert "NOT REPRODUCED" in done.out


def test_confirming_with_the_screens_own_session_is_refused(
    write: Write, faultline: Callable[..., Any]
) -> None:
    done = confirm(write, faultline, session(2, scale=slower))
    assert done.code == 2
    assert "confirm with fresh sessions" in done.err


def test_confirming_another_build_is_refused(
    write: Write, faultline: Callable[..., Any]
) -> None:
    done = confirm(write, faultline, session(4, scale=slower, commit="d" * 40))
    assert done.code == 2
    assert "confirm with the same builds" in done.err


def test_a_candidate_that_was_not_recorded_again_is_refused(
    write: Write, faultline: Callable[..., Any]
) -> None:
    done = confirm(write, faultline, session(4, rounds=16, scale=slower, threads=(1,)))
    assert done.code == 1, "missing in the fresh runs of NEW alone"
    assert "MISSING" in done.out


def test_a_candidate_that_neither_side_recorded_again_is_refused(
    write: Write, faultline: Callable[..., Any]
) -> None:
    one = session(5, threads=(1,))
    done = faultline(
        "gate", write(session(1), "base.json"), write(session(2, scale=slower), "new.json"),
        "--confirm", write(one, "base2.json"),
        write(session(4, scale=slower, threads=(1,)), "new2.json"))
    assert done.code == 2
    assert "no runs of the candidate pf_shared/design=rwsem/threads=2" in done.err


def test_options_of_a_stranger_are_taken_over_only_where_they_are_plain() -> None:
    argv = ["faultline", "run", "--trials", "3", "--set", "pages=64", "-o", "/etc/passwd",
            "--seconds=0.5", "--pin", "$(reboot)", "--suite", "-o", "--resume", "x", "--set",
            "a b"]
    assert kept_options(argv) == ["--trials", "3", "--set", "pages=64", "--seconds", "0.5"]


def test_names_that_are_not_plain_make_no_command(
    write: Write, tmp_path: Path
) -> None:
    base, new = session(1), session(2, scale=slower)
    for document in (base, new):
        for one in document["benchmarks"]:
            one["params"]["design"] = one["params"]["design"] + "; reboot"
    found = gate(read_side(str(write(base, "b.json"))), read_side(str(write(new, "n.json"))),
                 Options(screen_only=True))
    assert found.of(Status.CANDIDATE) and found.confirm_options == ()


def test_false_regressions_of_equal_builds_stay_rare(write: Write) -> None:
    """200 tests of equal builds, noise 2 %: the whole-interval rule flags none of them."""
    flagged = tests = 0
    for i in range(50):
        base = read_side(str(write(session(100 + 2 * i, noise=0.02), "b.json")))
        new = read_side(str(write(session(101 + 2 * i, noise=0.02), "n.json")))
        found = gate(base, new, Options())
        flagged += len(found.failing)
        tests += len(found.rows)
    assert (flagged, tests) == (0, 200)


def test_a_session_is_not_judged_against_itself(
    write: Callable[..., Path], faultline: Callable[..., Any]
) -> None:
    """A job that names one file twice would pass for ever."""
    done = faultline("gate", write(session(1), "base.json"), write(session(1), "new.json"))
    assert done.code == 2 and done.err.count("\n") == 1
    assert "share a session, 20261122T000001Z-00000001" in done.err


def test_the_state_of_a_computer_is_nothing_to_its_simulations(
    write: Callable[..., Path], faultline: Callable[..., Any]
) -> None:
    """Asked for --statistical, too."""
    base, new = synthetic_sim.result(), synthetic_sim.result()
    for number, one in enumerate((base, new)):
        one["session"]["id"] = f"20261122T00000{number}Z-00000000"
        one["env"]["class"] = "unfit"
        one["kernel"]["release"] = f"6.{number}"
    done = faultline("gate", write(base, "b.json"), write(new, "n.json"), "--statistical")
    assert (done.code, done.err) == (0, "")
