"""The plots. Each is a function that takes a DataFrame and gives matplotlib Axes.

    from report import load_result
    from report.frames import runs_frame
    from report.plots import throughput
    ax = throughput(runs_frame(load_result("sim.json")).query("workload == 'pf_shared'"))
    ax.figure.savefig("pf_shared.svg")

    from report.plots import plot_throughput        # all workloads of one session on a page
    plot_throughput(load_result("results/x.json")).savefig("x.pdf")

Importing this package imports neither matplotlib nor pandas; the first function asked for does.
"""

from __future__ import annotations

import importlib
from typing import Any

from report.plots.kinds import kinds

functions = {
    "plot_throughput": "report.plots.session",
    "save_figure": "report.plots.save",
    "draw_figure": "report.plots.draw",
    **{kind.function: f"report.plots.figures.{kind.function}" for kind in kinds.values()},
}
__all__ = ["kinds", *functions]


def __getattr__(name: str) -> Any:
    """The function `name`, its module imported now. Raises ImportError without matplotlib."""
    if name not in functions:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(functions[name]), name)
