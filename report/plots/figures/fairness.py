"""fairness.py: what each thread did, as dots, by design; above them Jain's index."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from report.describe import span
from report.plots.draw import draw_axes
from report.plots.series import counted, pick_count, series_id, series_styles, with_series
from report.plots.style import (
    grid_style, letter_in, note_style, shown, title_style, width_in,
)

spread = 0.7  # width of a design's strip; 1 would touch the next one


def fairness(frame: pd.DataFrame, ax: Axes | None = None, count: int | None = None) -> Axes:
    """Draws threads_frame rows of one workload at one number of threads or CPUs.

    frame needs design, count, share (a thread's operations / mean of its run; 1 is fair), round,
    jain; rows whose `counted` is false are left out. count None: the largest that most designs
    have. ax None: a page of its own. Raises ValueError when there is nothing to draw.
    """
    return draw_axes("fairness", frame, ax, count=count)


def prepare(frame: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    found = with_series(frame)
    if "counted" in found:
        found = found[found["counted"].astype(bool)]
    found = found.dropna(subset=["share", "count"])
    if count is not None:
        pick_count(found, count)
        found = found[found["count"] == count]
    keys = [name for name in ("session", "panel", "series", "count", "round") if name in found]
    found = found[found.groupby(keys)["share"].transform("size") > 1]  # one is fair to itself
    if found.empty:
        raise ValueError("nothing to draw: no run with 2 threads of the counted role")
    return found


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, count: int | None = None) -> str:
    number = pick_count(part, count)
    part = part[part["count"] == number]
    styles = series_styles(whole)
    names = list(part["series"].unique())
    top = float(part["share"].max())
    for i, name in enumerate(names):
        rows = part[part["series"] == name]
        rounds = {one: k for k, one in enumerate(sorted(rows["round"].unique()))}
        places = np.array([rounds[one] for one in rows["round"]], float)
        x = i + spread * ((places + 0.5) / len(rounds) - 0.5)
        style = {k: styles[name][k] for k in ("color", "marker", "markerfacecolor")}
        (dots,) = ax.plot(x, rows["share"], linestyle="", markersize=3.2, alpha=0.75,
                          markeredgewidth=0.7, **style)
        dots.set_gid(f"dots-{series_id(rows, name)}")
        jain = rows.groupby("round")["jain"].first().median()
        ax.text(i, 1.015, "" if pd.isna(jain) else f"J {jain:.3f}", ha="center", va="bottom",
                transform=ax.get_xaxis_transform(), **note_style)
    ax.axhline(1.0, color="0.4", linewidth=0.8, linestyle=(0, (2, 2)), zorder=0.6, gid="fair")
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_ylim(-0.03 * max(top, 1.1), 1.08 * max(top, 1.02))
    ax.set_xticks(range(len(names)))
    room = width_in(ax) / (len(names) + 0.2)
    crowded = max(len(shown(name, 24)) for name in names) * letter_in > room
    ax.set_xticklabels([shown(name, 24) for name in names], fontsize=8,
                       rotation=40 if crowded else 0, ha="right" if crowded else "center",
                       rotation_mode="anchor" if crowded else "default")
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", **grid_style)
    ax.set_ylabel("operations / fair share", labelpad=4)
    title = f"{shown(part['panel'].iloc[0])}, {counted(part, number)}".removeprefix(", ")
    ax.set_title(title, **{**title_style, "pad": 14})
    runs = span(list(whole.groupby(["panel", "series", "count"])["round"].nunique()))
    return ("A dot is a thread of a run: its operations by the mean of the threads of its role; 1 "
            "is fair. Runs stand side by side. J: Jain's index, the median over the runs; "
            f"n = {runs} runs of a design.")


def legend(whole: pd.DataFrame, count: int | None = None) -> list[Artist]:
    lines = [Line2D([], [], **(style | {"linestyle": ""})) for style in
             series_styles(whole).values()]
    return lines if len(lines) > 1 else []
