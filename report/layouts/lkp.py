"""lkp.py: the look of a mail of the kernel test robot (0-day): %stddev, %change, metric last.

Cells are those of its lib/compare.rb: the average in ten columns, the spread only where it is over
2 %, an arithmetic change (+ is more). Its rule for a changed row, ranges apart by more than chance
and no p-value, is a second opinion here: the verdict stands beside it.
"""

from __future__ import annotations

import statistics
from typing import Sequence

from report.compare import Comparison, Outcome, Row, Sample
from report.errors import ascii_line
from report.layouts import Options, head
from report.layouts.notes import note_lines
from report.layouts.sections import sections, short, short_names
from report.layouts.words import verdict_line, verdict_word
from report.table import indent, wrap

ratio_of_interest = 1.05  # what the robot calls a change, at least
letters = {"BETTER": "b", "WORSE": "w", "HIGHER": "h", "LOWER": "l", "SAME": "=",
           "INCONCLUSIVE": "?", "refused": "-"}


def render(comparison: Comparison, options: Options) -> str:
    width = options.width
    lines = head.lines(comparison, width)
    for contender in range(len(comparison.contenders)):
        lines += ["", *block(comparison, contender, width)]
    lines += ["", *wrap(verdict_line(comparison), width), "", *wrap(legend(comparison), width)]
    lines += ["", *wrap(second_opinion(comparison), width)]
    lines += note_lines(comparison, width)
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def legend(comparison: Comparison) -> str:
    better = ("no verdict is a better one between benches" if comparison.by == "bench"
              else "b is better and w worse, whatever the sign")
    used = {verdict_word(comparison, row, one) for row, one in comparison.outcomes}
    listed = ", ".join(f"{letter} {word}" for word, letter in letters.items() if word in used)
    return (
        "%change is arithmetic: + is more, - is less, of the averages; %stddev (of the runs) "
        f"stands only where it is over 2%. Letter before the name: {listed}: the exact 95% "
        f"interval of the ratio against the threshold; {better}. r: changed by the robot's rule."
    )


def second_opinion(comparison: Comparison) -> str:
    """Where the robot's rule and the verdicts disagree."""
    changed = [(row, one) for row, one in comparison.outcomes if range_rule(row.base, one.sample)]
    sure = ("BETTER", "WORSE", "HIGHER", "LOWER")
    apart = [
        f"{row.label} ({verdict_word(comparison, row, one)})" for row, one in comparison.outcomes
        if range_rule(row.base, one.sample) != (verdict_word(comparison, row, one) in sure)
    ]
    listed = f"; other than the verdict says: {'; '.join(apart[:12])}" if apart else ""
    more = f"; and {len(apart) - 12} more" if len(apart) > 12 else ""
    return (
        f"Second opinion, the robot's range rule (each median outside the other's trimmed range, 3 "
        f"runs or more, 5% or more): {len(changed)} of {len(comparison.outcomes)} rows "
        f"changed{listed}{more}."
    )


def block(comparison: Comparison, contender: int, width: int) -> list[str]:
    """The table of one contender."""
    rows = [(row, row.outcomes[contender]) for row in comparison.rows]
    spread = max(6, *(len(spread_text(s)) for row, one in rows for s in (row.base, one.sample)))
    mine, theirs = comparison.base.label, comparison.contenders[contender].label
    left, right = 10 + spread, 11 + 11 + spread
    start = len(indent) + left + right + 2 + 3
    lines = [
        f"{indent}{short(mine, left - 1):<{left}} {short(theirs, right - 1)}",
        f"{indent}{'-' * left} {'-' * (right - 1)}",
        f"{indent}{'%stddev':>{left}}{'%change':>12}{'%stddev':>{right - 12}}",
        indent + " " * (left - 3) + "\\" + "|".rjust(11) + "\\".rjust(right - 12),
    ]
    for section in sections(comparison):
        lines += wrap(section.title + head.mark(comparison), width)
        names = short_names([name_of(row) for row in section.rows], width - start)
        for row, name in zip(section.rows, names):
            one = row.outcomes[contender]
            mark = letters[verdict_word(comparison, row, one)]
            mark += "r" if range_rule(row.base, one.sample) else " "
            lines.append(
                f"{indent}{average(row, row.base)}{spread_text(row.base):<{spread}}"
                f"{change(row, one)} {average(row, one.sample)}"
                f"{spread_text(one.sample):<{spread}}  {mark} {name}"
            )
    return lines


def name_of(row: Row) -> str:
    """'pf_shared.2': workload and threads or CPUs; metric and other parameters stand above."""
    return f"{row.benchmark.workload}.{row.count}"


def average(row: Row, sample: Sample) -> str:
    """Ten columns, as theirs: two decimals below 1000, 4 digits above 1e8; of an index four."""
    if not sample.values:
        return f"{'fail' if sample.failures else '-':>10}"
    value = statistics.fmean(sample.values)
    if not row.metric.relative:
        return f"{value:>10.4f}"
    if abs(value) > 1e8:
        return f"{value:>10.4g}"
    return f"{value:>10.2f}" if abs(value) < 1000 else f"{value:>10.0f}"


def spread_text(sample: Sample) -> str:
    """' +-12%' where the relative standard deviation (of the population) is over 2 %, else ''."""
    if sample.n < 2 or not statistics.fmean(sample.values):
        return ""
    percent = 100 * statistics.pstdev(sample.values) / abs(statistics.fmean(sample.values))
    return f" +-{percent:2.0f}%" if percent > 2 else ""


def change(row: Row, outcome: Outcome) -> str:
    """Eleven columns: the change of the averages in percent, of an index absolute."""
    if not row.base.values or not outcome.sample.values:
        return f"{'-':>11}"
    base, new = statistics.fmean(row.base.values), statistics.fmean(outcome.sample.values)
    if not row.metric.relative:
        return f"{new - base:>+10.3f} "
    percent = 100 * (new - base) / base
    return f"{percent:>+10.1f}%" if abs(percent) < 1e5 else f"{percent:>+10.2g}%"


def trimmed(values: Sequence[float]) -> list[float]:
    """Sorted, a 32nd of the values left out at each end, at most 3."""
    ordered = sorted(values)
    cut = min(3, len(ordered) // 32)
    return ordered[cut : len(ordered) - cut]


def range_rule(base: Sample, new: Sample) -> bool:
    """The robot's: each side's median lies outside the other's range, and the medians differ."""
    a, b = trimmed(base.values), trimmed(new.values)
    if not a or not b or max(len(a), len(b)) < 3:
        return False
    mine, theirs = statistics.median(a), statistics.median(b)
    apart = (min(b) > mine and theirs > max(a)) or (max(b) < mine and theirs < min(a))
    low, high = sorted((mine, theirs))
    return apart and (low <= 0 or high / low > ratio_of_interest)
