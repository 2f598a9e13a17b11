"""scaling.py: what curves over threads or CPUs share: log2 axis, bars or bands, borders."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from report.describe import span
from report.frames import About
from report.plots.borders import draw_borders, headroom, labelled, words_for
from report.plots.series import counted, series_id, series_styles
from report.plots.style import (
    grid_style, plain, shade, single_air, tick_labels, width_in, x_limits,
)
from report.simulated import SimulatedMachine

dodge_in = 0.08  # sideways step between series in inches, so that no bar hides another
dodge_share = 0.4  # most of the way to the next count that a group of series may fill


def draw_curves(
    ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, column: str, line_at: float | None = None
) -> str:
    """A line for each series of `part`: the median of `column` over the runs, and their range.

    A simulation has bands and borders, a host bars side by side and shading where there are more
    threads than CPUs. line_at: a height with a thin line, which the axis then includes. Returns
    what the points are.
    """
    counts = sorted({int(n) for n in part["count"]})
    low, high = x_limits(counts)
    octaves_per_in = math.log2(high / low) / width_in(ax)
    machine = machine_of(whole)
    styles = series_styles(whole)
    names = list(part["series"].unique())
    step = 0.0 if machine and len(counts) > 1 else dodge_step(counts, len(names), octaves_per_in)
    for i, name in enumerate(names):
        style = dict(styles[name])
        if machine and len(names) > 1:  # the later, the smaller: equal values do not hide it
            style["markersize"] = 7.5 - 3.7 * i / (len(names) - 1)
        shift = 2 ** ((i - (len(names) - 1) / 2) * step)
        rows = part[part["series"] == name]
        planned = counts_beside(part, rows)
        draw_curve(ax, rows, column, planned, shift, style, bars=machine is None)
    ax.set_xscale("log", base=2)
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(counts))
    ax.xaxis.set_major_formatter(FixedFormatter(tick_labels(counts, octaves_per_in)))
    ax.xaxis.set_minor_locator(NullLocator())
    top = max(float(part[column].max()), line_at or 0.0)
    ax.set_ylim(0, ((headroom if machine and labelled(machine) else 1.08) * top) or 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, top)))
    ax.grid(axis="y", **grid_style)
    ax.set_xlabel(counted(part), labelpad=3)
    if line_at is not None:
        ax.axhline(line_at, color="0.4", linewidth=0.8, linestyle=(0, (2, 2)), zorder=0.6,
                   gid="ideal")
    if machine:
        draw_borders(ax, machine, octaves_per_in)
    else:
        shade_oversubscribed(ax, part, counts, high)
    return points_words(machine)


def counts_beside(part: pd.DataFrame, rows: pd.DataFrame) -> list[int]:
    """The counts that the files of these rows have: one of them without a value is a gap."""
    if "source" in part:
        part = part[part["source"].isin(rows["source"].unique())]
    return sorted({int(n) for n in part["count"]})


def draw_curve(
    ax: Axes, rows: pd.DataFrame, column: str, counts: list[int], shift: float,
    style: dict[str, Any], bars: bool,
) -> None:
    """One line. A count without a value leaves a gap in it."""
    grouped = rows.groupby(rows["count"].astype(int))[column]
    table = grouped.agg(["median", "min", "max"]).reindex(counts)
    middle, low, high = (table[name].to_numpy(float) for name in ("median", "min", "max"))
    x = np.array(counts) * shift
    name = series_id(rows, rows["series"].iloc[0])
    (line,) = ax.plot(x, middle, **style)
    line.set_gid(f"line-{name}")
    band = ax.fill_between(
        x, low, high, color=style["color"], alpha=0.06 if bars else 0.2, linewidth=0)
    band.set_gid(f"band-{name}")
    if bars:
        ax.errorbar(x, middle, yerr=np.vstack([middle - low, high - middle]), fmt="none",
                    ecolor=style["color"], elinewidth=0.9, capsize=1.8, capthick=0.9)


def dodge_step(counts: list[int], series: int, octaves_per_in: float) -> float:
    """The sideways step from one series to the next, in octaves."""
    last = series - 1
    if len(counts) == 1:
        return 4 * dodge_in * octaves_per_in if last < 6 else 0.9 * 2 * single_air / series
    nearest = min(math.log2(b / a) for a, b in zip(counts, counts[1:]))
    return min(dodge_in * octaves_per_in, dodge_share * nearest / max(last, 1))


def shade_oversubscribed(ax: Axes, part: pd.DataFrame, counts: list[int], high: float) -> None:
    """Greys the part with more threads than CPUs, from half way to the first such count."""
    over = oversubscribed(part)
    if not over:
        return
    fitting = [count for count in counts if count < over[0]]
    start = math.sqrt(fitting[-1] * over[0]) if fitting else ax.get_xlim()[0]
    ax.axvspan(start, high, color=shade, linewidth=0, zorder=0, gid="oversubscribed")


def oversubscribed(frame: pd.DataFrame) -> list[int]:
    """The counts with more threads than CPUs, ascending; none where machines differ."""
    if "oversubscribed" not in frame or ("cpus" in frame and frame["cpus"].notna().any()):
        return []
    over = frame["oversubscribed"].astype(bool)
    found = sorted({int(n) for n in frame.loc[over, "count"]})
    return found if found and not (~over & (frame["count"] >= found[0])).any() else []


def machine_of(frame: pd.DataFrame) -> SimulatedMachine | None:
    """The simulated machine that all rows are of; None of a host, or where it is not known."""
    about = frame.attrs.get("about")
    return about.simulated if isinstance(about, About) else None


def points_words(machine: SimulatedMachine | None) -> str:
    """What the points and bars are, and of how many runs."""
    if machine is None:
        return ("Points: median of the runs of a configuration; bars and bands: from the lowest to "
                "the highest run (their range, not a confidence interval). At each number of "
                "threads the designs stand side by side.")
    return ("Points: median of the seeds; bands: from the lowest to the highest seed. "
            f"{words_for(machine)}")


def runs_words(frame: pd.DataFrame) -> str:
    """'n = 5 runs', 'n = 3..5 runs': how many a configuration has."""
    sizes = frame.groupby(["panel", "series", "count"], sort=False).size()
    return f"n = {span([int(n) for n in sizes])} runs a configuration"


def line_legend(whole: pd.DataFrame) -> list[Artist]:
    """A line for each series, and the shading where there is some."""
    entries: list[Artist] = [Line2D([], [], **style) for style in series_styles(whole).values()]
    if machine_of(whole) is None and oversubscribed(whole):
        entries.append(Patch(facecolor=shade, label="more threads than CPUs"))
    return entries
