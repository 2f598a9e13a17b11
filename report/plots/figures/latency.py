"""latency.py: the share of operations that took longer than t, log-log (CCDF), a line a design."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from report.describe import span
from report.plots.draw import draw_axes
from report.plots.series import counted, pick_count, series_id, series_styles, with_series
from report.plots.style import duration, grid_style, shown, title_style, width_in

decade_in = 0.5  # room that the label of a decade takes, in inches


def latency(frame: pd.DataFrame, ax: Axes | None = None, count: int | None = None) -> Axes:
    """Draws latency_frame rows of one workload at one number of threads or CPUs.

    frame needs design, count, value_ns and exceeding (0..1); points says whether a line is a
    histogram's or joins quantiles (drawn thin, its points larger). count None: the largest that
    most designs have. ax None: a page of its own. Raises ValueError when there is nothing to draw.
    """
    return draw_axes("latency", frame, ax, count=count)


def prepare(frame: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    """The points above 0, of the count to draw; a time below 1 ns is drawn at 1 ns."""
    found = with_series(frame).dropna(subset=["value_ns", "exceeding", "count"])
    found = found[found["exceeding"] > 0]
    if count is not None:
        pick_count(found, count)
        found = found[found["count"] == count]
    return found.assign(value_ns=found["value_ns"].clip(lower=1.0))


def draw(
    ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, count: int | None = None
) -> str:
    number = pick_count(part, count)
    part = part[part["count"] == number].sort_values(["value_ns", "exceeding"],
                                                     ascending=[True, False])
    styles = series_styles(whole)
    kinds = set(whole["points"]) if "points" in whole else {"histogram"}
    for name, rows in part.groupby("series", sort=False):
        style = dict(styles[name])
        joined = "points" in rows and rows["points"].iloc[0] == "quantiles"
        if joined:
            style |= {"linewidth": 0.8, "markersize": 5.5}
        else:
            style |= {"drawstyle": "steps-post", "markevery": max(len(rows) // 8, 1)}
        (line,) = ax.plot(rows["value_ns"], rows["exceeding"], **style)
        line.set_gid(f"line-{series_id(rows, name)}")
    set_axes(ax, part)
    title = f"{shown(part['panel'].iloc[0])}, {counted(part, number)}".removeprefix(", ")
    ax.set_title(title, **title_style)
    return words(whole, kinds)


def set_axes(ax: Axes, part: pd.DataFrame) -> None:
    """Logarithmic axes with a label for as many decades as have room."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    low, high = float(part["value_ns"].min()) / 1.5, float(part["value_ns"].max()) * 1.5
    ax.set_xlim(low, high)
    bottom = max(float(part["exceeding"].min()) / 2, 1e-300)
    ax.set_ylim(bottom, 1.5)
    decades = math.log10(high / low)
    every = max(1, math.ceil(decades * decade_in / width_in(ax)))
    fine = (1.0, 2.0, 5.0) if 3 * decades * decade_in < width_in(ax) else (1.0,)
    ax.xaxis.set_major_locator(LogLocator(10.0**every, subs=fine, numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ns, _: duration(ns)))
    ax.xaxis.set_minor_locator(NullLocator())
    steps = max(1, math.ceil(-math.log10(bottom) / 7))
    ax.yaxis.set_major_locator(LogLocator(10.0**steps, numticks=20))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: share_label(share)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(**grid_style)
    what = part["what"].iloc[0] if "what" in part else "time of one operation"
    ax.set_xlabel(f"t: {shown(what)}", labelpad=3)
    ax.set_ylabel("share longer than t", labelpad=4)


def share_label(share: float) -> str:
    """100 %, 10 %, 1 %, ..., 0.0001 %, then powers: 1e-7."""
    return f"{100 * share:.4g} %" if share >= 0.9e-6 else f"{share:.0e}".replace("e-0", "e-")


def words(whole: pd.DataFrame, kinds: set[str]) -> str:
    """What lines and points are."""
    n = f"n = {span([int(n) for n in whole['n']])} runs. " if "n" in whole else ""
    if kinds == {"quantiles"}:
        return ("Share of the operations that waited longer, both axes logarithmic; no histogram "
                "was kept: the points are p50, p99, p99.9 and the largest, medians over the "
                "seeds, joined by straight lines that are not data; a wait of 0 is drawn at 1 ns; "
                f"{n}Farther left is better.")
    mixed = "" if kinds == {"histogram"} else " Thin lines with large points join quantiles."
    return ("Share of the operations that took longer, both axes logarithmic, all runs of a "
            f"configuration together, buckets at most 1/32 wide; {n}Farther left is better.{mixed}")


def legend(whole: pd.DataFrame, count: int | None = None) -> list[Artist]:
    return [Line2D([], [], **style) for style in series_styles(whole).values()]
