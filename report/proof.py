"""proof.py: a file of the model checker as plain objects. None is "not known"."""

from __future__ import annotations

from dataclasses import dataclass

from report.result import SessionFile, Subject


@dataclass(frozen=True)
class ProofPlan:
    """What was to be explored, and in which model of the world (the file's key `design`)."""

    suite: str  # quick | full
    mode: str  # auto | exhaustive | preemptions | random | pct
    memory_model: str
    model: dict[str, int]  # what may happen by chance, at most so often in one execution


@dataclass(frozen=True)
class Task:
    """One exploration to make: a design with its placement in a scenario of so many threads."""

    index: int  # position in the file's `benchmarks`; runs refer to it
    name: str  # check/DESIGN/PLACEMENT/SCENARIO/THREADS
    scenario: str
    summary: str  # the scenario in one line
    design: str
    placement: str  # none | separate | embedded
    threads: int


@dataclass(frozen=True)
class Limit:
    """A bound of an exploration; value is in the unit of its name (preemptions, seconds, ...)."""

    name: str
    value: int | float
    reached: bool  # it left something out


@dataclass(frozen=True)
class Bug:
    """A failing execution."""

    kind: str  # e.g. lost_wakeup
    what: str  # one line
    where: str | None  # FILE:LINE
    missing_order: str | None  # the weakest order that would have prevented it, and where
    schedule: str  # for faultline check --replay
    events: int
    preemptions: int | None  # the bound that it was found with
    trace: str  # for people, several lines


@dataclass(frozen=True)
class Exploration:
    """The outcome of one task. Only the verdict `verified` is a proof."""

    task: Task
    subject: Subject
    verdict: str  # verified | bounded | failed | inconclusive
    mode: str  # exhaustive | preemptions | random | pct
    executions: int  # explored to their end
    blocked: int  # begun and given up, as they could only repeat others
    events: int
    seconds: float
    peak_memory_bytes: int | None
    limits: list[Limit]
    reductions: list[str]  # how equivalent executions were left out
    reason: str | None  # why it is no proof; None too where mode and limits say so
    bug: Bug | None  # there exactly when the verdict is failed

    @property
    def cut_by(self) -> list[Limit]:
        """The limits that ended it, or left executions out that its mode would have explored."""
        return [limit for limit in self.limits if limit.reached and limit.name != "preemptions"]

    def limit(self, name: str) -> Limit | None:
        """The limit with this name, if there is one."""
        return next((limit for limit in self.limits if limit.name == name), None)


@dataclass(frozen=True, kw_only=True)
class ProofResult(SessionFile):
    """One file of the model checker: at most one run for each task and subject."""

    plan: ProofPlan
    tasks: list[Task]
    runs: list[Exploration]

    def of_verdict(self, verdict: str) -> list[Exploration]:
        """The explorations that ended so, in the file's order."""
        return [run for run in self.runs if run.verdict == verdict]
