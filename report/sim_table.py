"""sim_table.py: a simulation as plain text for a mail or a commit message.

The rules are those of table.py, but for the width: at most 100 columns, ASCII, every line indented
by two blanks, no trailing blank, no tab; the same file always gives the same bytes.
"""

from __future__ import annotations

from typing import Callable

from report import describe, sim_words
from report.errors import ascii_line
from report.result import SimResult
from report.sim_lines import hottest_lines
from report.sim_summary import SimCell, events, sim_cells
from report.simulated import transfer_classes
from report.summary import Cell, Panel, Series, all_series, panels
from report.table import (
    Column, elide, failures, gap, indent, line, percent, split_columns, value_text, wrap,
)

label_width = 7
name_max = 26  # letters of a design and its placement
Cells = dict[tuple[str, Series, int], SimCell]

# Heads of the columns of transfers, each as short as a figure.
class_heads = dict(zip(transfer_classes, (
    "c.copy", "upgrade", "c.mod", "n.mod", "s.mod", "r.mod", "shared", "memory", "home")))


def simulation_table(result: SimResult, width: int = 100) -> str:
    """The whole report of one file as text, ending with a newline.

    width: most columns a line may have, at least 90. Raises ValueError below that.
    """
    if width < 90:
        raise ValueError(f"width {width} is less than 90")
    blocks = panels(result)
    cells = sim_cells(result)
    lines = head(result, blocks, width)
    for panel in blocks:
        lines += ["", *panel_lines(panel, cells, result, width)]
    lines += ["", *legend(width)]
    lines += failures(blocks, result, width, "CPU")
    return "".join(ascii_line(one).rstrip() + "\n" for one in lines)


def head(result: SimResult, blocks: list[Panel], width: int) -> list[str]:
    """What was simulated and how: a table cut out of a mail must still be readable."""
    lines = wrap(f"faultline: {sim_words.mark(result)}; no clock was read", width)
    rows = [
        ("session", result.session.id), ("date", describe.date(result)),
        ("machine", sim_words.machine(result)),
        ("calibrated", sim_words.calibration(result)),
    ]
    rows += [("subject", describe.subject(subject)) for subject in result.subjects]
    rows += [
        ("tool", describe.tool(result)),
        ("method", sim_words.method(result)),
        ("lock word", describe.placements((s.design, s.placement) for s in all_series(blocks))),
    ]
    progress = describe.progress(result)
    if progress:
        rows.append(("session", progress))
    for name, words in rows:
        lines += wrap(words, width, first=f"{name:<12}")
    return lines


def panel_lines(panel: Panel, cells: Cells, result: SimResult, width: int) -> list[str]:
    """One workload: throughput by CPUs and design, then what explains it."""
    lines = wrap(f"{panel.title}  [{sim_words.mark(result)}]", width)
    room = width - len(indent) - label_width
    for columns in split_columns(panel, len(result.subjects) > 1, room):
        lines += ["", *throughput(panel, columns)]
    here = {key[1:]: cell for key, cell in cells.items() if key[0] == panel.title}
    for section in (waits, vma_lock, transfers):
        lines += section(panel, here, len(result.subjects) > 1)
    for series in panel.series:
        lines += hottest_lines(panel, series, here, series_name(series, result),
                               result.sim_plan.first_seed, width)
    return lines


def throughput(panel: Panel, columns: list[Column]) -> list[str]:
    """Rows: CPUs; columns: designs; a part for each rate."""
    depth = len(columns[0].head)
    lines = [
        line("CPUs" if row == depth - 1 else "", [c.head[row].rjust(c.width) for c in columns])
        for row in range(depth)
    ]
    found = [panel.cells.get((c.series, n)) for c in columns for n in panel.counts]
    cells = [cell for cell in found if cell]
    parts: list[tuple[str, Callable[[Cell], str]]] = [
        (f"{panel.unit}/s", lambda cell: value_text(cell.throughput, "failed"))]
    if any(cell.cpu_throughput for cell in cells):
        parts.append((f"{panel.unit} per CPU-second", lambda cell: value_text(cell.cpu_throughput)))
    for role in dict.fromkeys(role for cell in cells for role in cell.secondary):
        parts.append((f"{role}/s, by the threads that do that instead",
                      lambda cell, r=role: value_text(cell.secondary.get(r))))
    for title, text_of in parts:
        lines.append(f"{indent}{title}")
        for count in panel.counts:
            row = [panel.cells.get((c.series, count)) for c in columns]
            texts = [(text_of(x) if x else "-").rjust(c.width) for x, c in zip(row, columns)]
            lines.append(line(str(count).rjust(label_width), texts))
    return lines


