"""faultline's report: turns result files (JSON) into text tables, plots and other formats.

It reads JSON only and imports nothing of the C++ side. The tables need the standard library alone;
the plots need numpy and matplotlib, and report.plots is therefore imported where it is used.

    from report import load_result, throughput_table
    print(throughput_table(load_result("results/x.json")), end="")

    from report.plots import plot_throughput
    plot_throughput(load_result("results/x.json")).savefig("x.pdf")

    from report import load_file, proof_table      # load_file takes files of every bench
    print(proof_table(load_file("check.json")), end="")
"""

from __future__ import annotations

import importlib
from typing import Any

# At once: its module has the same name, which would take its place when it is imported.
from report.proof_table import proof_table

names = {
    "ProofResult": "report.proof",
    "ReportError": "report.errors",
    "Result": "report.result",
    "RunSummary": "report.summary",
    "SimResult": "report.result",
    "load_file": "report.load",
    "load_result": "report.load",
    "proof_markdown": "report.exports.markdown",
    "run_summaries": "report.summary",
    "simulation_table": "report.sim_table",
    "throughput_table": "report.table",
}
__all__ = [*names, "proof_table"]


def __getattr__(name: str) -> Any:
    """One of `names`, its module imported now: a command should not wait for what it does not use.

    Raises AttributeError.
    """
    if name not in names:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(names[name]), name)
