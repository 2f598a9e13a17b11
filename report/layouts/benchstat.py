"""benchstat.py: the look of Go's benchstat: median +- half of its interval, vs base, ~, p, n.

    pf_shared/threads=2   5.567M +-1%   6.105M +-1%   +9.66% (p=0.001 n=12)

Ours stand behind the figures: +- is the interval of the median by order statistics, as benchstat's;
the change is the Hodges-Lehmann ratio and p that of its exact test, within pairs where there are
any. benchstat itself reads `faultline export --format benchfmt`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from report.compare import Comparison, Outcome, Row, Sample
from report.errors import ascii_line
from report.layouts import Options, head
from report.layouts.notes import note_lines
from report.layouts.sections import Section, pairs_of_columns, sections, short, short_names
from report.layouts.words import better_text, verdict_line
from report.stats import quantile_interval
from report.table import indent, wrap

alpha = 0.05
label_min = 14
needs = 6  # fewest runs for a 95 % interval of a median


def render(comparison: Comparison, options: Options) -> str:
    width = options.width
    lines = head.lines(comparison, width)
    for section in sections(comparison):
        lines += ["", *section_lines(comparison, section, width)]
    lines += ["", *wrap(verdict_line(comparison), width), "", *wrap(legend(comparison), width)]
    lines += note_lines(comparison, width)
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def legend(comparison: Comparison) -> str:
    paired = ("signed-rank test within pairs" if comparison.paired else "rank-sum test, not paired")
    if comparison.counted:
        paired = "counted, no test: p is 0 where the runs do not overlap, else 1"
    return (
        f"+-: half of the exact 95% interval of the median, in % of it (+-inf: fewer than {needs} "
        f"runs). vs base: Hodges-Lehmann ratio - 1, + is more; ~: p >= {alpha} ({paired}), which "
        "is not the same as no change; p is of one row: of 20 rows without a change one has p < "
        f"{alpha}. n: runs, base+new where they differ. geomean: over the rows with both values, "
        "a summary of medians without a test. k, M, G: 10^3, 10^6, 10^9. The verdicts, unlike "
        "the marks, take the threshold into account."
    )


@dataclass(frozen=True)
class Widths:
    """Columns of a section: of a value, of a change with p and n."""

    value: int
    delta: int

    @property
    def contender(self) -> int:
        """All that a contender takes."""
        return 2 + self.value + 1 + self.delta


def section_lines(comparison: Comparison, section: Section, width: int) -> list[str]:
    """Config lines as benchstat's, then tables as wide as there is room for."""
    lines = wrap(f"metric: {section.metric.title}{head.mark(comparison)}; "
                 f"{better_text(comparison, section.rows[0])}", width)
    for name, value in section.parts:
        lines += wrap(f"{name}: {value}", width)
    full = [f"{row.benchmark.workload}-{row.count}" for row in section.rows]
    longest = max(len("geomean"), *map(len, full))
    widths = widths_of(section.rows)
    fixed = len(indent) + 2 + widths.value
    room = width - fixed - max(label_min, min(longest, width - fixed - widths.contender))
    for chosen in pairs_of_columns(len(comparison.contenders), room, widths.contender):
        label = max(7, min(longest, width - fixed - widths.contender * len(chosen)))
        lines += column_heads(comparison, section, chosen, label, widths)
        for row, name in zip(section.rows, short_names(full, label)):
            cells = [(value_text(row.outcomes[i].sample), delta_text(row.outcomes[i]))
                     for i in chosen]
            lines.append(line(name, label, value_text(row.base), cells, widths))
        mean = geomean(section.rows, chosen)
        if mean:
            lines.append(line("geomean", label, mean[0], mean[1], widths))
    return lines


def widths_of(rows: Sequence[Row]) -> Widths:
    """As wide as the widest text, and as the heads."""
    samples = [s for row in rows for s in (row.base, *(one.sample for one in row.outcomes))]
    deltas = [delta_text(one) for row in rows for one in row.outcomes]
    means = geomean(rows, range(len(rows[0].outcomes)))
    return Widths(
        max(10, *(len(value_text(sample)) for sample in samples)),
        max(10, *map(len, deltas), *(len(text) for _, text in (means[1] if means else []))),
    )


