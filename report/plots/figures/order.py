"""order.py: every run in the order of the session: drift, steps and outliers are seen."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from report.plots.draw import draw_axes
from report.plots.series import series_styles, with_series
from report.plots.style import grid_style, identifier, note_style, shown


def order(frame: pd.DataFrame, ax: Axes | None = None, value: str = "throughput") -> Axes:
    """Draws runs_frame rows: y is `value` by the median of its configuration, 1 is typical.

    frame needs design, count, round, `value`, and t0 or pos, which simulations do not have. All
    workloads share the Axes. ax None: a page of its own. Raises ValueError when there is nothing
    to draw.
    """
    return draw_axes("order", frame, ax, value=value)


def prepare(frame: pd.DataFrame, value: str = "throughput") -> pd.DataFrame:
    """The rows with `at`, minutes or runs since the first one, and `relative`."""
    found = with_series(frame).dropna(subset=[value, "round"])
    timed = "t0" in found and len(found) > 0 and found["t0"].notna().all()
    if timed:
        found = found.assign(at=minutes_of(found))
    elif "pos" in found:
        found = found.dropna(subset=["pos"])
        ranks = found[["round", "pos"]].astype(float).apply(tuple, axis=1)
        found = found.assign(at=ranks.rank(method="first") if len(found) else 0.0)
    else:
        found = found.head(0)
    if found.empty:
        raise ValueError("nothing to draw: the runs have no order, as those of a simulation")
    names = [name for name in ("source", "subject", "panel", "series", "count") if name in found]
    typical = found.groupby(names, dropna=False)[value].transform("median")
    found = found.assign(relative=found[value].astype(float) / typical, timed=timed)
    return found[typical > 0]


def minutes_of(found: pd.DataFrame) -> pd.Series:
    """Minutes since the first run of the same session."""
    if "session" not in found:
        return (found["t0"] - found["t0"].min()).dt.total_seconds() / 60
    first = found.groupby("session")["t0"].transform("min")
    return (found["t0"] - first).dt.total_seconds() / 60


def panel_size(whole: pd.DataFrame, value: str = "throughput") -> dict[str, float]:
    return {"width": 7.2, "height": 2.6}


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, value: str = "throughput") -> str:
    styles = series_styles(whole)
    for name, rows in part.groupby("series", sort=False):
        style = {k: styles[name][k] for k in ("color", "marker", "markerfacecolor")}
        (dots,) = ax.plot(rows["at"], rows["relative"], linestyle="", markersize=3, alpha=0.6,
                          markeredgewidth=0.6, **style)
        dots.set_gid(f"dots-{identifier(str(name))}")
    low, high = float(part["relative"].min()), float(part["relative"].max())
    air = max(0.08 * (high - low), 0.005)
    ax.set_ylim(low - air, high + 1.6 * air)
    span = float(part["at"].max() - part["at"].min()) or 1.0
    ax.set_xlim(float(part["at"].min()) - 0.02 * span, float(part["at"].max()) + 0.02 * span)
    if "session" not in part or part["session"].nunique() == 1:
        draw_rounds(ax, part, span)
    ax.axhline(1.0, color="0.4", linewidth=0.8, zorder=0.6)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda ratio, _: percent(ratio)))
    ax.grid(axis="y", **grid_style)
    timed = bool(part["timed"].iloc[0])
    ax.set_xlabel("minutes since the first run" if timed else "runs since the first one",
                  labelpad=3)
    ax.set_ylabel(f"{shown(value)}\nagainst its median", labelpad=4)
    return ("A point is a run: its value by the median of all runs of the same configuration. "
            "Thin lines: a round begins, its number above; thick lines: the median of a round; "
            "where they rise or fall, the machine drifted. "
            f"n = {len(part)} runs.")


def percent(ratio: float) -> str:
    """A change of a ratio from 1: 0 %, +5 %."""
    change = round(100 * (ratio - 1), 9)
    return f"{change:+.3g} %" if change else "0 %"


def draw_rounds(ax: Axes, part: pd.DataFrame, span: float) -> None:
    """Where rounds begin, with as many numbers as have room, and the median of each."""
    last = -span
    for number, rows in part.groupby("round"):
        start, end = float(rows["at"].min()), float(rows["at"].max())
        ax.axvline(start, color="0.75", linewidth=0.6, zorder=0.4, gid=f"round-{number}")
        middle = float(rows["relative"].median())
        ax.plot([start, end], [middle, middle], color="black", linewidth=1.6, zorder=3,
                solid_capstyle="butt")
        if start - last > 0.03 * span:
            ax.text(start, 0.99, f" {number}", va="top", transform=ax.get_xaxis_transform(),
                    **note_style)
            last = start


def legend(whole: pd.DataFrame, value: str = "throughput") -> list[Artist]:
    dots = [Line2D([], [], **(style | {"linestyle": ""})) for style in
            series_styles(whole).values()]
    return [*dots, Line2D([], [], color="black", linewidth=1.6, label="median of a round")]
