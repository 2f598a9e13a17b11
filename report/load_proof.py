"""load_proof.py: the part of a result file that only the model checker writes.

What contradicts itself is refused: a proof that a limit cut short would be no proof.
"""

from __future__ import annotations

import re
from typing import Any

from report.fields import Field
from report.load_header import check_unique, index_into
from report.proof import Bug, Exploration, Limit, ProofPlan, ProofResult, Task
from report.result import Subject

verdicts = ("verified", "bounded", "failed", "inconclusive")
run_modes = ("exhaustive", "preemptions", "random", "pct")
sampling_modes = ("random", "pct")  # these prove nothing, whatever they explore
plan_modes = ("auto", *run_modes)
memory_models = ("RC11 without load buffering",)
placements = ("none", "separate", "embedded")
bug_kinds = (
    "broken_exclusion", "data_race", "use_after_free", "stale_reuse", "lost_wakeup", "deadlock",
    "livelock", "unbounded_spinning", "counter_overflow", "leaked_exclusion", "assertion", "crash",
)
chances = ("spurious_wakeups", "stops", "clock_steps", "signals")  # always in design.model


def read_proof(root: Field, header: dict[str, Any]) -> ProofResult:
    """The whole file as objects, references resolved; header: what read_header made of it.

    Raises ReportError (exit 2) for what breaks the schema or contradicts itself, 4 for a value
    that a newer faultline may know.
    """
    tasks = [read_task(f, i) for i, f in enumerate(root["benchmarks"].elements())]
    check_unique(root["benchmarks"], "name")
    runs = [read_exploration(f, tasks, header["subjects"]) for f in root["runs"].elements()]
    result = ProofResult(**header, plan=read_plan(root["design"]), tasks=tasks, runs=runs)
    check_one_run_each(root["runs"], result)
    return result


def read_plan(f: Field) -> ProofPlan:
    if f["kind"].text() != "model-check":
        f["kind"].fail(f'is "{f["kind"].text()}", not "model-check"')
    model = {name: times.integer() for name, times in f["model"].members().items()}
    for name in chances:
        f["model"][name].integer()
    return ProofPlan(
        suite=f["suite"].one_of(("quick", "full")),
        mode=f["mode"].one_of(plan_modes),
        memory_model=f["memory_model"].one_of(memory_models),
        model=model,
    )


def read_task(f: Field, index: int) -> Task:
    task = Task(
        index=index,
        name=f["name"].text(),
        scenario=f["scenario"].filled(),
        summary=f["summary"].filled(),
        design=f["design"].filled(),
        placement=f["placement"].one_of(placements),
        threads=f["threads"].integer(minimum=1),
    )
    name = f"check/{task.design}/{task.placement}/{task.scenario}/{task.threads}"
    if task.name != name:
        f["name"].fail(f'is "{task.name}", but its parts make "{name}"')
    f["version"].text()
    return task


def read_exploration(f: Field, tasks: list[Task], subjects: list[Subject]) -> Exploration:
    check = f["check"]
    run = Exploration(
        task=tasks[index_into(f["bench"], tasks, "benchmarks")],
        subject=subjects[index_into(f["subject"], subjects, "subjects")],
        verdict=check["verdict"].one_of(verdicts),
        mode=check["mode"].one_of(run_modes),
        executions=check["executions"].integer(),
        blocked=check["blocked"].integer(),
        events=check["events"].integer(),
        seconds=float(check["seconds"].number()),
        peak_memory_bytes=check["peak_memory_bytes"].or_null(Field.integer),
        limits=[read_limit(limit) for limit in check["limits"].elements()],
        reductions=[reduction.text() for reduction in check["reductions"].elements()],
        reason=check["reason"].or_null(Field.filled),
        bug=check["failure"].or_null(read_bug),
    )
    check_unique(check["limits"], "name")
    check_verdict(check, run)
    return run


def read_limit(f: Field) -> Limit:
    return Limit(f["name"].filled(), f["value"].finite(), f["reached"].flag())


def read_bug(f: Field) -> Bug:
    schedule = f["schedule"].text()
    if not re.fullmatch("[ -&(-~]+", schedule):
        f["schedule"].fail("is not printable ASCII without a single quote: no shell could take it")
    return Bug(
        kind=f["kind"].one_of(bug_kinds),
        what=f["what"].filled(),
        where=f["where"].or_null(Field.text),
        missing_order=f["missing_order"].or_null(Field.text),
        schedule=schedule,
        events=f["events"].integer(),
        preemptions=f["preemptions"].or_null(Field.integer),
        trace=f["trace"].text(),
    )


def check_verdict(f: Field, run: Exploration) -> None:
    """The verdict agrees with mode, limits, reason and failure; f: the run's `check`."""
    reached = [limit.name for limit in run.limits if limit.reached]
    proof = run.verdict == "verified"
    if (run.bug is not None) != (run.verdict == "failed"):
        f["failure"].fail(f'{"is null" if run.bug is None else "is there"}, but the verdict is '
                          f'"{run.verdict}"')
    if run.reason is None and run.verdict == "inconclusive":
        f["reason"].fail('is null, but the verdict is "inconclusive"')
    if run.reason is not None and run.verdict in ("verified", "failed"):
        f["reason"].fail(f'is there, but the verdict is "{run.verdict}"')
    if proof and run.mode in sampling_modes:
        f["verdict"].fail(f'is "verified", but the mode is "{run.mode}", which proves nothing')
    if proof and reached:
        f["verdict"].fail(f'is "verified", but the limit on {reached[0]} was reached')
    if run.verdict == "bounded" and run.mode not in sampling_modes and not reached:
        f["verdict"].fail(f'is "bounded", but the mode is "{run.mode}" and no limit was reached')
    if run.verdict in ("verified", "bounded") and run.executions == 0:
        f["executions"].fail(f'is 0, but the verdict is "{run.verdict}"')
    if run.mode == "preemptions" and run.limit("preemptions") is None:
        f["limits"].fail('has no "preemptions", but the mode is "preemptions"')


def check_one_run_each(array: Field, result: ProofResult) -> None:
    """A task has at most one run for each subject, and exactly one in a complete session."""
    seen: set[tuple[int, str]] = set()
    for element, run in zip(array.elements(), result.runs):
        key = (run.task.index, run.subject.id)
        if key in seen:
            element.fail(f"repeats {run.task.name}")
        seen.add(key)
    planned = len(result.tasks) * len(result.subjects)
    if result.session.complete and len(seen) < planned:
        array.fail(f"has {len(seen)} of {planned} planned runs although the session is complete")
