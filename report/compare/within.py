"""within.py: designs, placements or builds of one session against each other, within rounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from report import describe
from report.compare.model import Comparison, Source
from report.compare.rows import Selection, check_selection, make_rows
from report.compare.samples import Samples
from report.errors import EXIT_INPUT, EXIT_NOTHING, ReportError, ascii_line
from report.near import near_names
from report.result import Benchmark, Result, SimResult

kinds = ("design", "placement", "subject")

# What follows the compared parameter, and so cannot tell configurations apart.
followers = {"design": ("design", "placement"), "placement": ("placement",), "subject": ()}


def compare_within(
    result: Result, by: str | None = None, base: str | None = None,
    selection: Selection = Selection(),
) -> Comparison:
    """One value of `by` against each other one, in the same session.

    by: "design", "placement" or "subject"; None: the first of these in which the file has several.
    base: that value; None: the first one of the file. Effects are paired within rounds (a
    simulation: within seeds). Raises ReportError: exit 2 for an unknown `by` or base; 5 where there
    is only one value.
    """
    by = by or first_kind(result)
    if by not in kinds:
        raise ReportError(EXIT_INPUT, f"cannot compare by '{by}'; {near_names(by, kinds)}")
    check_selection(selection, result.benchmarks)
    values = values_of(result, by, selection)
    if base is not None and base not in values:
        raise ReportError(
            EXIT_INPUT, f"{result.path} has no {by} '{base}'; {near_names(base, values)}"
        )
    if len(values) < 2:
        raise ReportError(
            EXIT_NOTHING,
            f"{result.path} has only one {by}: {values[0]}; record several, or give a second file",
        )
    order = [base or values[0], *(value for value in values if value != (base or values[0]))]
    sources = [Source(ascii_line(v), detail(result, by, v), result) for v in order]
    samples = [part(result, by, value, selection) for value in order]
    interleaved = isinstance(result, SimResult) or result.plan.kind == "interleaved"
    rows = make_rows(
        samples[0], samples[1:], without(selection, by), paired=interleaved, check_versions=False
    )
    if not rows:
        raise ReportError(
            EXIT_NOTHING,
            f"{result.path}: {order[0]} shares no configuration with another {by}; choose another "
            "--base",
        )
    return Comparison(
        sources[0], tuple(sources[1:]), by, interleaved, rows, tuple(warnings_of(result))
    )


def first_kind(result: Result) -> str:
    """What a file has several of: designs, then placements, then builds; design if nothing."""
    several = {
        "design": len({b.design for b in result.benchmarks}) > 1,
        "placement": len({b.placement for b in result.benchmarks}) > 1,
        "subject": len(result.subjects) > 1,
    }
    return next((kind for kind in kinds if several[kind]), "design")


def values_of(result: Result, by: str, selection: Selection) -> list[str]:
    """The values of `by` in the order of the file, or in that of the selection."""
    if by == "subject":
        return [subject.id for subject in result.subjects]
    taken = [b for b in result.benchmarks if selection.takes(b)]
    if by == "placement":
        found = list(dict.fromkeys(b.placement for b in taken))
        asked = selection.placements
    else:
        found = list(dict.fromkeys(design_of(b, taken) for b in taken))
        asked = selection.designs
    names = [value.split("/")[0] for value in found]
    order = {name: asked.index(name) if name in asked else len(asked) for name in names}
    return sorted(found, key=lambda value: order[value.split("/")[0]])


def design_of(benchmark: Benchmark, taken: Sequence[Benchmark]) -> str:
    """The design, with its placement where the session has it in several: "refcount/embedded"."""
    places = {b.placement for b in taken if b.design == benchmark.design}
    return benchmark.design if len(places) == 1 else f"{benchmark.design}/{benchmark.placement}"


def without(selection: Selection, by: str) -> Selection:
    """The selection of rows: what is compared chose the columns already."""
    if by == "design":
        return replace(selection, designs=(), placements=())
    return replace(selection, placements=()) if by == "placement" else selection


def part(result: Result, by: str, value: str, selection: Selection) -> Samples:
    """The runs of one value, its configurations named without it."""
    if by == "subject":
        return Samples(result, (), subject=value)
    taken = [b for b in result.benchmarks if selection.takes(b)]
    if by == "placement":
        mine = [b for b in taken if b.placement == value]
    else:
        mine = [b for b in taken if design_of(b, taken) == value]
    return Samples(replace(result, benchmarks=mine), followers[by])


def detail(result: Result, by: str, value: str) -> str:
    """What stands under a column's name: of a design where its lock lies."""
    if by == "subject":
        return next(describe.subject(s) for s in result.subjects if s.id == value)
    if by == "placement":
        return f"lock {value}"
    design, _, place = value.partition("/")
    places = list(dict.fromkeys(b.placement for b in result.benchmarks if b.design == design))
    return f"lock word {place or ', '.join(places)}"


def warnings_of(result: Result) -> list[str]:
    found = []
    if not result.session.complete:
        found.append(f"{result.path} is incomplete")
    if result.disturbed:
        found.append(f"{result.path}: the machine was unfit ({'; '.join(result.env.reasons)})")
    return found
