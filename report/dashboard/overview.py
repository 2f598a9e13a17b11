"""overview.py: the page Overview: the files, the verdicts, every curve in small. No scripts."""

from __future__ import annotations

import math
from typing import Sequence

from report import describe
from report.dashboard.comparisons import (
    Compared, effect_words, interval_words, kinds, labels_of, method, position, threshold_of,
    verdict_words,
)
from report.dashboard.markup import Markup, identifier, join, tag
from report.dashboard.model import Cell, Page, Row, Table
from report.dashboard.numbers import change, number
from report.dashboard.parts import note, table
from report.dashboard.proofs import totals
from report.dashboard.sources import Looks, Source, caption, measured, proofs, series_name
from report.dashboard.svg import sparkline, whisker
from report.result import Result, SimResult
from report.summary import Panel

reach_steps = (1.05, 1.1, 1.25, 1.5, 2.0, 4.0)  # ends of the whiskers' axis, as ratios


def page(every: Sequence[Source], found: Sequence[Compared], looks: Looks) -> Page:
    body = [curves(source, result, looks) for source, result in measured(every)]
    body += [proved(source) for source, _ in proofs(every)]
    return Page(
        "index", "Overview",
        "What was measured, simulated or checked, and what came out. Simulated figures are never "
        "measurements.",
        body=join(
            files(every),
            tag("div", {"class": "grid verdicts"}, *[verdicts(one) for one in found]),
            tag("div", {"class": "grid pair"}, *body),
        ),
    )


def card(title: str, words: str, *inner: object) -> Markup:
    identity = identifier("overview", title)
    return tag(
        "section", {"class": "card wide", "aria-labelledby": identity},
        tag("h2", {"id": identity}, title), tag("p", {"class": "caption"}, words), *inner,
    )


def files(every: Sequence[Source]) -> Markup:
    rows = []
    for source in every:
        result = source.result
        if isinstance(result, Result):
            n = describe.span([panel_cell.n for panel in source.panels
                               for panel_cell in panel.cells.values() if panel_cell.n])
            failed = len(result.failed_runs)
            runs: str = f"{len(result.runs)}" + (f", {failed} failed" if failed else "")
        else:
            n, runs = "-", str(len(result.runs))
        where = (
            f"SIMULATED {result.simulated.name}: {result.simulated.summary}"
            if isinstance(result, SimResult)
            else f"{describe.machine(result)}, {describe.kernel(result)}"
        )
        state = "-" if source.bench in ("sim", "check") else describe.environment(result)
        rows.append(Row(
            (source.label, source.bench, where, describe.date(result),
             "; ".join(describe.subject(one) for one in result.subjects), runs, n,
             state, "yes" if result.session.complete else "no: INCOMPLETE"),
            source.labels,
        ))
    return card(
        "Files", describe.count(len(every), "result file"),
        table(Table(
            "the result files of this dashboard",
            ("file", "bench", "machine and kernel", "recorded", "subject", "runs", "n",
             "state of the machine", "complete"), rows, frozenset((5, 6)),
        )),
    )


def reach_of(found: Compared) -> float:
    """Half the axis of the whiskers: the smallest step that holds most of the estimates."""
    sizes = sorted(
        abs(where) for row in found.comparison.rows if row.metric.name == "throughput"
        for outcome in row.outcomes
        if outcome.effect and (where := position(outcome.effect, outcome.effect.ratio)) is not None
    )
    usual = sizes[int(0.8 * (len(sizes) - 1))] if sizes else 0.0
    steps = [math.log(step) for step in reach_steps]
    return next((step for step in steps if usual * 1.3 <= step), steps[-1])


def verdicts(found: Compared) -> Markup:
    comparison = found.comparison
    reach = reach_of(found)
    rows = []
    for row in comparison.rows:
        if row.metric.name != "throughput":
            continue
        for source, outcome in zip(comparison.contenders, row.outcomes):
            words = verdict_words(outcome)
            kind = kinds.get(words, "unsure")
            effect = outcome.effect
            picture: object = "-"
            if effect is not None:
                middle = position(effect, effect.ratio) or 0.0
                low, high = (position(effect, end) for end in (effect.low, effect.high))
                picture = whisker(
                    middle, 10 * -reach if low is None else low,
                    10 * reach if high is None else high, threshold_of(row), reach, kind,
                    f"{effect_words(effect)}, {interval_words(effect)}",
                )
            rows.append(Row(
                (row.label, Cell(source.label, kind="line"), Cell(words, kind=f"verdict {kind}"),
                 Cell(effect_words(effect) if effect else "-"),
                 Cell(picture, interval_words(effect) if effect else "", "picture"),
                 Cell(interval_words(effect) if effect else "-", kind="line"),
                 number(row.base.median), number(outcome.sample.median)),
                labels_of(found, row, outcome, source.label),
            ))
    counts = comparison.count_verdicts()
    summary = ", ".join(f"{number_of} {name}" for name, number_of in counts.items())
    axis = f"{change(math.exp(-reach))} to {change(math.exp(reach))}"
    return card(
        f"Verdicts: {found.title}",
        f"{method(comparison)} All metrics together: {summary}.",
        *[note(line) for line in comparison.warnings],
        table(Table(
            f"throughput, {found.title}; higher is better",
            ("configuration", "contender", "verdict", "change", axis, "95 % interval",
             comparison.base.label, "contender's"), rows, frozenset((3, 6, 7)),
        )),
    )


def curves(source: Source, result: Result, looks: Looks) -> Markup:
    """Every curve in small: one row a workload and design."""
    several = len(result.subjects) > 1
    rows = [row for panel in source.panels for row in panel_rows(source, panel, looks, several)]
    return card(
        f"Throughput: {source.label}", caption(source, result, describe.n_range(source.panels)),
        table(Table(
            f"throughput over {source.counted}; the curves of one workload have one scale, from 0",
            ("workload", "design", f"over {source.counted}", "per second, from", "to", "highest",
             f"at {source.counted}", "unit"), rows, frozenset((3, 4, 5, 6)),
        )),
    )


def panel_rows(source: Source, panel: Panel, looks: Looks, several: bool) -> list[Row]:
    top = max((c.throughput.median for c in panel.cells.values() if c.throughput), default=0.0)
    rows = []
    for series in panel.series:
        cells = [panel.cells.get((series, count)) for count in panel.counts]
        values = [cell.throughput.median if cell and cell.throughput else None for cell in cells]
        known = [(v, count) for v, count in zip(values, panel.counts) if v is not None]
        if not known:
            continue
        best, where = max(known)
        name = series_name(series, several)
        words = f"{name}: " + ", ".join(f"{describe.compact(v)} at {c}" for v, c in known)
        link = tag("a", {"href": "scaling.html#"
                         + identifier("scaling", source.label, panel.title)}, panel.title)
        rows.append(Row(
            (Cell(link, panel.title), Cell(name, kind="line"),
             Cell(sparkline(panel.counts, values, top, looks.of(series)[0], words), "", "picture"),
             number(known[0][0]), number(known[-1][0]), number(best), where, f"{panel.unit}/s"),
            {**source.labels, "workload": panel.title.split(" ")[0], "design": series.design,
             "placement": series.placement},
        ))
    return rows


def proved(source: Source) -> Markup:
    result = source.result
    return card(
        f"Proofs: {source.label}", describe.bench(result),
        tag("p", {}, totals(result), ". ",  # type: ignore[arg-type]
            tag("a", {"href": "proofs.html"}, "Every outcome")),
    )
