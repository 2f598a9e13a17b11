"""faultline from a script or a notebook: lock designs measured, simulated and model-checked.

    import faultline

    faultline.designs(), faultline.workloads(), faultline.machines()
    measured = faultline.run(designs="rwsem,refcount", workloads="pf_shared", suite="quick")
    simulated = faultline.simulate("bergamo-2s", designs="refcount", workloads="pf_shared")
    whatif = faultline.simulate({"base": "bdw-28c-2s", "transfer.machine_ns": 300})
    proof = faultline.check(designs="refcount", quick=True)
    again = faultline.load("session.json")       # what run(), simulate() and check() return
    faultline.compare_within(measured).rows      # verdicts, design against design
    faultline.frame(measured)                    # a pandas DataFrame, a row a run
    faultline.frames.threads_frame(measured)     # a row a thread; dir(faultline.frames)
    faultline.plot.plot_throughput(measured)     # a matplotlib figure

Options have the names of the command line. Errors are faultline.Error, with the command line's
messages and exit codes. numpy, pandas and matplotlib are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from faultline import frames, plot
from faultline.catalog import (
    Border, Design, Layout, Machine, Param, Scenario, Suite, Workload, designs, machines,
    scenarios, suites, workloads,
)
from faultline.errors import (
    Error, InconclusiveError, LockFailure, NothingError, UnsupportedError, UsageError,
)
from faultline.results import compare, compare_within, frame, load
from faultline.sessions import check, run, simulate

if TYPE_CHECKING:
    version: str
    """Version and commit of this build, as `faultline --version` prints them."""

__all__ = [
    "Border", "Design", "Error", "InconclusiveError", "Layout", "LockFailure", "Machine",
    "NothingError", "Param", "Scenario", "Suite", "UnsupportedError", "UsageError", "Workload",
    "check", "compare", "compare_within", "designs", "frame", "frames", "load", "machines",
    "plot", "run", "scenarios", "simulate", "suites", "version", "workloads",
]


if not TYPE_CHECKING:  # mypy would take every name for one that is found here

    def __getattr__(name: str) -> str:
        if name == "version":
            from faultline import _core

            return f"{_core.version} ({_core.commit})"
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
