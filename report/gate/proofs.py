"""proofs.py: two files of the model checker: a verdict that got worse is a regression."""

from __future__ import annotations

from dataclasses import replace

from report.errors import EXIT_ENVIRONMENT, ReportError, ascii_line
from report.gate.model import Row, Status
from report.proof import Exploration, ProofResult

rank = {"verified": 0, "bounded": 1, "inconclusive": 2, "failed": 3}


def check_models(base: ProofResult, new: ProofResult) -> None:
    """Raises ReportError (exit 4) when verdicts of the two mean different things."""
    for what in ("memory_model", "model", "mode"):
        mine, theirs = getattr(base.plan, what), getattr(new.plan, what)
        if mine != theirs:
            raise ReportError(
                EXIT_ENVIRONMENT,
                f"{base.path} and {new.path} have another {what.replace('_', ' ')} ({mine}; "
                f"{theirs}): not comparable; check both with the same options",
            )


def proof_rows(base: ProofResult, new: ProofResult) -> list[Row]:
    """A row for each exploration of the base, in its order."""
    theirs = {run.task.name: run for run in new.runs}
    return [proof_row(run, theirs.get(run.task.name)) for run in base.runs]


def proof_row(old: Exploration, new: Exploration | None) -> Row:
    task = old.task
    row = Row(
        task.name.removeprefix("check/"), task.name, "verdict", "", "higher", Status.SAME, "",
        group=(task.scenario, task.design, str(task.threads)),
    )
    if new is None:
        return replace(row, status=Status.MISSING, reason="BASE explored it, NEW did not")
    before, after = rank[old.verdict], rank[new.verdict]
    executions = f"executions {old.executions} -> {new.executions}"
    if after > before:
        return replace(row, status=Status.REGRESSED, details=(executions,),
                       reason=f"{old.verdict} -> {new.verdict}{because(new)}")
    if before == rank["failed"] and after == before:
        return replace(row, status=Status.BOTH_FAILED, reason=f"fails in both{because(new)}")
    status = Status.IMPROVED if after < before else Status.SAME
    words = new.verdict if status == Status.SAME else f"{old.verdict} -> {new.verdict}"
    changed = old.executions != new.executions
    return replace(row, status=status, reason=words, details=(executions,) if changed else ())


def because(run: Exploration) -> str:
    """": lost_wakeup: the writer sleeps ...", or the limit that cut it short."""
    if run.bug is not None:
        return f": {ascii_line(run.bug.kind)}: {ascii_line(run.bug.what)}"
    if run.reason:
        return f": {ascii_line(run.reason)}"
    limits = [f"{limit.value:g} {limit.name}" for limit in run.cut_by]
    return f": cut short by {', '.join(ascii_line(one) for one in limits)}" if limits else ""
