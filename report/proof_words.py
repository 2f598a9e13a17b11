"""proof_words.py: what a file of the model checker says, in words, for text and Markdown alike.

Only the verdict `verified` is called a proof; every other word here says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from report import describe
from report.proof import Exploration, Limit, ProofResult

not_modelled = {
    "RC11 without load buffering":
        "load buffering, the orderings by dependencies of the kernel's memory model (LKMM), "
        "interrupts",
}
mode_words = {
    "auto": "auto: every execution where that ends within the limits",
    "exhaustive": "exhaustive: every execution",
    "preemptions": "preemptions: every execution with few preemptions, which is no proof",
    "random": "random: executions drawn at random, which is no proof",
    "pct": "pct: executions drawn by random priorities, which is no proof",
}
limit_words = {"seconds": "timeout"}  # what reaching a limit is called in a cell


@dataclass(frozen=True)
class Column:
    """A column of the table: a design with a placement, of one subject."""

    design: str
    placement: str
    subject: str  # id


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    scenario: str
    threads: int


class Grid:
    """The table: rows and columns in order of first appearance, and what stands in a cell."""

    def __init__(self, result: ProofResult) -> None:
        subjects = [subject.id for subject in result.subjects]
        self.rows = list(dict.fromkeys(Row(t.scenario, t.threads) for t in result.tasks))
        self.columns = list(
            dict.fromkeys(Column(t.design, t.placement, s) for t in result.tasks for s in subjects)
        )
        self.planned = {
            (Row(t.scenario, t.threads), Column(t.design, t.placement, s))
            for t in result.tasks for s in subjects
        }
        self.runs = {
            (Row(r.task.scenario, r.task.threads),
             Column(r.task.design, r.task.placement, r.subject.id)): r
            for r in result.runs
        }
        self.several_subjects = len(subjects) > 1

    def head(self, column: Column) -> str:
        """The design; its placement and subject where there is more than one of them."""
        placements = {c.placement for c in self.columns if c.design == column.design}
        names = [column.design] + ([column.placement] if len(placements) > 1 else [])
        return "/".join(names + ([column.subject] if self.several_subjects else []))

    def text(self, row: Row, column: Column) -> str:
        """'proved 12,345', '-' where the scenario does not apply, 'not run' where no run is yet."""
        run = self.runs.get((row, column))
        if run is not None:
            return cell(run)
        return "not run" if (row, column) in self.planned else "-"

    def place(self, run: Exploration) -> str:
        """Scenario, threads and column of a run: 'exit_vs_fault, 2 threads, refcount'."""
        task = run.task
        column = Column(task.design, task.placement, run.subject.id)
        return f"{task.scenario}, {describe.count(task.threads, 'thread')}, {self.head(column)}"


def cell(run: Exploration) -> str:
    """An outcome in a few letters."""
    if run.bug is not None:
        return f"FAILED {run.bug.kind}"
    if run.verdict == "verified":
        return f"proved {run.executions:,}"
    if run.verdict == "bounded":
        return f"{bound(run)} {run.executions:,}"
    causes = [limit_words.get(limit.name, limit.name) for limit in run.cut_by]
    return f"? {causes[0]}" if causes else "?"


def bound(run: Exploration) -> str:
    """How a bounded exploration was bounded: '<=3 pre', 'part <=3 pre', 'random', 'pct', 'part'."""
    limit = run.limit("preemptions")
    if run.mode == "preemptions" and limit is not None:
        return f"{'part ' if run.cut_by else ''}<={number(limit.value)} pre"
    return "part" if run.mode == "exhaustive" else run.mode


def facts(result: ProofResult) -> list[tuple[str, str]]:
    """(name, words): where the file comes from, what was explored and what was not modelled."""
    plan = result.plan
    drawn = plan.mode in ("random", "pct") or any(r.mode in ("random", "pct") for r in result.runs)
    seed = f"; seed {result.session.seed}" if drawn else ""
    chances = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in plan.model.items())
    reductions = ", ".join(dict.fromkeys(name for run in result.runs for name in run.reductions))
    found = [
        ("session", f"{result.session.id}, suite {plan.suite}"),
        ("date", describe.date(result)),
        *(("subject", describe.subject(subject)) for subject in result.subjects),
        ("tool", describe.tool(result)),
        ("machine", describe.machine(result)),
        ("kernel", describe.kernel(result)),
        ("lock word", describe.placements((task.design, task.placement) for task in result.tasks)),
        ("mode", mode_words[plan.mode] + seed),
        ("memory", f"{plan.memory_model}. Not modelled: {not_modelled[plan.memory_model]}"),
        ("model", f"by chance, at most so often: {chances}"),
        ("limits", limits([limit for run in result.runs for limit in run.limits])),
        ("left out", f"equivalent executions, by {reductions}" if reductions else "nothing"),
        ("total", total(result)),
    ]
    if not result.session.complete:
        planned = len(result.tasks) * len(result.subjects)
        found.append(("session", describe.incomplete(len(result.runs), planned)))
    return found


def limits(every: list[Limit]) -> str:
    """The limits of an exploration by name: 'executions 1,000,000; preemptions 2..3'."""
    values: dict[str, list[int | float]] = {}
    for limit in every:
        values.setdefault(limit.name, []).append(limit.value)
    spans = {
        name: number(min(found)) + (f"..{number(max(found))}" if min(found) < max(found) else "")
        for name, found in values.items()
    }
    return "; ".join(f"{name} {span}" for name, span in spans.items()) or "none"


def total(result: ProofResult) -> str:
    """How many explorations ended how, and what they took."""
    words = {"verified": "proved", "bounded": "bounded (no proof)", "failed": "FAILED",
             "inconclusive": "inconclusive"}
    ended = [(len(result.of_verdict(verdict)), word) for verdict, word in words.items()]
    memory = [run.peak_memory_bytes for run in result.runs if run.peak_memory_bytes is not None]
    peak = f", at most {describe.compact(max(memory))}B of memory" if memory else ""
    return (
        f"{describe.count(len(result.runs), 'exploration')}: "
        f"{', '.join(f'{n} {word}' for n, word in ended if n)}; "
        f"{sum(run.executions for run in result.runs):,} executions and "
        f"{sum(run.blocked for run in result.runs):,} blocked ones, "
        f"{sum(run.seconds for run in result.runs):,.1f} s{peak}"
    )


def legend(result: ProofResult, grid: Grid) -> list[tuple[str, str]]:
    """(what stands in a cell, what it means) of all that occurs in this table."""
    bounded = {(run.mode, bool(run.cut_by)) for run in result.of_verdict("bounded")}
    modes = {mode for mode, _ in bounded}
    texts = {grid.text(row, column) for row in grid.rows for column in grid.columns}
    notes = [
        (bool(result.of_verdict("verified")), "proved N",
         "no execution of this scenario with so many threads goes wrong in the model above; "
         "N were explored, the others are equivalent to one of them. More threads and other "
         "scenarios are not covered."),
        (("preemptions", False) in bounded, "<=K pre N",
         "NO PROOF: the N executions with at most K preemptions are all right, those with more "
         "were not explored."),
        (("preemptions", True) in bounded, "part <=K pre N",
         "NO PROOF: N executions with at most K preemptions are all right, a limit left out others "
         "of that kind."),
        ("random" in modes, "random N",
         "NO PROOF: N executions drawn at random are all right."),
        ("pct" in modes, "pct N",
         "NO PROOF: N executions drawn by random priorities are all right."),
        ("exhaustive" in modes, "part N",
         "NO PROOF: N executions are all right, a limit left others out."),
        (bool(result.of_verdict("failed")), "FAILED",
         "a bug: an execution that goes wrong was found, it is shown below."),
        (bool(result.of_verdict("inconclusive")), "?",
         "inconclusive: it could not be explored, which says nothing about the design."),
        ("not run" in texts, "not run", "planned, but the session ended before."),
        ("-" in texts, "-", "the scenario does not apply to the design, or was not chosen."),
    ]
    return [(key, words) for occurs, key, words in notes if occurs]


def open_ends(result: ProofResult, grid: Grid) -> list[tuple[str, list[str]]]:
    """(reason, where): why some explorations are no proof, those with one reason together."""
    found: dict[str, list[str]] = {}
    for run in result.runs:
        if run.verdict in ("bounded", "inconclusive"):
            reason = f"{run.verdict}: {run.reason or bounds(run)}"
            found.setdefault(reason, []).append(grid.place(run))
    return list(found.items())


def bounds(run: Exploration) -> str:
    """Why a bounded exploration is no proof, from its mode and limits alone."""
    limit = run.limit("preemptions")
    if run.mode == "preemptions" and limit is not None:
        found = [f"at most {describe.count(int(limit.value), 'preemption')}"]
    else:
        found = [] if run.mode == "exhaustive" else [mode_words[run.mode].split(", ")[0]]
    found += [f"the limit on {one.name}, {number(one.value)}, was reached" for one in run.cut_by]
    return "; ".join(found)


def summaries(result: ProofResult) -> dict[str, str]:
    """What each scenario does, by its name."""
    found: dict[str, str] = {}
    for task in result.tasks:
        found.setdefault(task.scenario, task.summary)
    return found


def bug_facts(run: Exploration) -> list[tuple[str, str]]:
    """(name, words) of a failure, without its replay command and trace."""
    bug = run.bug
    assert bug is not None
    length = describe.count(bug.events, "event")
    if bug.preemptions is not None:
        length += f", at most {describe.count(bug.preemptions, 'preemption')}"
    return [
        ("what", bug.what),
        ("where", bug.where or "not known"),
        ("missing", bug.missing_order or "no single memory order is known that would prevent it"),
        ("length", f"{length}; found after {run.executions:,} executions"),
    ]


def replay(schedule: str, width: int) -> list[str]:
    """The command that replays a schedule, for a shell, in lines of at most `width` columns.

    One line where it fits; otherwise the schedule is put together in a variable, so that a mail
    cannot break it and indented lines can be pasted.
    """
    whole = f"faultline check --replay '{schedule}'"
    if len(whole) <= width:
        return [whole]
    room = width - len("s=$s''")
    parts = [schedule[i : i + room] for i in range(0, len(schedule), room)]
    lines = [f"s={'$s' if i else ''}'{part}'" for i, part in enumerate(parts)]
    return [*lines, 'faultline check --replay "$s"']


def number(value: int | float) -> str:
    """A limit's value: 1,000,000 or 0.5 or 1e+20."""
    return f"{int(value):,}" if value == int(value) and value < 2**53 else f"{value:g}"
