"""frames.py: results as pandas DataFrames: one row a run, a thread of a run, a point of a curve.

A frame that was made here says where it is from: frame.attrs["about"] is an About, which pandas
hands on when rows are selected, and which the plots print.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

import pandas as pd

from report import about as words
from report import describe, sim_words
from report.metrics import jain_of, metrics
from report.result import Benchmark, Result, Run, SimResult, Trial
from report.sim_summary import each
from report.simulated import SimulatedMachine, transfer_classes
from report.summary import panel_title, run_summary, splitting_params

if TYPE_CHECKING:
    from report.compare.model import Comparison

own_columns = ("workload", "design", "placement", "threads", "cpus")  # parameters with a column
sim_quantiles = (("wait_p50_ns", 0.5), ("wait_p99_ns", 0.01), ("wait_p999_ns", 0.001))


@dataclass(frozen=True)
class About:
    """What a frame is of.

    machine: in words, with the kernel; a simulated one says so. bench: "measured ..." or
    "simulated ...". method: how long one run was. caption: session, tool, state. simulated: the
    machine that was simulated; None of a host, or where files of different machines are together.
    """

    machine: str
    bench: str
    method: str
    caption: str
    simulated: SimulatedMachine | None


def about(result: Result) -> About:
    """The words for the frames of one result."""
    if isinstance(result, SimResult):
        method = f"windows of {sim_words.window(result)} of simulated time"
        return About(words.title(result), "simulated, no clock was read", method,
                     words.caption(result), result.simulated)
    trials = describe.count(result.plan.trials, "trial")
    return About(
        f"measured on {words.title(result)}", describe.bench(result),
        f"{trials} of {describe.trial_length(result.plan)} a run", words.caption(result), None,
    )


def runs_frame(result: Result) -> pd.DataFrame:
    """One row a good run, by configuration and round.

    Columns: session, bench, subject, workload, panel (the workload and the parameters that split
    it), design, placement, threads, cpus (simulated ones, else NA), count (cpus or threads),
    oversubscribed, unit, round, seed (of a simulation), pos, t0 (UTC; both NA of a simulation),
    throughput [op/s], cpu_throughput [op/CPU-s], fallback (0..1), jain, min_max (0..1), of a
    simulation wait_p50_ns, wait_p99_ns, wait_p999_ns, wait_max_ns and transfers_CLASS for each
    operation; a column for each further metric of report.metrics, and param_NAME for each further
    parameter. NA is not measured.
    """
    splitting = splitting_params(result.benchmarks)
    rows = [run_row(result, run, splitting) for run in by_configuration(result)]
    frame = pd.DataFrame(rows).replace([math.inf, -math.inf], math.nan)  # of absurd durations
    for name in ("threads", "cpus", "count", "round", "seed", "pos"):
        frame[name] = frame[name].astype("Int64")
    frame["t0"] = pd.to_datetime(frame["t0"], utc=True, errors="coerce")
    frame.attrs["about"] = about(result)
    return frame


def by_configuration(result: Result) -> list[Run]:
    """The good runs in the order of the plan, so that every plot has the designs in that order."""
    subjects = [subject.id for subject in result.subjects]
    return sorted(result.good_runs, key=lambda run: (
        subjects.index(run.subject.id), run.benchmark.index, run.round))


def identity(result: Result, run: Run, splitting: dict[str, list[str]]) -> dict[str, Any]:
    """The columns that say which run this is."""
    one = run.benchmark
    first = result.sim_plan.first_seed if isinstance(result, SimResult) else None
    return {
        "session": result.session.id, "bench": result.session.bench, "subject": run.subject.id,
        "workload": one.workload, "panel": panel_title(one, splitting), "design": one.design,
        "placement": one.placement, "threads": one.threads, "cpus": one.cpus, "count": one.count,
        "oversubscribed": one.oversubscribed, "unit": one.unit, "round": run.round,
        "seed": None if first is None else first + run.round,
    }


def run_row(result: Result, run: Run, splitting: dict[str, list[str]]) -> dict[str, Any]:
    """One row of runs_frame."""
    summary = run_summary(run)
    row = identity(result, run, splitting) | {
        "pos": run.position, "t0": run.started, "throughput": summary.throughput,
        "cpu_throughput": summary.cpu_throughput, "fallback": summary.fallback,
        "wait_max_ns": run.sim.wait_max_ns if run.sim else None,
        "jain": jain_of(run), "min_max": min_max_of(run),
    }
    for metric in metrics.values():
        row.setdefault(column_of(metric.name), metric.value_of(run))
    if run.sim:
        for name in transfer_classes:
            row[f"transfers_{name}"] = each(run, run.sim.transfers[name])
    further = {n: v for n, v in run.benchmark.params.items() if n not in own_columns}
    return row | {f"param_{name}": value for name, value in further.items()}


def column_of(metric: str) -> str:
    """The column of a metric of report.metrics: a time has its unit in its name."""
    return f"{metric}_ns" if metrics[metric].unit == "ns" else metric


def min_max_of(run: Run) -> float | None:
    """Operations of the slowest thread of the counted role / of the fastest one."""
    if run.sim:
        return run.sim.min_max
    found = []
    for trial in run.measured:
        mine = [ops for ops, _, counted in thread_rows(run, trial) if counted]
        if len(mine) > 1 and max(mine):
            found.append(min(mine) / max(mine))
    return statistics.median(found) if found else None


def thread_rows(run: Run, trial: Trial) -> list[tuple[int, str, bool]]:
    """Of each thread: its operations, its role, whether that is the counted one."""
    return [(ops, role, role not in trial.secondary)
            for ops, role in zip(trial.thread_ops, run.benchmark.roles)]


def threads_frame(result: Result) -> pd.DataFrame:
    """One row a thread of a good run.

    Columns: those of runs_frame up to seed, and thread (its number), role, counted (whether its
    role is the one that throughput counts), ops (over the measured trials), share (ops / mean of
    the threads of its role in its run: 1 is fair), jain (of the run). Runs of files without
    operations by thread have no rows.
    """
    splitting = splitting_params(result.benchmarks)
    rows = []
    for run in by_configuration(result):
        trials = [thread_rows(run, trial) for trial in run.measured]
        shared = identity(result, run, splitting) | {"jain": jain_of(run)}
        threads = [(sum(one[0] for one in every), *every[0][1:]) for every in zip(*trials)]
        for number, (ops, role, counted) in enumerate(threads):
            mean = statistics.fmean(other for other, r, _ in threads if r == role)
            rows.append(shared | {
                "thread": number, "role": role, "counted": counted, "ops": ops,
                "share": ops / mean if mean else None,
            })
    frame = pd.DataFrame(rows)
    frame.attrs["about"] = about(result)
    return frame


def latency_frame(result: Result) -> pd.DataFrame:
    """One row a point of a CCDF: the share `exceeding` of the operations took longer than value_ns.

    Columns: those of runs_frame up to unit, and value_ns, exceeding (0..1), n (runs), what
    ("time of one operation" or "waiting time of one operation"), points ("histogram" or
    "quantiles": medians over the seeds of p50, p99, p99.9 and the largest, which is drawn at
    1 / operations). Configurations of which neither was kept have no rows.
    """
    splitting = splitting_params(result.benchmarks)
    runs: dict[tuple[int, str], list[Run]] = {}
    for run in by_configuration(result):
        runs.setdefault((run.benchmark.index, run.subject.id), []).append(run)
    rows = []
    for found in runs.values():
        shared = identity(result, found[0], splitting)
        for gone in ("round", "seed"):
            del shared[gone]
        what, kind, points = ccdf_points(found)
        rows += [
            shared | {"value_ns": value, "exceeding": share, "n": len(found), "what": what,
                      "points": kind}
            for value, share in points
        ]
    frame = pd.DataFrame(rows)
    frame.attrs["about"] = about(result)
    return frame


def ccdf_points(runs: list[Run]) -> tuple[str, str, list[tuple[float, float]]]:
    """Of one configuration: what was timed, how it was kept, (value in ns, share above it)."""
    kept = [found for run in runs for trial in run.measured
            if (found := getattr(trial, "latency", None)) is not None]
    if kept:
        from report.histogram import merged

        together = merged(kept)
        points = [(float(v), share) for v, share in together.exceeding()] if together else []
        return "time of one operation", "histogram", points
    figures = [run.sim for run in runs if run.sim and run.sim.waits]
    if not figures:
        return "", "", []
    points = [(float(statistics.median(getattr(one, name) for one in figures)), share)
              for name, share in sim_quantiles]
    operations = statistics.median(one.waits for one in figures)
    if operations >= 1000:  # else the largest is no farther out than the 99.9th percentile
        points.append((float(statistics.median(one.wait_max_ns for one in figures)),
                       1 / operations))
    return "waiting time of one operation", "quantiles", points


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """One row an outcome of a comparison that has an effect.

    Columns: label, panel, count, at (the count in words), metric, contender, ratio, low, high
    (new / base; of a metric that is compared absolutely new - base), relative, verdict, threshold,
    n (runs of base or new, the fewer).
    """
    contenders = [source.label for source in comparison.contenders]
    rows = [
        {
            "label": row.label, "panel": row.panel, "count": row.count, "metric": row.metric.name,
            "contender": contender, "ratio": outcome.effect.ratio, "low": outcome.effect.low,
            "high": outcome.effect.high, "relative": outcome.effect.relative,
            "verdict": outcome.verdict.value if outcome.verdict else "",
            "threshold": row.threshold, "n": min(outcome.effect.n),
            "at": at_words(row.benchmark),
        }
        for row in comparison.rows for contender, outcome in zip(contenders, row.outcomes)
        if outcome.effect is not None
    ]
    frame = pd.DataFrame(rows)
    base, new = comparison.base, ", ".join(contenders)
    benches = dict.fromkeys(about(one.result).bench for one in comparison.sources)
    machines = dict.fromkeys(about(one.result).machine for one in comparison.sources)
    pairs = "paired within rounds" if comparison.paired else "not paired"
    method = f"Compared: {new} with {base.label} as base, {pairs}"
    frame.attrs["about"] = replace(
        about(base.result), machine=" | ".join(machines), bench="; ".join(benches),
        method=method)
    return frame


def at_words(benchmark: Benchmark) -> str:
    """'2 threads', of a simulation '2 CPUs'."""
    return describe.count(benchmark.count, "thread" if benchmark.cpus is None else "CPU")


def history_frame(results: Sequence[Result], metric: str = "throughput") -> pd.DataFrame:
    """One row a configuration of a session: its value by the commit that was measured.

    Columns: those of runs_frame up to unit, and commit, time (start of the session, UTC), value
    (median of the runs), low, high (their range), n. metric: a name of report.metrics.
    """
    column = column_of(metric)
    found = []
    for result in results:
        frame = runs_frame(result).dropna(subset=[column])
        commits = {subject.id: subject.commit for subject in result.subjects}
        # The subject is what changes from one session to the next: it makes no line of its own.
        keys = ["session", "bench", "workload", "panel", "design", "placement", "threads", "cpus",
                "count", "oversubscribed", "unit", "subject"]
        grouped = frame.groupby(keys, sort=False, dropna=False)[column]
        table = grouped.agg(value="median", low="min", high="max", n="size").reset_index()
        table["commit"] = table.pop("subject").map(lambda one: commits.get(one) or "unknown")
        table["time"] = result.session.started
        found.append(table)
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if len(frame):
        frame["time"] = pd.to_datetime(frame["time"], utc=True, errors="coerce")
    frame.attrs["about"] = together([about(result) for result in results])
    return frame


def joined(frames: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Several frames under each other, told apart by the column source, one of `names` each."""
    if len(frames) == 1:
        return frames[0]
    marked = []
    for frame, name in zip(frames, names):
        one = frame.copy(deep=False)
        one["source"] = name
        marked.append(one)
        one.attrs = {}
    found = pd.concat(marked, ignore_index=True)
    found.attrs["about"] = together([frame.attrs["about"] for frame in frames])
    return found


def together(every: Sequence[About]) -> About:
    """The words for frames of several files."""
    if len(set(map(repr, every))) == 1:
        return every[0]
    machines = {one.simulated.name if one.simulated else None for one in every}
    return About(
        " | ".join(dict.fromkeys(one.machine for one in every)),
        "; ".join(dict.fromkeys(one.bench for one in every)),
        "; ".join(dict.fromkeys(one.method for one in every)),
        " | ".join(dict.fromkeys(one.caption for one in every[:4]))
        + (f" | and {len(every) - 4} more files" if len(every) > 4 else ""),
        every[0].simulated if len(machines) == 1 else None,
    )


def source_names(paths: Sequence[Path]) -> list[str]:
    """A short name for each file: its stem where these differ, otherwise its number too."""
    stems = [path.name.removesuffix(".gz").removesuffix(".json") for path in paths]
    return [stem if stems.count(stem) == 1 else f"{stem} #{i + 1}" for i, stem in enumerate(stems)]
