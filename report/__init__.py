"""faultline's report: turns result files (JSON) into text tables, plots and other formats.

It reads JSON only and imports nothing of the C++ side. The tables need the standard library alone;
the plots need numpy and matplotlib, and report.plots is therefore imported where it is used.

    from report import load_result, throughput_table
    print(throughput_table(load_result("results/x.json")), end="")

    from report.plots import plot_throughput
    plot_throughput(load_result("results/x.json")).savefig("x.pdf")
"""

from report.errors import ReportError
from report.load import load_result
from report.result import Result
from report.summary import RunSummary, run_summaries
from report.table import throughput_table

__all__ = [
    "ReportError", "Result", "RunSummary", "load_result", "run_summaries", "throughput_table",
]
