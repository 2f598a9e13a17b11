"""session.py: the throughput of one session: a panel a workload, a line a design and placement.

Made to be read in black and white: each line has a marker and a dash pattern of its own. Nothing
of the user's matplotlib settings is used, so the same file gives the same picture. It needs no
pandas; throughput.py draws any DataFrame.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from report import about, describe, sim_words
from report.plots.borders import draw_borders, headroom, labelled, words_for
from report.plots.page import Texts, columns_of, finish_page, make_panels
from report.plots.style import (
    clean_settings, colours, dashes, grid_style, identifier, markers, plain, shade, shown,
    single_air, tick_labels, title_style, width_in, x_limits,
)
from report.result import Result, SimResult
from report.simulated import SimulatedMachine
from report.summary import Panel, Series, Spread, all_series, panels

dodge_in = 0.08  # sideways step between designs in inches, so that no bar hides another
dodge_share = 0.4  # most of the way to the next thread count that a group of designs may fill


def plot_throughput(result: Result) -> Figure:
    """The figure for one result: a panel a workload, a line a design and placement.

    x: threads, of a simulation CPUs (log2); y: operations per second from 0; a point is the median
    of the runs, its bar reaches from the lowest to the highest run. A simulation has bands instead
    of bars, and lines where a part of the machine comes in. Artists carry ids (panel-WORKLOAD,
    line-WORKLOAD-DESIGN-PLACEMENT-SUBJECT) that the SVG keeps.
    """
    with clean_settings():
        blocks = panels(result)
        styles = series_styles(all_series(blocks), len(result.subjects) > 1)
        machine = result.simulated if isinstance(result, SimResult) else None
        entries = legend_entries(blocks, styles, shaded=machine is None)
        axes = make_panels(len(blocks))
        for i, (ax, panel) in enumerate(zip(axes, blocks)):
            draw_panel(ax, panel, styles, machine)
            if i + columns_of(len(blocks)) >= len(blocks):
                ax.set_xlabel("CPUs" if machine else "threads", labelpad=3)
        texts = Texts(about.title(result), method_text(result, blocks), about.caption(result))
        return finish_page(axes, texts, entries)


def series_styles(every: list[Series], name_subject: bool) -> dict[Series, dict[str, Any]]:
    """How each line looks: colour and marker by design, dashes by line, hollow when not the first
    placement of its design."""
    designs = list(dict.fromkeys(series.design for series in every))
    styles: dict[Series, dict[str, Any]] = {}
    for i, series in enumerate(every):
        number = designs.index(series.design)
        colour = colours[number % len(colours)]
        first = all(series.design != earlier.design for earlier in every[:i])
        names = [series.design] + ([] if series.placement == "none" else [series.placement])
        styles[series] = {
            "color": colour,
            "marker": markers[number % len(markers)],
            "linestyle": dashes[i % len(dashes)],
            "markerfacecolor": colour if first else "white",
            "label": shown(", ".join(names + ([series.subject] if name_subject else []))),
            "markersize": 4.5,
            "linewidth": 1.2,
        }
    return styles


def legend_entries(
    blocks: list[Panel], styles: dict[Series, dict[str, Any]], shaded: bool
) -> list[Artist]:
    """A line for each series, and the shading where it occurs and the plot is `shaded`."""
    entries: list[Artist] = [Line2D([], [], **style) for style in styles.values()]
    if shaded and any(panel.oversubscribed(n) for panel in blocks for n in panel.counts):
        entries.append(Patch(facecolor=shade, label="more threads than CPUs"))
    return entries


def draw_panel(
    ax: Axes, panel: Panel, styles: dict[Series, dict[str, Any]],
    machine: SimulatedMachine | None,
) -> None:
    """Lines, bars, axes and shading of one workload.

    machine: the simulated one, None for a host.
    """
    ax.set_gid(f"panel-{identifier(panel.title)}")
    ax.set_title(shown(panel.title), **title_style)
    ax.set_ylabel(f"{shown(panel.unit)}/s", labelpad=4)
    low, high = x_limits(panel.counts)
    octaves_per_in = math.log2(high / low) / width_in(ax)
    step = dodge_step(panel, octaves_per_in)
    for i, series in enumerate(panel.series):
        shift = 2 ** ((i - (len(panel.series) - 1) / 2) * step)
        if machine:
            draw_band(ax, panel, series, styles[series] | {"markersize": marker_size(i, panel)})
        else:
            draw_series(ax, panel, series, shift, styles[series])
    ax.set_xscale("log", base=2)
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(panel.counts))
    ax.xaxis.set_major_formatter(FixedFormatter(tick_labels(panel.counts, octaves_per_in)))
    ax.xaxis.set_minor_locator(NullLocator())
    top = max((c.throughput.high for c in panel.cells.values() if c.throughput), default=1.0)
    ax.set_ylim(0, (headroom if machine and labelled(machine) else 1.08) * top)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, top)))
    ax.grid(axis="y", **grid_style)
    if machine:
        draw_borders(ax, machine, octaves_per_in)
    else:
        shade_oversubscribed(ax, panel, high)


def dodge_step(panel: Panel, octaves_per_in: float) -> float:
    """The sideways step from one design to the next, in octaves."""
    threads, last = panel.counts, len(panel.series) - 1
    if len(threads) == 1:
        return 4 * dodge_in * octaves_per_in if last < 6 else 0.9 * 2 * single_air / (last + 1)
    nearest = min(math.log2(b / a) for a, b in zip(threads, threads[1:]))
    return min(dodge_in * octaves_per_in, dodge_share * nearest / max(last, 1))


def draw_series(
    ax: Axes, panel: Panel, series: Series, shift: float, style: dict[str, Any]
) -> None:
    """One line with its band and bars. A thread count without a value leaves a gap in the line."""
    median, low, high = curve(panel, series)
    below, above = median - low, high - median
    container = ax.errorbar(
        np.array(panel.counts) * shift, median, yerr=np.vstack([below, above]),
        elinewidth=0.9, capsize=1.8, capthick=0.9, **style,
    )
    container.lines[0].set_gid(series_id("line", panel, series))
    band = ax.fill_between(
        np.array(panel.counts) * shift, low, high, color=style["color"], alpha=0.06, linewidth=0,
    )
    band.set_gid(series_id("band", panel, series))


def draw_band(ax: Axes, panel: Panel, series: Series, style: dict[str, Any]) -> None:
    """One line of a simulation; its band reaches from the lowest to the highest seed."""
    median, low, high = curve(panel, series)
    (drawn,) = ax.plot(np.array(panel.counts), median, **style)
    drawn.set_gid(series_id("line", panel, series))
    band = ax.fill_between(
        np.array(panel.counts), low, high, color=style["color"], alpha=0.2, linewidth=0)
    band.set_gid(series_id("band", panel, series))


def marker_size(number: int, panel: Panel) -> float:
    """Points: the later a series is drawn, the smaller, so that equal values do not hide it."""
    last = len(panel.series) - 1
    return 7.5 - 3.7 * number / last if last else 4.5


def curve(panel: Panel, series: Series) -> tuple[Any, Any, Any]:
    """Median, lowest and highest run at each count, as arrays; NaN where there is no value."""
    nothing = Spread(math.nan, math.nan, math.nan, 0)
    cells = [panel.cells.get((series, count)) for count in panel.counts]
    spreads = [cell.throughput if cell and cell.throughput else nothing for cell in cells]
    return (np.array([spread.median for spread in spreads]),
            np.array([spread.low for spread in spreads]),
            np.array([spread.high for spread in spreads]))


def series_id(kind: str, panel: Panel, series: Series) -> str:
    names = (panel.title, series.design, series.placement, series.subject)
    return "-".join(map(identifier, (kind, *names)))


def shade_oversubscribed(ax: Axes, panel: Panel, high: float) -> None:
    """Greys the part with more threads than CPUs, from half way to the first such count."""
    over = [threads for threads in panel.counts if panel.oversubscribed(threads)]
    if not over:
        return
    fitting = [threads for threads in panel.counts if threads < over[0]]
    start = math.sqrt(fitting[-1] * over[0]) if fitting else x_limits(panel.counts)[0]
    ax.axvspan(start, high, color=shade, linewidth=0, zorder=0, gid="oversubscribed")


def method_text(result: Result, blocks: list[Panel]) -> str:
    plan = result.plan
    if isinstance(result, SimResult):
        return (
            f"Simulated, no clock was read; higher is better. Points: median of "
            f"{sim_words.seeds(result)}; bands: from the lowest to the highest seed. Windows of "
            f"{sim_words.window(result)} of simulated time. {words_for(result.simulated)}"
        )
    return (
        f"{describe.bench(result).capitalize()}; higher is better. Points: median of n = "
        f"{describe.n_range(blocks)} fresh processes, {describe.count(plan.trials, 'trial')} of "
        f"{describe.trial_length(plan)} each; bars and bands: from the lowest to the highest "
        "process (their range, not "
        "a confidence interval). At each number of threads the designs stand side by side."
    )
