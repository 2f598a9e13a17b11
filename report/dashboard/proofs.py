"""proofs.py: the page Proofs: what the model checker proved, and the failing executions."""

from __future__ import annotations

from typing import Sequence

from report import describe
from report.dashboard.markup import Markup, identifier, join, tag
from report.dashboard.model import Cell, Page, Row, Table
from report.dashboard.parts import facts, table
from report.dashboard.sources import Source, proofs
from report.proof import Exploration, ProofResult
from report.proof_table import trace_lines
from report.proof_words import (
    Grid, bug_facts, facts as proof_facts, legend, open_ends, replay, summaries,
)

kinds = {"verified": "better", "bounded": "part", "failed": "worse", "inconclusive": "part"}


def page(every: Sequence[Source]) -> Page:
    found = proofs(every)
    return Page(
        "proofs", "Proofs",
        "What the model checker explored: every interleaving and every allowed stale read of a "
        "scenario. Only \"proved\" is a proof; its number counts executions.",
        body=join(*[file(source, result) for source, result in found]),
        empty=None if found else "No file here is of the model checker; add one of faultline "
        "check -o FILE.",
    )


def file(source: Source, result: ProofResult) -> Markup:
    grid = Grid(result)
    return tag(
        "section", {"class": "card wide", "aria-labelledby": identifier("proof", source.label)},
        tag("h2", {"id": identifier("proof", source.label)}, f"{source.label} - checked designs"),
        tag("p", {"class": "caption"}, f"{describe.bench(result)}; {totals(result)}"),
        *[failure(run, grid) for run in result.of_verdict("failed")],
        table(outcomes(source, result, grid)),
        facts(legend(result, grid)),
        ends(result, grid),
        tag("details", {"class": "more"}, tag("summary", {}, "How it was explored"),
            facts(proof_facts(result))),
    )


def totals(result: ProofResult) -> str:
    words = {"verified": "proved", "bounded": "bounded (no proof)", "failed": "FAILED",
             "inconclusive": "inconclusive"}
    counts = [(len(result.of_verdict(verdict)), word) for verdict, word in words.items()]
    executions = sum(run.executions for run in result.runs)
    return (
        f"{describe.count(len(result.runs), 'exploration')}: "
        + ", ".join(f"{count} {word}" for count, word in counts if count)
        + f"; {executions:,} executions"
    )


def outcomes(source: Source, result: ProofResult, grid: Grid) -> Table:
    """Scenarios down, designs across."""
    words = summaries(result)
    rows = []
    for row in grid.rows:
        cells = [Cell(grid.text(row, column), kind=kind_of(grid, row, column))
                 for column in grid.columns]
        name = tag("abbr", {"title": words.get(row.scenario, "")}, row.scenario)
        rows.append(Row(
            (Cell(name, row.scenario), row.threads, *cells),
            {**source.labels, "scenario": row.scenario, "threads": row.threads},
        ))
    heads = [grid.head(column) for column in grid.columns]
    return Table(
        f"{source.label}: outcome of every scenario for every design",
        ("scenario", "threads", *heads), rows, frozenset(range(1, len(heads) + 2)),
        {i + 2: {"design": column.design, "placement": column.placement}
         for i, column in enumerate(grid.columns)},
    )


def kind_of(grid: Grid, row: object, column: object) -> str:
    """The CSS class of an outcome, from its words: the words alone say it as well."""
    shown = grid.text(row, column)  # type: ignore[arg-type]
    if shown == "-":
        return "none"
    if shown.startswith("FAILED"):
        return "worse"
    return "better" if shown.startswith("proved") else "part"


def failure(run: Exploration, grid: Grid) -> Markup:
    """One bug: what, where, the order that is missing, how to replay it, the trace."""
    bug = run.bug
    assert bug is not None
    commands = replay(bug.schedule, 96)
    return tag(
        "div", {"class": "bug"},
        tag("h3", {}, f"FAILED: {bug.kind} in {grid.place(run)}"),
        facts(bug_facts(run)),
        tag("h4", {}, "Replay"), tag("pre", {"tabindex": "0"}, "\n".join(commands)),
        tag("h4", {}, "Trace"), tag("pre", {"tabindex": "0", "class": "trace"},
                                    "\n".join(trace_lines(bug.trace))),
    )


def ends(result: ProofResult, grid: Grid) -> Markup:
    """Why some explorations prove nothing."""
    found = open_ends(result, grid)
    if not found:
        return Markup("")
    items = [tag("li", {}, f"{reason} ({'; '.join(places)})") for reason, places in found]
    return tag("details", {"class": "more"},
               tag("summary", {}, f"No proof, because ({len(found)})"), tag("ul", {}, *items))
