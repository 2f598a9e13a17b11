"""sim_lines.py: the hottest lines of a simulated run, as `perf c2c` shows those of a host."""

from __future__ import annotations

import textwrap

from report import describe
from report.result import Run
from report.sim_summary import SimCell, largest
from report.simulated import Line, local_hitm, remote_hitm
from report.summary import Panel, Series
from report.table import indent, percent

shown = 6  # lines of a design
places_shown = 4  # places in the source of a line
least_share = 0.01  # a place with less of the line's transfers is left out
columns = "  # transfers  share local remote wait ns  queue  max  "


def hottest_lines(
    panel: Panel, series: Series, here: dict[tuple[Series, int], SimCell], name: str,
    first_seed: int, width: int,
) -> list[str]:
    """The lines waited for longest at the largest CPU count of a design; none without any."""
    for count in largest(panel, series)[:1]:
        run = here[series, count].middle
        if run.sim and run.sim.lines:
            cpus = describe.count(count, "CPU")
            seed = f"seed {first_seed + run.round}, that of median throughput"
            lines = ["", f"{indent}hottest lines: {name}, {cpus} ({seed})",
                     f"{indent}{columns}field, where, % of the transfers"]
            for number, one in enumerate(run.sim.lines[:shown], 1):
                lines += line_rows(number, one, run, width)
            return lines
    return []


def line_rows(number: int, one: Line, run: Run, width: int) -> list[str]:
    """A line's figures, its fields behind them on as many rows as they need."""
    assert run.sim is not None
    every = sum(run.sim.transfers.values())
    wait = one.waited_ns / max(one.transfers, 1)
    figures = (
        f"{indent}{number:>3}{one.transfers:>10}{percent(100 * one.transfers / max(every, 1)):>7}"
        f"{percent(100 * one.share(local_hitm)):>6}{percent(100 * one.share(remote_hitm)):>7}"
        f"{describe.compact(wait):>8}{one.queue_mean:>7.1f}{one.queue_max:>5}  "
    )
    fields = packed(places(one), width - len(figures))
    return [figures + fields[0], *(" " * len(figures) + rest for rest in fields[1:])]


def places(one: Line) -> list[str]:
    """'count_ lockimpls/rwsem.hpp:97 94%' for each place in the source, the busiest first."""
    every = max(one.transfers, 1)
    found = [p for p in one.places if p.transfers / every >= least_share][:places_shown]
    return [f"{p.field or '?'} {p.where} {percent(100 * p.transfers / every)}"
            for p in found or one.places[:1]]


def packed(texts: list[str], width: int) -> list[str]:
    """The texts in rows of at most `width`, several in a row where they fit."""
    rows: list[str] = []
    for text in texts or ["-"]:
        if rows and len(rows[-1]) + len(", ") + len(text) <= width:
            rows[-1] += f", {text}"
        else:
            rows += textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)
    return rows
