"""table.py: a result as a plain-text table for a mail or a commit message.

The rules are those of a mailing list: at most 72 columns, ASCII, every line indented by two blanks
(git mailinfo would cut a message at a rule of dashes in column 0), no trailing blank, no tab; the
same file always gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import Callable, Iterator

from report import describe, kernel_lines
from report.errors import ascii_line
from report.result import Result
from report.summary import Cell, Panel, Series, Spread, all_series, panels

indent = "  "
gap = "  "
label_width = len("threads")
n_width_min = 5  # "11-12"
column_min = 12  # "1.23M +-4.5%"
column_max = 18
interval_needs = 6  # fewest runs from which a 95 % interval of the median can be had


def throughput_table(result: Result, width: int = 72) -> str:
    """The whole report of one file as text, ending with a newline.

    width: most columns a line may have, at least 60. Raises ValueError below that.
    """
    if width < 60:
        raise ValueError(f"width {width} is less than 60")
    blocks = panels(result)
    lines = head(result, blocks, width)
    for panel in blocks:
        lines += ["", *panel_lines(panel, result, width)]
    lines += ["", *legend(blocks, width)]
    lines += failures(blocks, result, width)
    lines += small_n(blocks, result, width)
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def head(result: Result, blocks: list[Panel], width: int) -> list[str]:
    """What was measured, where, how: a table cut out of a mail must still be readable."""
    suite = f", suite {result.plan.suite}" if result.plan.suite else ""
    lines = wrap(f"faultline: {describe.bench(result)}; higher is better", width)
    rows = [("session", f"{result.session.id}{suite}"), ("date", describe.date(result))]
    rows += [("subject", describe.subject(subject)) for subject in result.subjects]
    rows += [
        ("tool", describe.tool(result)),
        ("machine", describe.machine(result)),
        ("kernel", describe.kernel(result)),
        ("method", describe.method(result)),
    ]
    if result.session.bench != "kernel":
        locks = ((s.design, s.placement) for s in all_series(blocks))
        rows.append(("lock word", describe.placements(locks)))
    rows += [
        ("state", describe.environment(result)),
    ]
    progress = describe.progress(result)
    if progress:
        rows.append(("session", progress))
    for name, words in rows:
        lines += wrap(words, width, first=f"{name:<11}")
    return lines


def panel_lines(panel: Panel, result: Result, width: int) -> list[str]:
    """One workload: as many sub-tables as its designs need."""
    with_cpu = any(cell.cpu_throughput for cell in panel.cells.values())
    units = f"{panel.unit}/s" + (f", and {panel.unit} per CPU-second" if with_cpu else "")
    lines = wrap(f"{panel.title}  [{units}]", width)
    n_width = max(n_width_min, *(len(n_text(panel, panel.series, t)) for t in panel.counts))
    room = width - len(indent) - label_width - len(gap) - n_width
    for columns in split_columns(panel, len(result.subjects) > 1, room):
        lines += sub_table(panel, columns, n_width)
    sharing = kernel_lines.sharing_lines(panel, result)
    if sharing:
        lines.append(f"{indent}price of sharing: threads / processes, paired by round")
        lines += [f"{indent}{text}" for text in sharing]
    traced = kernel_lines.traced_lines(panel, result)
    if traced:
        lines.append(
            f"{indent}mmap_lock, for each {panel.unit}: taken to read, to write; mean wait"
        )
        lines += [f"{indent}{text}" for text in traced]
    if kernel_lines.counted(result):
        lines.append(f"{indent}instructions of one {panel.unit}")
        lines += [f"{indent}{text}" for text in kernel_lines.instruction_lines(panel)]
    return lines


@dataclass(frozen=True)
class Column:
    """A design's column: its head lines and its width."""

    series: Series
    head: tuple[str, ...]
    width: int


def split_columns(panel: Panel, name_subject: bool, room: int) -> list[list[Column]]:
    """The designs of a panel, dealt to sub-tables; room: what the columns of one may take."""
    tables: list[list[Column]] = []
    left = 0
    for series in panel.series:
        names = [series.design, series.placement] + ([series.subject] if name_subject else [])
        shown = tuple(elide(name, column_max) for name in names)
        column = Column(series, shown, max(column_min, *map(len, shown)))
        needs = len(gap) + column.width
        if not tables or needs > left:
            tables.append([])
            left = room
        tables[-1].append(column)
        left -= needs
    return tables


def sub_table(panel: Panel, columns: list[Column], n_width: int) -> list[str]:
    """Head, then a section a metric; all but the first only where they were measured."""
    depth = len(columns[0].head)
    lines = []
    for row in range(depth):
        last = row == depth - 1
        names = [c.head[row].rjust(c.width) for c in columns]
        lines.append(line("threads" if last else "", names + ["n".rjust(n_width)] * last))
    found = [panel.cells.get((c.series, t)) for c in columns for t in panel.counts]
    cells = [cell for cell in found if cell]
    lines.append(f"{indent}{panel.unit}/s")
    lines += rows(panel, columns, rate_text, n_width)
    if any(cell.cpu_throughput for cell in cells):
        lines.append(f"{indent}{panel.unit} per CPU-second of all threads")
        lines += rows(panel, columns, lambda cell: value_text(cell.cpu_throughput))
    for role in dict.fromkeys(role for cell in cells for role in cell.secondary):
        lines.append(f"{indent}{role}/s, by the threads that do that instead")
        lines += rows(panel, columns, lambda cell, r=role: value_text(cell.secondary.get(r)))
    fallbacks = [cell.fallback for cell in cells if cell.fallback]
    if fallbacks and all(spread.high == 0 for spread in fallbacks):
        lines.append(f"{indent}fallback to mmap_lock: none")
    elif fallbacks:
        lines.append(f"{indent}fallback to mmap_lock, % of the tries")
        lines += rows(panel, columns, fallback_text)
    return lines


