"""draft.py: the body and the subject of a mail about a comparison."""

from __future__ import annotations

import re
import shlex
from typing import Sequence

from report import describe, sim_words
from report.compare import Comparison, Row, Source
from report.errors import ascii_line
from report.layouts import Options, head, layouts
from report.layouts.sections import short
from report.layouts.words import axis_word, count_words
from report.mail.ascii_plot import series_max, scaling_plot
from report.mail.message import line_max, prose
from report.result import Result, SimResult
from report.table import indent, wrap

subject_max = 75  # columns that a list's archive shows whole
plots_max = 6


def subject_of(comparison: Comparison) -> str:
    """'[RESULT] mm: refcount vs rwsem, pf_shared, SIMULATED: 4 better, 1 worse'."""
    others = ", ".join(short(source.label, 24) for source in comparison.contenders[:3])
    if len(comparison.contenders) > 3:
        others = f"{len(comparison.contenders)} {comparison.by}s"
    workloads = list(dict.fromkeys(row.benchmark.workload for row in comparison.rows))
    what = short(workloads[0], 24) if len(workloads) == 1 else f"{len(workloads)} workloads"
    counts = {word: f"{n} {word.lower()}" for word, n in count_words(comparison).items()}
    sure = [counts[word] for word in ("BETTER", "WORSE", "HIGHER", "LOWER") if word in counts]
    of = f"{', '.join(sure) or 'no change found'} of {len(comparison.outcomes)}"
    words = [f"[RESULT] mm: {others} vs {short(comparison.base.label, 24)}", what]
    simulated = any(isinstance(s.result, SimResult) for s in comparison.sources)
    if simulated:
        words.append("SIMULATED")
    plain = ascii_line(", ".join(words))
    tries = (f"{plain}: {', '.join(counts.values())}", f"{plain}: {of}", plain)
    return next((one for one in tries if len(one) <= subject_max), short(plain, subject_max))


def body_of(
    comparison: Comparison, layout: str, options: Options, links: Sequence[str] = ()
) -> list[str]:
    """The lines of the body: what was compared, table, curves, method, reproduction, links.

    links: addresses of plots; without any a place for them is left.
    """
    width = min(options.width, line_max)
    lines = [*prose(opening(comparison), width), ""]
    lines += layouts[layout].render(comparison, Options(width)).splitlines()
    lines += plots(comparison, width)
    lines += ["", "Method", ""]
    for sentence in method(comparison):
        lines += wrap(sentence, width)
    lines += ["", "To reproduce"]
    for source in distinct_results(comparison):
        lines += ["", *reproduce(source.result, width)]
    lines += ["", "Plots", ""]
    lines += [f"{indent}{address}" for address in links] or [f"{indent}[links to the plots]"]
    return [line.rstrip() for line in lines]


def opening(comparison: Comparison) -> str:
    """What was compared, where, in two or three sentences."""
    workloads = list(dict.fromkeys(row.benchmark.workload for row in comparison.rows))
    others = [source.label for source in comparison.contenders]
    listed = others[0] if len(others) == 1 else f"{', '.join(others[:-1])} and {others[-1]}"
    result = comparison.base.result
    if isinstance(result, SimResult):
        where = (f"in a simulation of {result.simulated.name} ({sim_words.calibrated(result)}); "
                 "nothing here was measured")
    else:
        where = place(result)
    if comparison.by == "bench":
        where = "on several benches"
    counts = ", ".join(f"{n} {word}" for word, n in count_words(comparison).items())
    return (
        f"This compares {listed} with {comparison.base.label} under "
        f"{', '.join(workloads)}, {where}. Of {len(comparison.outcomes)} comparisons: {counts}."
    )


def plots(comparison: Comparison, width: int) -> list[str]:
    """A plot of throughput for each panel that has a curve: two counts or more."""
    shown = [(title, curves) for title, rows in panels(comparison)
             if (curves := curves_of(comparison, rows))]
    lines: list[str] = []
    for title, curves in shown[:plots_max]:
        some = dict(list(curves.items())[:series_max])
        drawn = scaling_plot(some, title, axis_word(comparison), width - len(indent))
        lines += ["", *wrap(place_of(comparison), width)]
        lines += [f"{indent}{line}".rstrip() for line in drawn]
        if len(curves) > series_max:
            lines += wrap(f"(not drawn: {', '.join(list(curves)[series_max:])})", width)
    if len(shown) > plots_max:
        lines += ["", *wrap(f"(not drawn: {'; '.join(t for t, _ in shown[plots_max:])})", width)]
    return lines


