"""text.py: the table of `faultline report` alone, for a mail or a commit message."""

from __future__ import annotations

from report.proof import ProofResult
from report.proof_table import proof_table
from report.result import Result, SimResult
from report.sim_table import simulation_table
from report.table import throughput_table


def table(result: Result | ProofResult) -> str:
    """The table of any result file, ASCII, ending with a newline."""
    if isinstance(result, ProofResult):
        return proof_table(result)
    return simulation_table(result) if isinstance(result, SimResult) else throughput_table(result)
