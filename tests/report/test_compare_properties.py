"""What must hold for every comparison: swapped, scaled, with other rows beside it."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_compare
from report import ReportError, load_result
from report.compare import Comparison, compare_files, compare_within
from report.compare.rows import Selection
from report.layouts import layouts

Write = Callable[..., Path]
pair = Selection(designs=("rwsem", "refcount"), metrics=("throughput", "cpu_throughput"))
opposite = {"BETTER": "WORSE", "WORSE": "BETTER", "SAME": "SAME", "INCONCLUSIVE": "INCONCLUSIVE"}


def verdicts(comparison: Comparison) -> dict[tuple[str, str, str], Any]:
    """What each outcome is, by row, metric and contender."""
    return {
        (row.label, row.metric.name, source.label): outcome
        for row in comparison.rows for source, outcome in zip(comparison.contenders, row.outcomes)
    }


@pytest.mark.parametrize("factor", [0.7, 0.97, 1.0, 1.05, 1.4])
def test_swapping_inverts(factor: float, write: Write) -> None:
    result = load_result(write(synthetic_compare.host(factor)))
    there = verdicts(compare_within(result, base="rwsem", selection=pair))
    back = verdicts(compare_within(result, base="refcount", selection=pair))
    assert len(there) == len(back) > 20
    for (label, metric, _), outcome in there.items():
        other = back[label, metric, "rwsem"]
        if outcome.effect is None:
            assert other.effect is None
            continue
        assert other.effect.ratio == pytest.approx(1 / outcome.effect.ratio)
        assert other.effect.low == pytest.approx(1 / outcome.effect.high)
        assert other.verdict.value == opposite[outcome.verdict.value]
        assert other.q == pytest.approx(outcome.q)


def test_the_scale_does_not_matter(write: Write) -> None:
    """A clock that runs slow by 8 makes every rate larger and no verdict another."""
    document = synthetic_compare.host(1.1)
    slow = copy.deepcopy(document)
    for run in slow["runs"]:
        for trial in run["trials"]:
            trial["s"] /= 8
    ours, theirs = (verdicts(compare_within(load_result(write(one)))) for one in (document, slow))
    assert ours.keys() == theirs.keys()
    for key, outcome in ours.items():
        assert theirs[key].verdict == outcome.verdict
        if outcome.effect:
            assert theirs[key].effect.ratio == pytest.approx(outcome.effect.ratio)


def test_another_row_changes_no_verdict(write: Write) -> None:
    """Only q, which is of all rows together, may change."""
    result = load_result(write(synthetic_compare.host(1.1)))
    few = verdicts(compare_within(result, selection=Selection(workloads=("pf_shared",))))
    many = verdicts(compare_within(result))
    suffixes = {key: outcome for key, outcome in many.items() if key[0].startswith("pf_shared/")}
    assert len(suffixes) == len(few) == 9
    for key, outcome in few.items():
        assert suffixes[key].verdict == outcome.verdict
        assert suffixes[key].effect == outcome.effect


def test_a_file_against_itself_is_never_better(write: Write) -> None:
    base = load_result(write(synthetic_compare.host(), "base.json"))
    new = load_result(write(synthetic_compare.twin(synthetic_compare.host()), "new.json"))
    found = verdicts(compare_files(base, [new]))
    words = {one.verdict.value for one in found.values() if one.verdict}
    assert words <= {"SAME", "INCONCLUSIVE"}


def test_rounds_are_pairs_whatever_their_order_in_the_file(write: Write) -> None:
    document = synthetic_compare.host(1.1)
    turned = copy.deepcopy(document)
    turned["runs"].reverse()
    ours, theirs = (verdicts(compare_within(load_result(write(one)))) for one in (document, turned))
    assert {k: v.effect for k, v in ours.items()} == {k: v.effect for k, v in theirs.items()}


def test_a_contender_that_lacks_a_row(write: Write) -> None:
    document = synthetic_compare.host()
    kept = [i for i, one in enumerate(document["benchmarks"])
            if (one["params"]["design"], one["params"]["threads"]) != ("atomic", 2)]
    document["runs"] = [run | {"bench": kept.index(run["bench"])} for run in document["runs"]
                        if run["bench"] in kept]
    document["benchmarks"] = [document["benchmarks"][i] for i in kept]
    found = verdicts(compare_within(load_result(write(document))))
    outcome = found["pf_shared/threads=2", "throughput", "atomic"]
    assert outcome.verdict is None and outcome.refusal == "not in this one"
    assert found["pf_shared/threads=2", "throughput", "refcount"].verdict is not None


def test_another_version_is_refused(write: Write) -> None:
    base = load_result(write(synthetic_compare.host(), "base.json"))
    document = synthetic_compare.twin(synthetic_compare.host())
    document["benchmarks"][0]["version"] = "sha256:ffffffffffff"
    new = load_result(write(document, "new.json"))
    refused = [one.refusal for one in verdicts(compare_files(base, [new])).values() if one.refusal]
    assert "the benchmark's version differs: its figures changed meaning" in refused


@pytest.mark.parametrize("ops, seconds", [
    (1, 1e-9), (2**53 - 1, 0.1), (1, 1e9), (1, 1e11), (3, 0.001), (10**15, 0.002),
])
@pytest.mark.parametrize("which", ["one run", "all of refcount"])
def test_extremes_break_no_table(which: str, ops: int, seconds: float, write: Write) -> None:
    """Rates from 1e-11 to 1e17, alone among others or as a whole column."""
    document = synthetic_compare.host()
    designs = [one["params"]["design"] for one in document["benchmarks"]]
    for number, run in enumerate(document["runs"]):
        if designs[run["bench"]] == "refcount" and (which != "one run" or number < 5):
            for trial in run["trials"]:
                trial |= {"ops": ops, "s": seconds, "cpu_s": seconds}
    comparison = compare_within(load_result(write(document)), selection=replace(
        pair, workloads=("pf_shared", "fork_storm")))
    for layout in layouts.values():
        text = layout.render(comparison)
        assert "nan" not in text and "inf" not in text.replace("+-inf", "")
        if layout.text:
            assert all(len(line) <= 72 for line in text.splitlines())


@pytest.mark.parametrize("seconds", [1e-17, 1e17])
def test_what_nothing_measured_can_be_is_refused(seconds: float, write: Write) -> None:
    """The file may hold such numbers, but a rate of them is none."""
    document = synthetic_compare.host()
    document["runs"][0]["trials"][-1] |= {"s": seconds, "ops": 10_000}
    with pytest.raises(ReportError, match="which nothing measured can be") as error:
        compare_within(load_result(write(document)))
    assert error.value.exit_code == 2