def column_heads(
    comparison: Comparison, section: Section, chosen: Sequence[int], label: int, widths: Widths
) -> list[str]:
    """Two lines between bars: names, then units."""
    wide = widths.contender - 2
    names = [short(comparison.contenders[i].label, wide - 1) for i in chosen]
    unit = short(section.unit, widths.value)
    start = f"{indent}{'':{label}} |"
    # A bar stands for the first of the two blanks before a column; the last one needs room.
    upper = "|".join(f" {name:^{wide}}" for name in names)[:-1]
    lower = "|".join(f" {unit:^{widths.value}} {'vs base':<{widths.delta}}" for _ in names)[:-1]
    return [
        f"{start}{short(comparison.base.label, widths.value):^{widths.value}}|{upper}|",
        f"{start}{unit:^{widths.value}}|{lower}|",
    ]


def line(
    name: str, label: int, base: str, cells: Sequence[tuple[str, str]], widths: Widths
) -> str:
    written = "".join(f"  {value:<{widths.value}} {delta:<{widths.delta}}"
                      for value, delta in cells)
    return f"{indent}{name:<{label}}  {base:<{widths.value}}{written}"


def value_text(sample: Sample) -> str:
    """'5.567M +-1%'; the width is that of the interval's farther end, as benchstat's."""
    if sample.median is None:
        return "failed" if sample.failures else "-"
    number = four_digits(sample.median)
    if sample.n < needs:
        return f"{number:<6} +-inf"
    low, high = quantile_interval(sample.values, 0.5)
    farther = max(sample.median - low, high - sample.median)
    if not math.isfinite(farther):
        return f"{number:<6} +-inf"
    percent = 100 * farther / sample.median if sample.median else math.inf
    return f"{number:<6} +-{percent:.0f}%" if percent < 999.5 else f"{number:<6} +->999%"


def delta_text(outcome: Outcome) -> str:
    """'+9.66% (p=0.001 n=12)', or '~' where p says nothing."""
    effect = outcome.effect
    if effect is None:
        return "no verdict"
    n = f"{effect.n[0]}" if effect.n[0] == effect.n[1] else f"{effect.n[0]}+{effect.n[1]}"
    change = ratio_text(effect.ratio) if effect.relative else f"{effect.ratio + 0.0:+.3f}"
    return f"{change if effect.p < alpha else '~':>8} (p={effect.p:.3f} n={n})"


def ratio_text(ratio: float) -> str:
    """'+9.66%', 'x17.32' where that would be a long number."""
    change = f"{100 * (ratio - 1) + 0.0:+.2f}%"
    return change if len(change) <= 8 else f"x{ratio:.4g}"


def four_digits(value: float) -> str:
    """Four significant digits and a unit prefix, as benchstat's: 1.423M, 30.66k, 0.9871."""
    if abs(value) < 1e-3:
        return f"{value:.3e}" if value else "0"
    for prefix in ("", "k", "M", "G", "T"):
        if abs(value) < 999.95 or prefix == "T":
            break
        value /= 1000
    # Below 1 only without a prefix: 0.99996k is 1.000k.
    digits = min(9 if not prefix else 3, max(0, 3 - math.floor(math.log10(abs(value)) + 1e-12)))
    return f"{value:.{digits}f}{prefix}"


def geomean(
    rows: Sequence[Row], chosen: Sequence[int]
) -> tuple[str, list[tuple[str, str]]] | None:
    """The geometric means over the rows that base and every shown contender have: of the base, and
    of each with its change. None below two such rows."""
    table = [
        [row.base.median, *(row.outcomes[i].sample.median for i in chosen)] for row in rows
    ]
    whole = [[value for value in values if value and value > 0] for values in table]
    whole = [values for values in whole if len(values) == 1 + len(chosen)]
    if len(whole) < 2:
        return None
    means = [math.exp(math.fsum(map(math.log, column)) / len(whole)) for column in zip(*whole)]
    partial = "" if len(whole) == len(rows) else f" ({len(whole)} of {len(rows)} rows)"
    return four_digits(means[0]), [
        (four_digits(mean), ratio_text(mean / means[0]).rjust(8) + partial)
        for mean in means[1:]
    ]