def waits(panel: Panel, here: dict[tuple[Series, int], SimCell], name_subject: bool) -> list[str]:
    """Waiting times and fairness."""

    def texts(cell: SimCell) -> list[str]:
        times = (cell.wait_p50_ns, cell.wait_p99_ns, cell.wait_p999_ns, cell.wait_max_ns)
        return [describe.compact(ns) for ns in times] + [
            plain(cell.jain, 4), plain(cell.min_max, 3)]

    return grid(
        "waiting of one operation [simulated ns], fairness between threads",
        ["p50", "p99", "p99.9", "max", "Jain", "min/max"], panel, here, name_subject, texts,
    )


def vma_lock(
    panel: Panel, here: dict[tuple[Series, int], SimCell], name_subject: bool
) -> list[str]:
    """Why faults left the VMA lock, and sleeps; left out where there is none of it."""
    if not any(cell.fallback or cell.parks or cell.wakes for cell in here.values()):
        none = any(cell.fallback is not None for cell in here.values())
        fallback = "no fallback to mmap_lock, " if none else ""
        return ["", f"{indent}{fallback}no park, no wake"]

    def texts(cell: SimCell) -> list[str]:
        shares = [cell.fallback, *(cell.shares[name] for name in events)]
        return ["-" if x is None else percent(100 * x) for x in shares] + [
            small(cell.parks), small(cell.wakes)]

    return grid(
        "VMA lock: fallback to mmap_lock in % of the faults; parks and wakes per operation",
        ["fallback", *events, "parks", "wakes"], panel, here, name_subject, texts,
    )


def transfers(
    panel: Panel, here: dict[tuple[Series, int], SimCell], name_subject: bool
) -> list[str]:
    """Line transfers by class; classes without any are left out."""
    used = [name for name in transfer_classes
            if any(cell.transfers[name] for cell in here.values())]
    if not used:
        return []
    return grid(
        "line transfers per operation, by where the line was", [class_heads[n] for n in used],
        panel, here, name_subject, lambda cell: [small(cell.transfers[name]) for name in used],
    )


def grid(
    title: str, heads: list[str], panel: Panel, here: dict[tuple[Series, int], SimCell],
    name_subject: bool, texts: Callable[[SimCell], list[str]],
) -> list[str]:
    """A row for each design and CPU count; texts: what stands under `heads`."""
    rows: list[tuple[str, str, list[str]]] = [("design", "CPUs", heads)]
    for series in panel.series:
        name = short_name(series, name_subject)
        for count in panel.counts:
            if (series, count) in here:
                rows.append((name, str(count), texts(here[series, count])))
                name = ""
    first = max(len(name) for name, _, _ in rows)
    widths = [max(len(row[i]) for _, _, row in rows) for i in range(len(heads))]
    lines = ["", f"{indent}{title}"]
    for name, count, row in rows:
        cells = [text.rjust(max(width, 6)) for text, width in zip(row, widths)]
        lines.append(f"{indent}{name:<{first}}{gap}{count:>4}{gap}{gap.join(cells)}")
    return lines


def series_name(series: Series, result: SimResult) -> str:
    return short_name(series, len(result.subjects) > 1)


def short_name(series: Series, name_subject: bool) -> str:
    """'rwsem separate'; the placement of a lock that has none is left out."""
    parts = [series.design] + ([] if series.placement == "none" else [series.placement])
    return elide(" ".join(parts + ([series.subject] if name_subject else [])), name_max)


def plain(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def small(value: float | None) -> str:
    """A number for each operation: 0, <.001, 0.012, 0.534, 12.30, 1.23k."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    if value < 0.0005:
        return "<.001"
    digits = 3 if value < 0.9995 else 2
    return f"{value:.{digits}f}" if value < 99.95 else describe.compact(value)


def legend(width: int) -> list[str]:
    """What the figures mean."""
    notes = (
        "1.23M +-4.5%: median over the seeds; half of (highest - lowest seed) in % of the median: "
        "the range of the model's own chance, no error bound against a machine. k, M, G: 10^3, "
        "10^6, 10^9; all times are simulated.",
        "Waiting: stalled for a line, spinning or asleep. Jain: 1 when all threads did the same, "
        "1/n when one did everything; min/max: slowest / fastest thread. Fallback: (abort + retry "
        "+ miss) / faults.",
        "c, n, s, r: the line lay in the CPU's cluster, node, socket, in another socket; copy: "
        "unmodified in the cluster's cache; mod: modified in another core's cache (r.mod is what "
        "perf c2c calls remote HITM, the other three local HITM); upgrade: the CPU had it, others "
        "gave theirs up; shared: a copy elsewhere; home: done at the line's home.",
        "-: not run, or nothing of it.",
    )
    return [one for note in notes for one in wrap(note, width)]
