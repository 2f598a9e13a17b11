"""forest.py: an A/B comparison: each row a ratio with its 95 % interval, and the threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from report.describe import span
from report.plots.draw import draw_axes
from report.plots.style import colours, grid_style, shown

rows_max = 80
row_in = 0.23
reach_max = 400.0  # octaves: a double cannot hold twice as many
middling_ticks = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0)
wide_ticks = (0.2, 0.33, 0.5, 1.0, 2.0, 3.0, 5.0)
looks = {  # by verdict: colour, marker, filled: told apart without colour, too
    "BETTER": (colours[0], "^", True),
    "WORSE": (colours[1], "v", True),
    "SAME": ("black", "s", True),
    "INCONCLUSIVE": ("0.45", "o", False),
    "": ("0.45", "x", False),
}


def forest(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draws comparison_frame rows, the first on top.

    frame needs label, ratio (new / base), low and high (95 % interval; 0 and inf where there are
    too few runs), verdict (BETTER, WORSE, SAME, INCONCLUSIVE) and threshold (relative change that
    matters); relative False makes all of them differences. ax None: a page of its own. Raises
    ValueError when there is nothing to draw, or ratios and differences are mixed.
    """
    return draw_axes("forest", frame, ax)


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows to draw, and a label that names the contender where there are several."""
    found = frame.dropna(subset=["ratio"])
    if "relative" in found and found["relative"].nunique() > 1:
        raise ValueError("ratios and differences do not fit one axis; choose one metric")
    if is_relative(found):
        found = found[found["ratio"] > 0]
    if "contender" in found and found["contender"].nunique() > 1:
        found = found.assign(label=found["label"].astype(str) + ": " + found["contender"])
    if "metric" in found and found["metric"].nunique() > 1:
        found = found.assign(label=found["label"].astype(str) + " " + found["metric"])
    left_out = len(found) - rows_max
    found = found.head(rows_max).reset_index(drop=True)
    return found.assign(left_out=max(left_out, 0))


def is_relative(frame: pd.DataFrame) -> bool:
    return "relative" not in frame or bool(frame["relative"].astype(bool).all())


def panel_size(whole: pd.DataFrame) -> dict[str, float]:
    return {"width": 3.6, "height": max(row_in * (len(whole) + 0.6), 0.7)}


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame) -> str:
    relative = is_relative(part)
    low, high = limits(part, relative)
    for y, row in enumerate(part.itertuples()):
        draw_row(ax, y, row, low, high, relative)
    ax.axvline(1.0 if relative else 0.0, color="0.3", linewidth=0.8, zorder=0.8, gid="no-change")
    if relative:
        ax.set_xscale("log", base=2)
    ax.set_xlim(low, high)
    ax.set_ylim(len(part) - 0.4, -0.6)
    ax.set_yticks(range(len(part)))
    ax.set_yticklabels([shown(label, 60) for label in part["label"]], fontsize=8)
    ax.tick_params(axis="y", length=0)
    set_ticks(ax, low, high, relative)
    ax.grid(axis="x", **grid_style)
    metric = f" of {part['metric'].iloc[0]}" if "metric" in part and (
        part["metric"].nunique() == 1) else ""
    ax.set_xlabel(shown(f"new / base{metric}" if relative else f"new - base{metric}"), labelpad=3)
    left_out = int(part["left_out"].iloc[0])
    more = f" {left_out} more rows are left out." if left_out else ""
    runs = f" n = {span([int(n) for n in part['n']])} runs." if "n" in part else ""
    if "at" in part and part["at"].nunique() == 1:
        runs += f" All rows: {part['at'].iloc[0]}."
    return ("Points: Hodges-Lehmann estimates; lines: 95 % intervals, an arrow where one reaches "
            f"out of the axis; grey: changes too small to matter.{runs}{more}")


def limits(part: pd.DataFrame, relative: bool) -> tuple[float, float]:
    """Ends of the axis: estimates, thresholds and most of the intervals, 1 (or 0) in the middle."""
    def far(values: pd.Series) -> np.ndarray:
        numbers = values.to_numpy(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.abs(np.log2(numbers)) if relative else np.abs(numbers)
        return scaled[np.isfinite(scaled)]

    estimates = far(part["ratio"])
    inner = max([*estimates, 2 * float(part["threshold"].max()), 1e-3])
    ends = np.concatenate([far(part["low"]), far(part["high"])])
    outer = max([inner, *ends[ends <= 3 * inner]])
    reach = min(1.15 * outer, reach_max) if relative else 1.15 * outer
    return (2.0**-reach, 2.0**reach) if relative else (-reach, reach)


def draw_row(
    ax: Axes, y: int, row: Any, low: float, high: float, relative: bool
) -> None:
    """Interval, point, threshold and, right of the axis, the figures in words."""
    colour, marker, filled = looks.get(row.verdict, looks[""])
    middle, threshold = (1.0, row.threshold) if relative else (0.0, row.threshold)
    start = middle / (1 + threshold) if relative else -threshold
    ax.add_patch(Rectangle((start, y - 0.5), middle + threshold - start, 1, facecolor="0.9",
                           linewidth=0, zorder=0.3))
    inner = inset(low, high, relative)
    left, right = max(row.low, inner[0]), min(row.high, inner[1])
    ax.plot([left, right], [y, y], color=colour, linewidth=1.3, zorder=2)
    for end, cut, arrow in ((left, row.low < inner[0], "<"), (right, row.high > inner[1], ">")):
        ax.plot([end], [y], marker=arrow if cut else "|", color=colour, zorder=2,
                markersize=5 if cut else 6)
    ax.plot([row.ratio], [y], marker=marker, color=colour, markersize=6, zorder=3,
            markerfacecolor=colour if filled else "white", gid=f"point-{y}")
    ax.text(1.02, y, row_words(row, relative), va="center", fontsize=7.5, family="DejaVu Sans Mono",
            transform=ax.get_yaxis_transform())


def inset(low: float, high: float, relative: bool) -> tuple[float, float]:
    """Where arrows stand that point out of the axis."""
    if relative:
        step = (high / low) ** 0.015
        return low * step, high / step
    return low + 0.015 * (high - low), high - 0.015 * (high - low)


def row_words(row: Any, relative: bool) -> str:
    """'+3.1 % [+1.2, +4.9] BETTER'; of differences without the percent."""
    def change(value: float) -> str:
        shift = 100 * (value - 1) if relative else value
        if not math.isfinite(shift):
            return "inf" if shift > 0 else "-inf"
        if not relative:
            return f"{shift:+.3g}"
        if abs(shift) >= 1e6:
            return f"{shift:+.1e}"
        return f"{round(shift, 1) or 0.0:+.{0 if abs(shift) >= 99.95 else 1}f}"  # no -0.0

    unit = " %" if relative else ""
    return (f"{change(row.ratio)}{unit} [{change(row.low)}, {change(row.high)}] "
            f"{shown(row.verdict, 12)}")


def set_ticks(ax: Axes, low: float, high: float, relative: bool) -> None:
    """Ratios: powers of 2 on a wide axis, fractions of 1 on a middling, else even steps."""
    if relative and high / low > 32:
        ax.xaxis.set_major_locator(LogLocator(2, numticks=7))
    elif relative and high / low > 2:
        ticks = wide_ticks if high / low > 6 else middling_ticks
        ax.xaxis.set_major_locator(FixedLocator([one for one in ticks if low <= one <= high]))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    ax.xaxis.set_minor_locator(NullLocator())


def legend(whole: pd.DataFrame) -> list[Artist]:
    entries: list[Artist] = [
        Line2D([], [], color=colour, marker=marker, label=verdict, linewidth=1.3,
               markerfacecolor=colour if filled else "white")
        for verdict, (colour, marker, filled) in looks.items()
        if verdict and (whole["verdict"] == verdict).any()
    ]
    return [*entries, Patch(facecolor="0.9", label="below the threshold")]
