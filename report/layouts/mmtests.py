"""mmtests.py: the look of mmtests' compare-kernels.sh, with a true test behind the star.

Columns, rows, percentages and header are those of compare-mmtests.pl (Compare.pm, PrintGeneric.pm):
the base always shows 0.00 %, and a positive percentage is always better, of a spread too. What is
not theirs: their star means that two intervals of +-1.96 SD do not overlap, whatever n is, and no
legend says so; this star means the verdict BETTER or WORSE.
"""

from __future__ import annotations

import math
import statistics
from typing import Sequence

from report.compare import Comparison, Row
from report.errors import ascii_line
from report.layouts import Options, head
from report.layouts.notes import note_lines
from report.layouts.sections import Section, pairs_of_columns, sections, short, short_names
from report.layouts.words import verdict_line
from report.stats import Verdict
from report.table import indent, wrap

statistic_width = 9  # "HCoeffVar"
label_min = 14
# Theirs prints two decimals unless a test says otherwise: an index needs more, a rate fewer.
forms = ((10, ".4f"), (1e5, ".2f"), (1e10, ".0f"), (math.inf, ".5g"))


def render(comparison: Comparison, options: Options) -> str:
    width = options.width
    lines = head.lines(comparison, width)
    for section in sections(comparison):
        lines += ["", *wrap(section.title + head.mark(comparison), width)]
        lines += section_lines(comparison, section, width)
    lines += ["", *wrap(verdict_line(comparison), width), "", *wrap(legend(comparison), width)]
    lines += note_lines(comparison, width)
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def legend(comparison: Comparison) -> str:
    """What percentages and stars mean, and what they do not."""
    sizes = head.sizes(comparison)
    stated = "" if comparison.by != "bench" else " Between benches 'better' only means more."
    return (
        "Positive % is better, negative % is worse, in every row; of mean, Min and Max against the "
        f"first column.{stated} *: BETTER or WORSE: the exact 95% interval of the ratio lies "
        f"wholly beyond the threshold; n = {sizes}. (In mmtests a star means that two intervals of "
        "+-1.96 SD do not overlap, whatever n is.) The percentages are of the means; the test "
        "is of the Hodges-Lehmann ratio. Hmean: harmonic mean, of rates; Amean: arithmetic mean, "
        "of times."
    )


def section_lines(comparison: Comparison, section: Section, width: int) -> list[str]:
    """The tables of one section: as many contenders side by side as there is room for."""
    values = all_values(section)
    form = next(form for end, form in forms if max(values) < end)
    number = max(7, max(len(format(value, form)) for value in values))
    cell = number + len(" (   0.00%)") + 1
    prefix = len(indent) + statistic_width + 1
    rows = section.rows
    longest = max(len(name_of(row)) for row in rows)
    room = width - prefix - cell - min(max(longest, label_min), width - prefix - 2 * cell)
    lines: list[str] = []
    for chosen in pairs_of_columns(len(comparison.contenders), room, cell):
        label = min(longest, width - prefix - cell * (len(chosen) + 1))
        lines += column_heads(comparison, chosen, prefix + label, cell)
        names = short_names([name_of(row) for row in rows], label)
        for statistic in statistics_of(section.metric.better):
            for row, name in zip(rows, names):
                texts = cells(statistic, row, chosen, number, form)
                if texts:
                    lines.append(f"{indent}{statistic:<{statistic_width}} {name:<{label}}"
                                 + "".join(text.rjust(cell) for text in texts))
    return lines


def statistics_of(better: str) -> tuple[str, ...]:
    """The rows of a table, grouped by statistic as theirs are."""
    if better == "higher":
        return ("Min", "Hmean", "HStddev", "HCoeffVar", "Max")
    return ("Min", "Amean", "Stddev", "CoeffVar", "Max")


def name_of(row: Row) -> str:
    """'pf_shared-2': workload and threads or CPUs; the section's title has the rest."""
    return f"{row.benchmark.workload}-{row.count}"


def column_heads(
    comparison: Comparison, chosen: Sequence[int], start: int, cell: int
) -> list[str]:
    """Two lines: a name is split at its first '-', as theirs is: '6.18-base' over two lines."""
    labels = [comparison.base.label, *(comparison.contenders[i].label for i in chosen)]
    pairs = [label.split("-", 1) if "-" in label else ["", label] for label in labels]
    return [
        " " * start + "".join(short(pair[line], cell - 1).rjust(cell) for pair in pairs)
        for line in (0, 1)
    ]


def cells(
    statistic: str, row: Row, chosen: Sequence[int], number: int, form: str
) -> list[str] | None:
    """The texts of one line; None where the base has no such value (none or too few runs)."""
    base = value_of(statistic, row.base.values)
    if base is None:
        return None
    form = ".2f" if statistic.endswith("CoeffVar") else form
    texts = [f"{format(base, form):>{number}} ({0:7.2f}%)"]
    for i in chosen:
        outcome = row.outcomes[i]
        new = value_of(statistic, outcome.sample.values)
        if new is None:
            texts.append("failed" if outcome.sample.failures else "-")
            continue
        percent = f"{percent_text(percent_of(statistic, row.metric.better, base, new))}%"
        star = statistic.endswith("mean") and outcome.verdict in (Verdict.BETTER, Verdict.WORSE)
        marked = f"*{percent}*" if star else f"({percent})"
        texts.append(f"{format(new, form):>{number}} {marked}")
    return texts


def percent_text(percent: float) -> str:
    """Seven columns, with two decimals as theirs where these have room."""
    for end, form in ((9999.995, "7.2f"), (1e6, "7.0f")):
        if abs(percent) < end:
            return format(percent, form)
    return f"{percent:7.0e}"


def percent_of(statistic: str, better: str, base: float, new: float) -> float:
    """Positive is better: pdiff of theirs where more is better, pndiff otherwise and for spreads;
    their corner for a base of 0 is kept."""
    if base == 0:
        return 0.0 if new == 0 else -99.0
    spread = "Stddev" in statistic or "CoeffVar" in statistic
    ratio = 100 * new / base
    # Rounded here and zero added, so that no -0.00 is printed.
    return round(100 - ratio if spread or better == "lower" else ratio - 100, 2) + 0.0


def value_of(statistic: str, values: Sequence[float]) -> float | None:
    """One statistic of the runs; None where there are too few."""
    if not values or ("mean" not in statistic and "M" not in statistic and len(values) < 2):
        return None
    if statistic == "Min":
        return min(values)
    if statistic == "Max":
        return max(values)
    harmonic = statistic.startswith("H")
    mean = statistics.harmonic_mean(values) if harmonic else statistics.fmean(values)
    if statistic.endswith("mean"):
        return mean
    deviation = harmonic_deviation(values, mean) if harmonic else statistics.stdev(values)
    return deviation if statistic.endswith("Stddev") else 100 * deviation / mean if mean else 0.0


def harmonic_deviation(values: Sequence[float], mean: float) -> float:
    """Theirs: sqrt(sum((1/x - 1/m)^2) m^4 / n); 0 for a mean of 0."""
    if mean == 0:
        return 0.0
    return math.sqrt(sum((1 / x - 1 / mean) ** 2 for x in values) * mean**4 / len(values))


def all_values(section: Section) -> list[float]:
    """Every value that a table of the section may show, 0 at least."""
    found = [0.0]
    for row in section.rows:
        for sample in (row.base, *(outcome.sample for outcome in row.outcomes)):
            found += sample.values
    return found