def rows(
    panel: Panel, columns: list[Column], text_of: Callable[[Cell], str], n_width: int = 0
) -> list[str]:
    """One line a thread count; text_of gives what stands in the column for a cell.

    n_width: width of the column for n, 0 for none.
    """
    lines = []
    for threads in panel.counts:
        cells = [panel.cells.get((c.series, threads)) for c in columns]
        texts = [(text_of(x) if x else "-").rjust(c.width) for x, c in zip(cells, columns)]
        if n_width:
            texts.append(n_text(panel, [c.series for c in columns], threads).rjust(n_width))
        mark = "*" if panel.oversubscribed(threads) else " "
        lines.append(line(f"{threads}{mark}".rjust(label_width), texts))
    return lines


def line(label: str, texts: list[str]) -> str:
    return f"{indent}{label:<{label_width}}{gap}{gap.join(texts)}"


def n_text(panel: Panel, series: list[Series], threads: int) -> str:
    """How many runs gave a value: '6', or '5-6' where these designs differ."""
    cells = [panel.cells.get((one, threads)) for one in series]
    return describe.span([cell.n for cell in cells if cell]).replace("..", "-")


def rate_text(cell: Cell) -> str:
    return value_text(cell.throughput, "failed")


def fallback_text(cell: Cell) -> str:
    return percent(100 * cell.fallback.median) if cell.fallback else "-"


def value_text(spread: Spread | None, nothing: str = "-") -> str:
    """'1.23M +-4.5%'; a single run has no range; `nothing` when there is no value."""
    if spread is None:
        return nothing
    half = spread.half_range_percent
    range_text = "" if half is None or spread.n == 1 else f"+-{percent(half)}"
    return f"{describe.compact(spread.median)} {range_text:>6}"


def percent(value: float) -> str:
    """Two digits at most before the eye tires: 0.3%, 4.5%, 12%."""
    if value == 0:
        return "0%"
    if value < 0.05:
        return "<0.1%"
    return f"{value:.1f}%" if value < 9.95 else f"{value:.0f}%"


def legend(blocks: list[Panel], width: int) -> list[str]:
    """What the numbers and marks mean."""
    cells = [cell for panel in blocks for cell in panel.cells.values()]
    notes = [
        "1.23M +-4.5%: median of the n processes; half of (highest - lowest process) in % of the "
        "median. That is their range, not a confidence interval. k, M, G: 10^3, 10^6, 10^9."
    ]
    if any(cell.fallback for cell in cells):
        notes.append("fallback: vma_lock_abort / (vma_lock_success + vma_lock_abort).")
    if any(cell.benchmark.oversubscribed for cell in cells):
        notes.append("*: more threads than CPUs (oversubscribed).")
    notes.append("-: not run, or nothing of it to measure.")
    return wrap(" ".join(notes), width)


def failures(
    blocks: list[Panel], result: Result, width: int, counted: str = "thread"
) -> list[str]:
    """The failed runs, equal ones of a configuration counted together; counted: in what."""
    lines = []
    for name, number, cell in configurations(blocks, result):
        total = cell.n + len(cell.failures)
        for failure, times in Counter(cell.failures).items():
            words = f"{name}, {number} {counted}s: {times} of {total} ({failure.kind}: "
            message = ascii_line(failure.message)
            message = message if len(message) <= 200 else f"{message[:197]}..."
            lines += wrap(f"{words}{message})", width, first=indent)
    if lines:
        lines = ["", f"{indent}failed runs, left out of every number above:", *lines]
    return lines


def small_n(blocks: list[Panel], result: Result, width: int) -> list[str]:
    """Which configurations have too few runs for an interval."""
    every = list(configurations(blocks, result))
    few = [(name, t, cell.n) for name, t, cell in every if 0 < cell.n < interval_needs]
    if not few:
        return []
    words = f"n < {interval_needs}: no interval can be given for "
    if len(few) == sum(cell.n > 0 for *_, cell in every):
        return ["", *wrap(f"{words}any configuration.", width)]
    listed = "; ".join(f"{name}, {t} threads (n = {n})" for name, t, n in few)
    return ["", *wrap(f"{words}{listed}.", width)]


def configurations(blocks: list[Panel], result: Result) -> Iterator[tuple[str, int, Cell]]:
    """(name, threads, cell) of every configuration that was tried, in the table's order."""
    for panel in blocks:
        for series in panel.series:
            place = f"{panel.title} {series.design} {series.placement}"
            name = f"{place} {series.subject}" if len(result.subjects) > 1 else place
            for threads in panel.counts:
                cell = panel.cells.get((series, threads))
                if cell:
                    yield name, threads, cell


def wrap(words: str, width: int, first: str = "") -> list[str]:
    """`words` in lines of `width`, indented; later lines stand under the first word."""
    return textwrap.wrap(
        ascii_line(words),
        width=width,
        initial_indent=indent + first,
        subsequent_indent=indent + " " * len(first),
        break_on_hyphens=False,
    )


def elide(name: str, width: int) -> str:
    """`name` with its middle replaced by '..' where it is longer than `width`."""
    if len(name) <= width:
        return name
    keep = width - 2
    return f"{name[: keep - keep // 2]}..{name[len(name) - keep // 2 :]}"