def place_of(comparison: Comparison) -> str:
    """Where a curve comes from, for a plot that may be cut out of its mail."""
    return "; ".join(dict.fromkeys(
        sim_words.mark(s.result) if isinstance(s.result, SimResult)
        else f"{'counted' if s.result.plan.repeats else 'measured'} {place(s.result)}"
        for s in comparison.sources))


def place(result: Result) -> str:
    """'on AMD EPYC, Linux 6.18.44', 'in QEMU 7.2.22 with icount, 1 CPU, 512 MiB'."""
    if result.guest is not None:
        return f"in {result.guest}"
    return f"on {result.machine.model or result.machine.arch}, {describe.kernel(result)}"


def panels(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    """The rows of each plot and its title: those of a workload, or, where these are more curves
    than can be told apart, those of one series (a design, when files are compared)."""
    by_panel: dict[str, dict[str, list[Row]]] = {}
    for row in comparison.rows:
        if row.metric.name == "throughput":
            by_panel.setdefault(row.panel, {}).setdefault(row.series, []).append(row)
    found = []
    for panel, series in by_panel.items():
        if len(series) == 1 or len(series) * len(comparison.sources) <= series_max:
            found.append((panel, [row for rows in series.values() for row in rows]))
        else:
            found += list(series.items())
    return [(f"{name} [{rows[0].unit}], medians of n runs", rows) for name, rows in found]


def curves_of(comparison: Comparison, rows: list[Row]) -> dict[str, dict[int, float]]:
    """The medians over the count, of every source and series; {} without two counts."""
    found: dict[str, dict[int, float]] = {}
    several = len({row.series for row in rows}) > 1
    for row in rows:
        extra = " ".join(value for _, value in row.parts) if several else ""
        samples = [row.base, *(outcome.sample for outcome in row.outcomes)]
        for source, sample in zip(comparison.sources, samples):
            if sample.median is not None:
                name = f"{extra} {source.label}".strip()
                found.setdefault(name, {})[row.count] = sample.median
    return found if len({row.count for row in rows}) > 1 else {}


def method(comparison: Comparison) -> list[str]:
    """The method in three sentences: how a figure came about, what was tested, what a verdict is.
    """
    result = comparison.base.result
    return [
        f"A figure: {head.plan(result)}; n: {head.sizes(comparison)}.",
        f"A change: {head.test(comparison)}.",
        f"A verdict: threshold {head.thresholds(comparison)}.",
    ]


def distinct_results(comparison: Comparison) -> list[Source]:
    """One source of every file."""
    found: dict[str, Source] = {}
    for source in comparison.sources:
        found.setdefault(str(source.result.path), source)
    return list(found.values())


def reproduce(result: Result, width: int) -> list[str]:
    """The revision and the command line of one file, quoted for a shell."""
    lines = wrap(f"{ascii_line(result.path.name)}: {describe.tool(result)}", width)
    return lines + ["", *command_lines(result.session.argv, width)]


def command_lines(argv: Sequence[str], width: int) -> list[str]:
    """A command that can be pasted into a shell: broken between arguments with a backslash. Where
    an argument is too long for a line, that is said and nothing is cut."""
    words = with_values([quoted(word) for word in argv])
    start = indent * 2
    if any(len(start) + len(word) + 2 > line_max for word in words):
        return wrap("(the command line is in the result file: too long for a mail)", width)
    lines = [start]
    for word in words:
        if len(lines[-1]) + len(word) + 3 > width and lines[-1].strip():
            lines[-1] += " \\"
            lines.append(start + "  ")
        blank = "" if lines[-1].strip() == "" else " "
        lines[-1] += blank + word
    return lines


def with_values(words: Sequence[str]) -> list[str]:
    """An option and the value after it as one, so that a line does not end between them."""
    found: list[str] = []
    for word in words:
        if found and found[-1].startswith("-") and " " not in found[-1] and word[:1] != "-":
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def quoted(word: str) -> str:
    """For a shell, in printable ASCII: other characters as $'...' escapes of their bytes."""
    if re.fullmatch(r"[ -~]*", word):
        return shlex.quote(word)
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in word.encode("utf-8", "surrogatepass")
    )
    return f"$'{escaped}'"
