"""plots.py: throughput over threads or CPUs, a panel a workload, a line a design and placement.

Made to be read in black and white: each line has a marker and a dash pattern of its own. Nothing
of the user's matplotlib settings is used, so the same file gives the same picture.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from report.borders import draw_borders, headroom, labelled
from report.describe import compact
from report.page import make_page
from report.result import Result, SimResult
from report.simulated import SimulatedMachine
from report.summary import Panel, Series, Spread, all_series, panels

# Okabe and Ito's colours, which colour-blind readers can tell apart; yellow is left out as too
# pale for a line.
colours = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#56B4E9", "#E69F00")
markers = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
dashes: tuple[Any, ...] = (
    "-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 3)),
    (0, (8, 1.5, 1.2, 1.5, 1.2, 1.5)),
)
settings = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "none",  # text stays text: it can be searched and copied
    "svg.hashsalt": "faultline",  # the ids of a figure are the same in every run
}
shade = "0.92"
dodge_in = 0.08  # sideways step between designs in inches, so that no bar hides another
dodge_share = 0.4  # most of the way to the next thread count that a group of designs may fill
single_air = 0.5  # octaves left and right of a lone thread count
digit_in = 0.075  # width of a digit in inches


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
        figure, axes, width_in = make_page(result, blocks, entries)
        for ax, panel in zip(axes, blocks):
            draw_panel(ax, panel, styles, width_in, machine)
        return figure


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Writes folder/name.svg and folder/name.png (200 dpi), without a date. Raises OSError."""
    paths = {"svg": folder / f"{name}.svg", "png": folder / f"{name}.png"}
    with clean_settings():
        figure.savefig(paths["svg"], metadata={"Date": None})
        figure.savefig(paths["png"], dpi=200)
    return list(paths.values())


@contextmanager
def clean_settings() -> Iterator[None]:
    """A context in which only matplotlib's defaults and `settings` hold."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield


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
            "label": ", ".join(names + ([series.subject] if name_subject else [])),
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
    ax: Axes, panel: Panel, styles: dict[Series, dict[str, Any]], width_in: float,
    machine: SimulatedMachine | None,
) -> None:
    """Lines, bars, axes and shading of one workload.

    width_in: width of the axes in inches; machine: the simulated one, None for a host.
    """
    ax.set_gid(f"panel-{identifier(panel.title)}")
    ax.set_title(panel.title, loc="left", fontsize=9.5, fontweight="bold", pad=5)
    ax.set_ylabel(f"{panel.unit}/s", labelpad=4)
    low, high = x_limits(panel.counts)
    octaves_per_in = math.log2(high / low) / width_in
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
    ax.grid(axis="y", color="0.85", linewidth=0.6)
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


def x_limits(threads: list[int]) -> tuple[float, float]:
    """Ends of the axis: some air left and right of the points."""
    octaves = math.log2(threads[-1] / threads[0])
    air = max(0.25, 0.08 * octaves) if octaves else single_air
    return threads[0] / 2**air, threads[-1] * 2**air


def tick_labels(threads: list[int], octaves_per_in: float) -> list[str]:
    """A plain label for each thread count, empty where it would touch another one.

    Powers of two get theirs first, then the others in ascending order.
    """
    placed: list[int] = []
    for count in sorted(threads, key=lambda t: (t & (t - 1) != 0, t)):
        distances = [
            (abs(math.log2(count / other)) / octaves_per_in, len(f"{count}{other}") / 2)
            for other in placed
        ]
        if all(inches > digit_in * digits + 0.06 for inches, digits in distances):
            placed.append(count)
    return [str(count) if count in placed else "" for count in threads]


def plain(value: float, top: float) -> str:
    """A tick label in the unit that suits the top of the axis: 0, 0.5M, 1M."""
    prefix = compact(top)[-1]
    scale = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(prefix, 1.0)
    return "0" if value == 0 else f"{value / scale:.6g}{prefix if scale > 1 else ''}"


def identifier(text: str) -> str:
    """`text` as part of an XML id."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", text)
