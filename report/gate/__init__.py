"""The gate: does a new build regress against a base? An answer with an exit code, and why.

    from report.gate import Options, gate, read_side
    verdict = gate(read_side("base.json"), read_side("new.json"), Options())
    print(verdict.exit_code(strict=False), [row.reason for row in verdict.failing])
"""

from report.gate.judge import gate
from report.gate.model import Row, Status, Verdict
from report.gate.options import Options
from report.gate.sides import Side, read_side

__all__ = ["Options", "Row", "Side", "Status", "Verdict", "gate", "read_side"]
