"""kinds.py: the one list of plots.

A new one is its file in figures/, with a function of the same name that takes a DataFrame and gives
Axes, and a line here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of plot.

    function: in report/plots/figures/FUNCTION.py. frame: what it draws, of report.frames: "runs",
    "threads", "latency", "comparison" or "history". panels: whether each workload gets a panel of
    its own. options: the options of the command line that it takes.
    """

    name: str
    title: str
    summary: str
    function: str
    frame: str = "runs"
    panels: bool = True
    options: tuple[str, ...] = ()


kinds = {
    kind.name: kind
    for kind in (
        Kind("throughput", "Throughput", "operations per second over threads or CPUs",
             "throughput"),
        Kind("efficiency", "Efficiency of scaling",
             "throughput(n) / (n * throughput(1)) over threads or CPUs", "efficiency"),
        Kind("cpu-throughput", "Throughput per CPU-second",
             "operations per CPU-second of all threads over threads or CPUs", "cpu_throughput"),
        Kind("latency", "Latency", "how many operations took longer than t (CCDF, log-log)",
             "latency", frame="latency", options=("count",)),
        Kind("fairness", "Fairness", "operations of each thread, with Jain's index", "fairness",
             frame="threads", options=("count",)),
        Kind("forest", "Comparison", "ratios with 95 % intervals and verdicts: BASE NEW, or the "
             "designs of one file", "forest", frame="comparison", panels=False,
             options=("count", "metric")),
        Kind("order", "Order of the runs", "every run over the time of the session: drift",
             "order", panels=False, options=("metric",)),
        Kind("heatmap", "Designs and workloads",
             "each design relative to the best one, by workload", "heatmap", panels=False,
             options=("count", "metric")),
        Kind("transfers", "Transfers of cache lines", "by where the line came from (simulated)",
             "transfers", options=("count",)),
        Kind("history", "History", "one value by commit, a file a session", "history",
             frame="history", options=("count", "metric")),
    )
}
