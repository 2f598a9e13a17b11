"""csv.py: a result as CSV (RFC 4180), one row a run, for a spreadsheet, R or pandas.

The column names are those of report.frames. What was not measured is an empty cell. A run that
failed has its row, with the kind of failure and no figure.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from report.exports.names import ordered_runs, safe_text
from report.metrics import jain_of
from report.result import Result, Run, SimResult
from report.simulated import transfer_classes
from report.summary import run_summary

# Parameters with a column of their own name.
own = ("workload", "design", "placement", "threads", "cpus")
formula_starts = ("=", "+", "-", "@")


def csv_table(result: Result) -> str:
    """The whole output: a head row, then the runs by configuration, subject and round; CRLF."""
    names = dict.fromkeys(
        name for benchmark in result.benchmarks for name in benchmark.params if name not in own
    )
    rows = [
        session_cells(run, result) | run_cells(run) | figures(run, isinstance(result, SimResult))
        | {f"param_{name}": run.benchmark.params.get(name) for name in names}
        for run in ordered_runs(result)
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(cell(name) for name in rows[0])
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def cell(value: Any) -> Any:
    """One cell: numbers as they are; text harmless, in a spreadsheet as well.

    A text that a spreadsheet would take for a formula gets a leading apostrophe, which it reads as
    "this is text".
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = safe_text(value)
    return f"'{text}" if text.lstrip().startswith(formula_starts) else text


def session_cells(run: Run, result: Result) -> dict[str, Any]:
    """The same in every row of a subject, so that rows of several files can be put together."""
    session = result.session
    if isinstance(result, SimResult):  # the host that computed it says nothing about the figures
        simulated = result.simulated
        place = {
            "machine": simulated.name, "kernel": None,
            "cpu_model": f"SIMULATED, calibrated: {simulated.calibrated}",
        }
    else:
        machine = result.machine
        place = {
            "machine": machine.id, "kernel": result.kernel_release, "cpu_model": machine.model,
        }
    return {
        "session": session.id, "time": run.started or session.started, "bench": session.bench,
        **place, "subject": run.subject.id, "commit": run.subject.commit,
    }


def run_cells(run: Run) -> dict[str, Any]:
    benchmark = run.benchmark
    return {
        "id": benchmark.id, "workload": benchmark.workload, "design": benchmark.design,
        "placement": benchmark.placement, "threads": benchmark.threads, "cpus": benchmark.cpus,
        "oversubscribed": benchmark.oversubscribed, "unit": benchmark.unit, "round": run.round,
        "pos": run.position, "failure": run.failure.kind if run.failure else None,
    }


def figures(run: Run, simulated: bool) -> dict[str, Any]:
    """What was measured or simulated; empty for a failed run."""
    names = ["throughput", "cpu_throughput", "fallback", "jain"]
    if simulated:
        names += ["wait_p50_ns", "wait_p99_ns", "wait_p999_ns", "wait_max_ns", "min_max"]
        names += [f"transfers_{name}" for name in transfer_classes]
    found: dict[str, Any] = dict.fromkeys(names)
    if run.failure is not None:
        return found
    summary = run_summary(run)
    found |= {
        "throughput": summary.throughput, "cpu_throughput": summary.cpu_throughput,
        "fallback": summary.fallback, "jain": jain_of(run),
    }
    if run.sim is not None:
        found |= {name: getattr(run.sim, name) for name in names if name.startswith("wait_")}
        found["min_max"] = run.sim.min_max
        found |= {f"transfers_{name}": n for name, n in run.sim.transfers.items()}
    return found
