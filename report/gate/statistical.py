"""statistical.py: measured benches: screen, then confirm on fresh data, or the whole interval."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from report import describe
from report.compare.files import same_seeds
from report.compare.model import Row as Compared
from report.compare.rows import Selection, make_rows
from report.compare.samples import Samples, distinguishing, key_of, label_of
from report.errors import EXIT_INPUT, EXIT_NOTHING, ReportError
from report.gate.failures import failure_row, missing_row
from report.gate.model import Row, Status, Verdict
from report.gate.options import Options
from report.gate.rerun import rerun_options
from report.gate.sides import Side, alternate, kernel_words, machine_words
from report.result import Benchmark, Result, Run, SimResult
from report.stats import Effect, screen, verdict
from report.stats import Verdict as Word
from report.stats import confirm as confirm_effects

few = 6  # paired runs below which no p-value reaches 0.05


def statistical_verdict(
    base: Side, new: Side, options: Options, confirm: tuple[Side, Side] | None
) -> Verdict:
    """Judges sides whose figures vary by chance. Raises ReportError as report.gate.gate does."""
    paired = pairs(base, new)
    failures, compared = compare(base, new, options.metrics, paired)
    limit = options.threshold
    stage = "whole interval"
    rows = [judged(row, limit) for row in compared]
    notices = notes(base, new, paired, rows)
    if options.screen_only or confirm is not None:
        stage = "screen" if confirm is None else "screen and confirm"
        rows = [screened(row, found) for row, found in zip(compared, rows)]
        if confirm is not None:
            rows = confirm_rows(rows, base, new, confirm, options)
    candidates = [row for row in rows if row.status in (Status.CANDIDATE, Status.REGRESSED)]
    a = base.result
    assert isinstance(a, Result)
    return Verdict(
        "statistical", stage, base, new, machine_words(a), kernel_words(a),
        method(paired, stage, a), tuple(order(failures + rows, a)), tuple(notices),
        tuple(rerun_options(base, candidates)) if confirm is None else (),
    )


def pairs(base: Side, new: Side) -> bool:
    """Whether run i of both met the same chance: sessions by turns, or the same seeds."""
    a, b = base.result, new.result
    return same_seeds(a, b) if isinstance(a, SimResult) else alternate(base, new)  # type: ignore


def method(paired: bool, stage: str, a: Result) -> tuple[str, ...]:
    how = (
        "seeds as a sample, paired; Hodges-Lehmann ratio, exact signed-rank 95 % interval over the "
        "model's own chance" if isinstance(a, SimResult) else
        "base and new by turns, paired within rounds; Hodges-Lehmann ratio, exact signed-rank 95 % "
        "interval" if paired else
        "base and new in sessions of their own, not paired: what the machine did meanwhile counts "
        "as a change; Hodges-Lehmann ratio, exact rank-sum 95 % interval"
    )
    rule = {
        "whole interval": "regressed: the whole interval is worse than the threshold",
        "screen": "screen: p < 0.05 and worse than the threshold makes a candidate for fresh runs",
        "screen and confirm":
            "candidates (p < 0.05 and worse than the threshold) were recorded again; regressed: "
            "so in the fresh runs, too (p < 0.01, Holm beyond 3 candidates; interval beyond half "
            "the threshold), whose figures are shown",
    }[stage]
    what = "seeds" if isinstance(a, SimResult) else "processes"
    return (f"{describe.bench(a)}; n counts {what}; {how}", rule)


def compare(
    base: Side, new: Side, metrics: Sequence[str], paired: bool
) -> tuple[list[Row], list[Compared]]:
    """Rows of failed and missing configurations, and the compared ones.

    Raises ReportError (exit 5) when there is nothing in common.
    """
    a, b = base.result, new.result
    assert isinstance(a, Result) and isinstance(b, Result)
    theirs = {key_of(bench, frozenset()): bench for bench in b.benchmarks}
    names = distinguishing(a.benchmarks, frozenset())
    failures, alive, common = [], set(), 0
    for bench in a.benchmarks:
        old = runs_of(a, bench)
        if not old:
            continue
        other = theirs.get(key_of(bench, frozenset()))
        fresh = runs_of(b, other) if other else []
        common += bool(fresh)
        label = label_of(bench, names)
        row = failure_row(label, bench, old, fresh) if fresh else missing_row(label, bench)
        if row is None:
            alive.add(bench.index)
        else:
            failures.append(row)
    if not common:
        raise ReportError(
            EXIT_NOTHING,
            f"{base.name} and {new.name} have no configuration in common; record both with the "
            "same options",
        )
    rows = make_rows(Samples(a), [Samples(b)], Selection(metrics=tuple(metrics)), paired)
    return failures, [row for row in rows if row.benchmark.index in alive]


def runs_of(result: Result, bench: Benchmark) -> list[Run]:
    return [run for run in result.runs if run.benchmark.index == bench.index]


def judged(row: Compared, limit: float | None) -> Row:
    """One compared row by the rule of the whole interval."""
    outcome, bench = row.outcomes[0], row.benchmark
    threshold = row.threshold if limit is None else limit
    empty = Row(
        row.label, bench.id, row.metric.name, row.unit, row.metric.better, Status.INCONCLUSIVE, "",
        row.base.median, outcome.sample.median, n=(row.base.n, outcome.sample.n),
        threshold=threshold, relative=row.metric.relative,
        group=(bench.workload, bench.design, str(bench.count)), details=outcome.flags,
    )
    if row.base.n and not outcome.sample.n:
        return replace(empty, status=Status.FAILED, reason=f"NEW gives no {row.metric.title}")
    if outcome.effect is None:
        return replace(empty, reason=outcome.refusal or "cannot be compared")
    return with_effect(empty, outcome.effect)


def with_effect(row: Row, effect: Effect) -> Row:
    """The row with what an effect says under the rule of the whole interval."""
    assert row.threshold is not None
    word = verdict(effect, row.threshold, row.better)
    status = {
        Word.BETTER: Status.IMPROVED, Word.WORSE: Status.REGRESSED, Word.SAME: Status.SAME,
        Word.INCONCLUSIVE: Status.INCONCLUSIVE,
    }[word]
    shift = 1.0 if effect.relative else 0.0
    row = replace(
        row, status=status, change=effect.ratio - shift, low=effect.low - shift,
        high=effect.high - shift, p=effect.p, n=effect.n,
    )
    return replace(row, reason=reason_of(row, effect))


def reason_of(row: Row, effect: Effect) -> str:
    limit = limit_words(row)
    if row.status == Status.REGRESSED:
        return f"the whole 95 % interval is worse than {limit}"
    if row.status == Status.IMPROVED:
        return f"the whole 95 % interval is better than {limit}"
    if row.status == Status.SAME:
        return f"the whole 95 % interval is within {limit}"
    if min(effect.n) < few:
        return f"{min(effect.n)} runs are too few for a 95 % interval; record at least {few}"
    seen = f"; could see {100 * effect.mde:.1f} %" if row.relative and effect.mde < 10 else ""
    return f"the 95 % interval crosses the threshold {limit}{seen}"


def limit_words(row: Row) -> str:
    assert row.threshold is not None
    return f"{100 * row.threshold:g} %" if row.relative else f"{row.threshold:g}"


def screened(compared: Compared, row: Row) -> Row:
    """The row under the screen: suspected ones are candidates, whatever their interval."""
    effect = compared.outcomes[0].effect
    if effect is None:
        return row
    assert row.threshold is not None
    if screen(effect, row.threshold, row.better) == Word.WORSE:
        return replace(
            row, status=Status.CANDIDATE,
            reason=f"p = {effect.p:.2g} and worse than {limit_words(row)}; fresh runs have to say",
        )
    if row.status == Status.REGRESSED:  # an interval beyond the threshold without p < 0.05
        return replace(row, status=Status.INCONCLUSIVE)
    return row


def confirm_rows(
    rows: list[Row], base: Side, new: Side, confirm: tuple[Side, Side], options: Options
) -> list[Row]:
    """The rows with every candidate decided by the fresh sessions alone."""
    check_fresh(base, new, confirm)
    candidates = [row for row in rows if row.status == Status.CANDIDATE]
    if not candidates:
        return rows
    failures, compared = compare(*confirm, options.metrics,
                                 pairs(*confirm))
    broken = {row.benchmark: row for row in failures}
    fresh = {(row.benchmark.id, row.metric.name): row for row in compared}
    effects = []
    for row in candidates:
        found = fresh.get((row.benchmark, row.metric))
        effect = found.outcomes[0].effect if found else None
        if effect is None and row.benchmark not in broken:
            raise ReportError(
                EXIT_INPUT,
                f"{confirm[0].name} and {confirm[1].name} have no runs of the candidate "
                f"{row.label} ({row.metric}); record it again in both",
            )
        effects.append(effect)
    decided = [(row, effect) for row, effect in zip(candidates, effects) if effect is not None]
    answer = iter(confirm_effects(
        [effect for _, effect in decided], [row.threshold or 0.0 for row, _ in decided],
        [row.better for row, _ in decided],
    ))
    replaced = {}
    for row, effect in zip(candidates, effects):
        key = (row.benchmark, row.metric)
        if effect is None:
            replaced[key] = replace(broken[row.benchmark], label=row.label)
        else:
            found = fresh[key]
            again = replace(row, base=found.base.median, new=found.outcomes[0].sample.median)
            replaced[key] = decide(with_effect(again, effect), effect, next(answer) == Word.WORSE)
    return [replaced.get((row.benchmark, row.metric), row) for row in rows]


def decide(row: Row, effect: Effect, yes: bool) -> Row:
    if yes:
        return replace(row, status=Status.REGRESSED,
                       reason=f"worse than {limit_words(row)}, confirmed by fresh runs")
    return replace(
        row, status=Status.NOT_REPRODUCED,
        reason=f"suspected by the screen; fresh runs do not show it (p = {effect.p:.2g})",
    )


def check_fresh(base: Side, new: Side, confirm: tuple[Side, Side]) -> None:
    """Raises ReportError: exit 2 when a session is used twice or a build is another one."""
    used = {session.session.id for side in (base, new) for session in side.sessions}
    for side, again in ((base, confirm[0]), (new, confirm[1])):
        for session in again.sessions:
            if session.session.id in used:
                raise ReportError(
                    EXIT_INPUT,
                    f"{session.path} was used for the screen already; confirm with fresh sessions",
                )
        if side.commit != again.commit:
            raise ReportError(
                EXIT_INPUT,
                f"{again.name} is of commit {again.commit}, {side.name} of {side.commit}; confirm "
                "with the same builds",
            )


def notes(base: Side, new: Side, paired: bool, rows: list[Row]) -> list[str]:
    """What makes the answer weaker than it looks."""
    a, b = base.result, new.result
    assert isinstance(a, Result) and isinstance(b, Result)
    known = {key_of(bench, frozenset()) for bench in a.benchmarks}
    added = [bench.id for bench in b.benchmarks if key_of(bench, frozenset()) not in known]
    found = [f"only in NEW, not judged: {', '.join(added[:3])}"
             + (f" and {len(added) - 3} more" if len(added) > 3 else "")] if added else []
    if isinstance(a, SimResult):
        return found
    if not paired and (len(base.sessions) > 1 or len(new.sessions) > 1):
        found.append("the sessions do not alternate one round at a time, so they are no pairs")
    if a.kernel_release != b.kernel_release:
        found.append(f"kernel {a.kernel_release} in BASE, {b.kernel_release} in NEW")
    for what in ("trials", "trial_s", "warmup_s"):
        if getattr(a.plan, what) != getattr(b.plan, what):
            found.append(f"{what} is {getattr(a.plan, what):g} in BASE, "
                         f"{getattr(b.plan, what):g} in NEW")
    if set(s.session.id for s in base.sessions) & set(s.session.id for s in new.sessions):
        found.append("BASE and NEW share a session")
    return found


def order(rows: list[Row], a: Result) -> list[Row]:
    """In the order of the base's file, metric by metric; failures where their configuration is."""
    place = {bench.id: bench.index for bench in a.benchmarks}
    metrics = list(dict.fromkeys(row.metric for row in rows if row.metric != "runs"))
    return sorted(rows, key=lambda row: (
        metrics.index(row.metric) if row.metric in metrics else -1, place[row.benchmark]))
