"""judge.py: from two sides to the verdict: which mode, is it comparable, what is accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Sequence

from report import describe
from report.compare.files import machine_of
from report.compare.samples import key_of
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_NOTHING, ReportError
from report.gate.accepted import match
from report.gate.exact import exact_rows, exactness, sim_notices
from report.gate.model import Row, Status, Verdict
from report.gate.options import Options
from report.gate.proofs import check_models, proof_rows
from report.gate.sides import (
    Side, check_machine, check_sessions_differ, kernel_words, machine_words, versions,
)
from report.history.commits import lies_between
from report.proof import ProofResult
from report.result import Result, SessionFile, SimResult


def gate(
    base: Side, new: Side, options: Options, confirm: tuple[Side, Side] | None = None
) -> Verdict:
    """Judges NEW against BASE; confirm: fresh sessions of both, recorded after the screen.

    Raises ReportError: exit 4 for sides that are not comparable or a machine that was unfit; 5
    where they share no configuration; 2 for options that do not fit the bench.
    """
    mode = mode_of(base, options)
    check_comparable(base, new, options, mode)
    if mode != "statistical" and (confirm is not None or options.screen_only):
        raise ReportError(
            EXIT_INPUT,
            f"bench {base.result.session.bench} is deterministic: there is nothing to confirm; "
            "leave out --confirm and --screen",
        )
    if mode == "proofs":
        check_models(base.result, new.result)
        found = proof_verdict(base, new)
    elif mode == "exact":
        found = exact_verdict(base, new, options)
    else:
        from report.gate.statistical import statistical_verdict  # numpy and scipy

        if confirm is not None:
            check_comparable(base, confirm[0], options, mode)
            check_comparable(base, confirm[1], options, mode)
        found = statistical_verdict(base, new, options, confirm)
    return with_accepted(replace(found, notices=same_build(base, new) + found.notices), options)


def same_build(base: Side, new: Side) -> tuple[str, ...]:
    """A notice when both are of one commit: nothing was judged then."""
    commit, dirty = base.commit, base.result.subjects[0].dirty or new.result.subjects[0].dirty
    if commit is None or commit != new.commit or dirty:
        return ()
    return (f"BASE and NEW are builds of the same commit {commit[:12]}",)


def mode_of(base: Side, options: Options) -> str:
    """Raises ReportError (exit 2) for a mode that the bench cannot be judged in."""
    bench = base.result.session.bench
    if isinstance(base.result, ProofResult):
        if options.mode == "statistical":
            raise ReportError(
                EXIT_INPUT, "verdicts of the model checker are no samples; leave out --statistical"
            )
        return "proofs"
    exact = exactness(base.result) is not None
    if options.mode == "exact" and not exact:
        raise ReportError(
            EXIT_INPUT,
            f"bench {bench} is measured: two runs never give the same figures; leave out --exact",
        )
    return options.mode or ("exact" if exact else "statistical")


def check_comparable(base: Side, new: Side, options: Options, mode: str) -> None:
    """Raises ReportError (exit 4) unless a difference between the sides is one of the builds."""
    a, b = base.result, new.result
    if a.session.bench != b.session.bench or type(a) is not type(b):
        raise incomparable(base, new, "bench", a.session.bench, b.session.bench)
    if isinstance(a, Result) and isinstance(b, Result):
        for side in (base, new):
            check_machine(side.result, side.name)
        if machine_of(a) != machine_of(b):
            raise incomparable(base, new, "machine", machine_of(a), machine_of(b))
        check_versions(a, b)
    if mode == "statistical" and not isinstance(a, SimResult):  # which has no kernel and no state
        check_sessions_differ(base, new)
        if a.kernel_release != b.kernel_release and not options.allow_kernel:
            raise incomparable(
                base, new, "kernel", str(a.kernel_release), str(b.kernel_release),
                ", or give --allow-kernel if the kernel is what changed",
            )
        if isinstance(a, Result) and isinstance(b, Result) and a.plan.pin != b.plan.pin:
            raise incomparable(base, new, "pinning", str(a.plan.pin), str(b.plan.pin))
        check_fit((*base.sessions, *new.sessions), options)
    if isinstance(a, SimResult) and isinstance(b, SimResult):
        check_simulations(a, b)


def incomparable(
    base: Side, new: Side, what: str, mine: str, theirs: str, cure: str = ""
) -> ReportError:
    return ReportError(
        EXIT_ENVIRONMENT,
        f"{base.name} is of {what} {mine}, {new.name} of {theirs}: not comparable; record both "
        f"with the same {what}{cure}",
    )


def check_versions(a: Result, b: Result) -> None:
    """A benchmark whose figures changed meaning is not 0 % different, and not worse either."""
    theirs = versions(b)
    names = [
        bench.id for bench in a.benchmarks
        if theirs.get(key_of(bench, frozenset()), bench.version) != bench.version
    ]
    if names:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{a.path} and {b.path} have another benchmark version of {names[0]} "
            f"({describe.count(len(names), 'configuration')} in all): its figures changed meaning; "
            "record the base again with the workloads of the new build",
        )


def check_fit(sessions: Sequence[SessionFile], options: Options) -> None:
    """Raises ReportError (exit 4) for a session of an unfit machine, unless that is allowed."""
    for session in sessions:
        if session.env.fitness == "unfit" and not options.allow_unfit:
            raise ReportError(
                EXIT_ENVIRONMENT,
                f"{session.path}: the machine was unfit to measure on "
                f"({'; '.join(session.env.reasons)}); record again on a quiet one, or give "
                "--allow-unfit",
            )


def check_simulations(a: SimResult, b: SimResult) -> None:
    """Raises ReportError (exit 4) unless both simulated the same machine in the same way."""
    settings = ("first_seed", "threads_per_cpu", "park")
    differing = [
        name for name in settings if getattr(a.sim_plan, name) != getattr(b.sim_plan, name)
    ]
    if a.plan.trial_s != b.plan.trial_s:
        differing.append("window")
    if a.simulated != b.simulated:
        differing.append("machine profile")
    if a.plan.rounds > b.plan.rounds:
        differing.append("number of seeds")
    if differing:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{a.path} and {b.path} differ in {', '.join(differing)}; simulate both with the same "
            "options",
        )


def proof_verdict(base: Side, new: Side) -> Verdict:
    rows = proof_rows(base.result, new.result)  # type: ignore[arg-type]
    method = (
        "model-checked: a verdict that got worse fails (verified, bounded, inconclusive, failed); "
        "numbers of executions are for information",
    )
    return Verdict("proofs", "", base, new, "not part of a proof", "not part of a proof", method,
                   check_some(rows, base, new))


def exact_verdict(base: Side, new: Side, options: Options) -> Verdict:
    a, b = base.result, new.result
    assert isinstance(a, Result) and isinstance(b, Result)
    rows = check_some(exact_rows(a, b, options.metrics, options.threshold), base, new)
    method = exactness(a)
    assert method is not None
    return Verdict("exact", "", base, new, machine_words(a), kernel_words(a), (method.words,), rows,
                   tuple(sim_notices(a, b)))


def check_some(rows: list[Row], base: Side, new: Side) -> tuple[Row, ...]:
    """The rows. Raises ReportError (exit 5) when the sides share nothing."""
    if all(row.status == Status.MISSING for row in rows):
        raise ReportError(
            EXIT_NOTHING,
            f"{base.name} and {new.name} have no configuration in common; record both with the "
            "same options",
        )
    return tuple(rows)


def with_accepted(found: Verdict, options: Options) -> Verdict:
    """The verdict with accepted regressions marked, and the unused entries named."""
    day = day_of(found.new.result.session.started)
    base, new = found.base.commit, found.new.commit
    used = set()
    rows = []
    for row in found.rows:
        if row.status in (Status.REGRESSED, Status.CANDIDATE):
            change = row.change if row.change is None or not row.relative else 100 * row.change
            entry, why = match(
                options.accepted, (row.label, row.benchmark), row.metric, change, day,
                lambda commit: lies_between(options.repository, commit, base, new),
            )
            if entry is not None:
                used.add(entry.number)
                row = replace(row, status=Status.ACCEPTED, accepted=entry,
                              reason=f"{row.reason}; accepted: {entry.label}")
            elif why is not None:
                row = replace(row, reason=f"{row.reason}; {why}")
        rows.append(row)
    unused = tuple(entry for entry in options.accepted if entry.number not in used)
    return replace(found, rows=tuple(rows), unused=unused)


def day_of(started: str) -> date:
    """The UTC day of a session; the first day there is for a time that is none."""
    try:
        return datetime.fromisoformat(started.replace("Z", "+00:00")).date()
    except ValueError:
        return date.min
