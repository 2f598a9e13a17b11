"""compare.py: the page Compare: estimates with intervals, and the runs behind them by round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from report import describe
from report.dashboard.comparisons import (
    Compared, effect_words, interval_words, kinds, labels_of, method, position, threshold_of,
    verdict_words,
)
from report.dashboard.latency import count_control
from report.dashboard.markup import join
from report.dashboard.model import Cell, Chart, Control, Page, Row, Table
from report.dashboard.numbers import number, plain
from report.dashboard.parts import note
from report.dashboard.sources import Looks, caption
from report.result import SimResult

if TYPE_CHECKING:
    from report.compare import Outcome, Row as Found, Sample


def page(found: Sequence[Compared], refused: Sequence[str], looks: Looks) -> Page:
    charts: list[Chart] = []
    others: list[Chart] = []
    counts: set[int] = set()
    for compared in found:
        for (panel, metric), rows in by_panel(compared).items():
            one = forest(compared, panel, metric, rows, looks)
            if metric == "throughput":
                charts += [one, rounds(compared, panel, rows, looks)]
                counts.update(row.count for row in rows)
            elif one.data["rows"]:  # else no file has it on both sides: nothing was lost
                others.append(one)
    charts += others
    controls: tuple[Control, ...] = (count_control(counts),) if charts else ()
    return Page(
        "compare", "Compare",
        "Ratio of each contender to the base with its 95 % interval; the shaded zone is the "
        "threshold below which a change does not matter. BETTER and WORSE: the interval lies "
        "wholly beyond the zone; SAME: wholly within; INCONCLUSIVE: more rounds are needed. Beside "
        "throughput: every run in the order of the rounds (of a simulation: of the seeds), so that "
        "drift can be seen; the choice of a number is for these.",
        body=join(*[note(line) for line in refused]),
        charts=charts, controls=controls,
        empty=None if charts else "Nothing to compare: give a file of several designs or kernels, "
        "or two files of one machine.",
    )


def by_panel(compared: Compared) -> dict[tuple[str, str], list[Found]]:
    """The rows of each workload under each metric."""
    groups: dict[tuple[str, str], list[Found]] = {}
    for row in compared.comparison.rows:
        groups.setdefault((row.panel, row.metric.name), []).append(row)
    return groups


def look_of(compared: Compared, row: Found, name: str, looks: Looks) -> tuple[int, int, int, bool]:
    """Colour and symbol of a contender: those of its design."""
    if compared.comparison.by == "design":
        number_of = looks.design(name.split("/")[0])
        return (number_of % 7, number_of % 8, number_of % 5, "/" in name)
    number_of = looks.design(row.benchmark.design)
    return (number_of % 7, number_of % 8, number_of % 5, False)


def name_of(compared: Compared, row: Found, contender: str) -> str:
    """What stands before a line of the forest: the contender and the number."""
    if compared.comparison.by in ("design", "subject"):
        return f"{contender} @ {row.count}"
    return f"{row.benchmark.design} @ {row.count}"


def forest(
    compared: Compared, panel: str, metric: str, rows: list[Found], looks: Looks
) -> Chart:
    comparison = compared.comparison
    entries: list[dict[str, Any]] = []
    lines = []
    for row in rows:
        for source, outcome in zip(comparison.contenders, row.outcomes):
            labels = labels_of(compared, row, outcome, source.label)
            lines.append(table_row(row, source.label, outcome, labels))
            effect = outcome.effect
            if effect is None:
                continue
            entries.append({
                "name": name_of(compared, row, source.label), "labels": labels,
                "look": look_of(compared, row, source.label, looks),
                "middle": position(effect, effect.ratio), "low": position(effect, effect.low),
                "high": position(effect, effect.high), "relative": effect.relative,
                "verdict": verdict_words(outcome),
                "kind": kinds.get(verdict_words(outcome), "unsure"), "p": effect.p,
                "q": outcome.q, "n": list(effect.n), "threshold": threshold_of(row),
            })
    words = rows[0].metric
    result = compared.source.result
    return Chart(
        key=("forest", compared.title, panel, metric),
        kind="forest",
        title=f"{words.title} of {panel}: {compared.title}",
        caption=caption(compared.source, result, n_of(rows)) + ". "  # type: ignore[arg-type]
        + method(comparison, words.relative),
        data={"better": words.better, "relative": words.relative, "rows": entries,
              "threshold": threshold_of(rows[0])},
        table=Table(
            f"{words.title} of {panel} ({rows[0].unit}): {compared.title}",
            ("configuration", "contender", "base", "new", "change", "95 % interval", "p", "q",
             "smallest change found with 80 %", "n", "verdict", "look at"),
            lines, frozenset(range(2, 10)),
        ),
        labels={**compared.source.labels, "workload": rows[0].benchmark.workload,
                "metric": metric},
    )


def n_of(rows: list[Found]) -> str:
    found = [n for row in rows for outcome in row.outcomes if outcome.effect
             for n in outcome.effect.n]
    return describe.span(found)


def table_row(row: Found, contender: str, outcome: Outcome, labels: dict[str, Any]) -> Row:
    effect = outcome.effect

    def show(value: float | None) -> Cell:
        return number(value) if row.metric.relative else plain(value)

    words = verdict_words(outcome)
    head: list[object] = [row.label, contender, show(row.base.median), show(outcome.sample.median)]
    if effect is None:
        rest: list[object] = ["-", "-", "-", "-", "-", row.base.n]
    else:
        rest = [
            Cell(effect_words(effect), f"{effect.ratio:.6g}"),
            Cell(interval_words(effect), kind="line"),
            p_value(effect.p), p_value(outcome.q), mde(effect.mde, effect.relative),
            str(effect.n[0]) if effect.n[0] == effect.n[1] else f"{effect.n[0]}, {effect.n[1]}",
        ]
    flags = list(outcome.flags)
    if outcome.rounds_needed is not None:
        flags.append(f"{describe.count(outcome.rounds_needed, 'more round')} may settle it")
    return Row((*head, *rest, Cell(words, kind=f"verdict {kinds.get(words, 'unsure')}"),
                "; ".join(flags) or "-"), labels)


def p_value(p: float | None) -> Cell:
    return Cell("-", "") if p is None else Cell(f"{p:.2g}", f"{p:.6g}")


def mde(value: float, relative: bool) -> str:
    if value in (float("inf"), float("-inf")) or value != value:
        return "unknown"
    return f"{100 * value:.1f}%" if relative else f"{value:.3f}"


def rounds(compared: Compared, panel: str, rows: list[Found], looks: Looks) -> Chart:
    """Every run of base and contenders in the order of the rounds, a strip for each number."""
    strips: list[dict[str, Any]] = []
    lines = []
    comparison = compared.comparison
    for row in rows:
        mine = [(comparison.base.label, row.base)] + [
            (source.label, outcome.sample)
            for source, outcome in zip(comparison.contenders, row.outcomes)
        ]
        for i, (name, sample) in enumerate(mine):
            if not sample.n:
                continue
            shown = name if comparison.by == "design" else f"{row.benchmark.design}, {name}"
            labels = {"design": name.split("/")[0]} if comparison.by == "design" else {
                "design": row.benchmark.design, "file": name}
            strips.append({
                "name": shown, "count": row.count, "labels": labels,
                "look": look_of(compared, row, name, looks)[:3]
                + (i > 0 and comparison.by != "design",),
                "runs": [list(pair) for pair in zip(sample.pairs, sample.values)],
            })
            lines.append(strip_row(compared, row, shown, sample, labels))
    simulated = isinstance(compared.source.result, SimResult)
    word = "seed" if simulated else "round"
    return Chart(
        key=("rounds", compared.title, panel),
        kind="rounds",
        title=f"runs of {panel} by {word}: {compared.title}",
        caption=caption(compared.source, compared.source.result,  # type: ignore[arg-type]
                        n_of(rows)),
        data={"word": word, "counted": compared.source.counted, "unit": rows[0].unit,
              "strips": strips},
        table=Table(
            f"runs of {panel} ({rows[0].unit}) in the order of the {word}s",
            ("configuration", compared.source.counted, "median", "sd in % of the mean", "n",
             f"values by {word}"),
            lines, frozenset(range(1, 5)),
        ),
        labels={**compared.source.labels, "workload": rows[0].benchmark.workload,
                "metric": "throughput"},
    )


def strip_row(
    compared: Compared, row: Found, name: str, sample: Sample, labels: dict[str, Any]
) -> Row:
    values = " ".join(describe.compact(value) for value in sample.values)
    count = "cpus" if compared.source.simulated else "threads"
    sd = sample.sd_percent
    return Row(
        (name, row.count, number(sample.median), "-" if sd is None else f"{sd:.1f}", sample.n,
         Cell(values, " ".join(f"{value:.7g}" for value in sample.values), "line")),
        {**compared.source.labels, "workload": row.benchmark.workload, **labels,
         count: row.count},
    )
