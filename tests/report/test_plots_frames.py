"""test_plots_frames.py: results as DataFrames: one row a run, a thread, a point of a curve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pandas as pd
import pytest

import synthetic
import synthetic_sim
from report import load_result, run_summaries
from report.compare import compare_within
from report.frames import (
    comparison_frame, history_frame, joined, latency_frame, runs_frame, source_names,
    threads_frame,
)
from report.metrics import metrics
from report.simulated import transfer_classes

Write = Callable[..., Path]


def test_a_row_a_good_run(document: dict[str, Any], write: Write) -> None:
    result = load_result(write(document))
    frame = runs_frame(result)
    assert len(frame) == len(result.good_runs) == len(document["runs"]) - 7
    assert sorted(frame["throughput"]) == sorted(s.throughput for s in run_summaries(result))
    assert frame["count"].tolist() == frame["threads"].tolist() and frame["cpus"].isna().all()
    assert frame["unit"].nunique() == 4 and set(frame["workload"]) == set(synthetic.workloads)
    assert frame["oversubscribed"].equals(frame["threads"].gt(2).astype(bool))
    assert str(frame["t0"].dtype) == "datetime64[ns, UTC]" and frame["t0"].notna().all()
    assert set(frame["param_pages_per_thread"]) == {2048}
    assert frame["wait_p50_ns"].isna().all()  # not measured is NA, not 0
    assert frame.loc[frame["threads"] == 1, "jain"].isna().all()
    shared = frame[(frame["workload"] == "pf_shared") & (frame["threads"] == 2)]
    assert shared["jain"].tolist() == [1.0] * 24 and shared["min_max"].tolist() == [1.0] * 24


def test_every_metric_has_a_column(document: dict[str, Any], write: Write) -> None:
    frame = runs_frame(load_result(write(document)))
    for metric in metrics.values():
        name = f"{metric.name}_ns" if metric.unit == "ns" else metric.name
        assert name in frame.columns


def test_the_order_is_that_of_the_plan(document: dict[str, Any], write: Write) -> None:
    document["runs"].reverse()
    frame = runs_frame(load_result(write(document)))
    assert list(frame["design"].unique()) == list(synthetic.designs)
    assert list(frame["panel"].unique()) == list(synthetic.workloads)


def test_a_simulation_has_cpus_waits_and_transfers(write: Write) -> None:
    frame = runs_frame(load_result(write(synthetic_sim.result())))
    assert set(frame["cpus"]) == set(synthetic_sim.counts)
    assert frame["pos"].isna().all() and frame["t0"].isna().all()
    assert set(frame["seed"]) == {1, 2, 3, 4}
    eight = frame[frame["cpus"] == 8]
    assert set(eight["wait_p99_ns"]) == {800.0} and set(eight["jain"]) == {0.992}
    assert {f"transfers_{name}" for name in transfer_classes} <= set(frame.columns)
    alone = frame[(frame["workload"] == "pf_shared") & (frame["design"] == "rwsem")]
    every = alone[[f"transfers_{name}" for name in transfer_classes]].sum(axis=1)
    assert every.tolist() == pytest.approx([2.0] * len(alone))  # for each operation
    about = frame.attrs["about"]
    assert "SIMULATED toy-2s" in about.machine and "measured" not in about.bench
    assert frame[frame["cpus"] > 2].attrs["about"].simulated.name == "toy-2s"


def test_a_row_a_thread(document: dict[str, Any], write: Write) -> None:
    run = next(one for one in document["runs"] if one["trials"] and one["bench"] == 1)
    run["trials"][1]["thread_ops"] = [300, 100]
    frame = threads_frame(load_result(write(document)))
    one = frame[(frame["panel"] == "pf_shared") & (frame["count"] == 2)
                & (frame["design"] == "rwsem") & (frame["round"] == run["round"])]
    assert one["ops"].tolist() == [300, 100] and one["share"].tolist() == [1.5, 0.5]
    assert one["jain"].tolist() == [400**2 / (2 * (300**2 + 100**2))] * 2
    writers = frame[frame["role"] == "mprotect"]
    assert len(writers) and not writers["counted"].any()
    assert frame.loc[frame["role"] == "fault", "counted"].all()


def test_the_points_of_a_simulation_are_its_quantiles(write: Write) -> None:
    document = synthetic_sim.result()
    for run in document["runs"]:
        if run["sim"]:
            run["sim"]["wait_ns"]["n"] = 4000
    frame = latency_frame(load_result(write(document)))
    one = frame[(frame["panel"] == "pf_shared") & (frame["design"] == "rwsem")
                & (frame["count"] == 8)]
    assert one["value_ns"].tolist() == [80.0, 800.0, 1600.0, 2401.5]  # medians of the seeds
    assert one["exceeding"].tolist() == [0.5, 0.01, 0.001, 1 / 4000]
    assert set(one["points"]) == {"quantiles"} and "waiting" in one["what"].iloc[0]


def test_a_histogram_is_drawn_whole(document: dict[str, Any], write: Write) -> None:
    histogram = pytest.importorskip("report.histogram")
    result = load_result(write(document))
    kept = [histogram.Histogram(32, 4, 21, ((10, 3), (20, 1))),
            histogram.Histogram(32, 4, 25, ((10, 1), (25, 3)))]
    pair = [run for run in result.good_runs if run.benchmark.index == 1 and run.round < 2]
    runs = [replace(run, trials=[replace(run.measured[0], latency=one)])
            for run, one in zip(pair, kept)]
    frame = latency_frame(replace(result, runs=runs))
    assert set(frame["points"]) == {"histogram"} and set(frame["n"]) == {2}
    assert frame["value_ns"].tolist() == [10.0, 20.0, 25.0]  # both runs together
    assert frame["exceeding"].tolist() == [0.5, 0.375, 0.0]
    assert set(frame["what"]) == {"time of one operation"}


def test_too_few_operations_have_no_largest_point(write: Write) -> None:
    document = synthetic_sim.result()
    for run in document["runs"]:
        if run["sim"]:
            run["sim"]["wait_ns"]["n"] = 900
    frame = latency_frame(load_result(write(document)))
    assert set(frame["exceeding"]) == {0.5, 0.01, 0.001}


def test_no_latency_no_rows(document: dict[str, Any], write: Write) -> None:
    assert latency_frame(load_result(write(document))).empty


def test_a_row_an_outcome(document: dict[str, Any], write: Write) -> None:
    comparison = compare_within(load_result(write(document)))
    frame = comparison_frame(comparison)
    effects = [outcome.effect for _, outcome in comparison.outcomes if outcome.effect]
    assert frame["ratio"].tolist() == [effect.ratio for effect in effects]
    assert set(frame["verdict"]) <= {"BETTER", "WORSE", "SAME", "INCONCLUSIVE"}
    assert set(frame["at"]) == {"1 thread", "2 threads", "3 threads"}
    words = frame.attrs["about"]
    assert "rwsem as base" in words.method and "Synthetic CPU" in words.machine


def test_history_is_by_commit_and_time(write: Write) -> None:
    results = []
    for i, commit in enumerate("ab"):
        one = synthetic.result((1,), rounds=3)
        one["session"] |= {"id": f"2026112{i}T000000Z-00c0ffee",
                           "started": f"2026-11-2{i}T00:00:00Z"}
        one["subjects"][0]["vcs"]["commit"] = commit * 40
        results.append(load_result(write(one, f"{commit}.json")))
    frame = history_frame(results)
    assert list(frame["commit"].unique()) == ["a" * 40, "b" * 40]
    assert (frame["low"] <= frame["value"]).all() and (frame["value"] <= frame["high"]).all()
    assert set(frame["n"]) == {3} and len(frame) == 2 * 4 * 6
    rates = [s.throughput for s in run_summaries(results[0]) if s.run.benchmark.index == 0]
    assert frame["value"].iloc[0] == sorted(rates)[1]


def test_files_are_told_apart(document: dict[str, Any], write: Write) -> None:
    measured = runs_frame(load_result(write(document)))
    simulated = runs_frame(load_result(write(synthetic_sim.result(), "sim.json")))
    both = joined([measured, simulated], ["a", "b"])
    assert len(both) == len(measured) + len(simulated) and list(both["source"].unique()) == [
        "a", "b"]
    words = both.attrs["about"]
    assert "measured on Synthetic" in words.machine and "SIMULATED toy-2s" in words.machine
    assert words.simulated is None  # no borders in a plot of two machines
    assert joined([measured], ["a"]) is measured
    names = source_names([Path("x/run.json"), Path("y/run.json"), Path("z.json.gz")])
    assert names == ["run #1", "run #2", "z"]


def test_frames_of_nothing_are_empty() -> None:
    assert history_frame([]).empty and isinstance(history_frame([]), pd.DataFrame)
