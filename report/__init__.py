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

from report.errors import ReportError
from report.load import load_file, load_result
from report.proof import ProofResult
from report.exports.markdown import proof_markdown
from report.proof_table import proof_table
from report.result import Result, SimResult
from report.sim_table import simulation_table
from report.summary import RunSummary, run_summaries
from report.table import throughput_table

__all__ = [
    "ProofResult", "ReportError", "Result", "RunSummary", "SimResult", "load_file", "load_result",
    "proof_markdown", "proof_table", "run_summaries", "simulation_table", "throughput_table",
]
