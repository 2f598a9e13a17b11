"""transfers.py: cache-line transfers of a simulation for each operation, by their source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from report.plots.draw import draw_axes
from report.plots.scaling import runs_words
from report.plots.series import bar_styles, counted, pick_count, series_id, with_series
from report.plots.style import grid_style, note_style, shown, title_style
from report.simulated import transfer_classes

names = {  # in words, nearest first
    "cluster_copy": "copy in the cluster", "upgrade": "upgrade to own it",
    "cluster_modified": "modified in the cluster", "node_modified": "modified in the node",
    "socket_modified": "modified in the socket", "remote_modified": "modified in another socket",
    "shared": "shared elsewhere", "memory": "memory", "home": "home agent",
}
bar_in = 0.34


def transfers(frame: pd.DataFrame, ax: Axes | None = None, count: int | None = None) -> Axes:
    """Draws runs_frame rows of one workload of a simulation: a bar a design.

    frame needs design, count and transfers_CLASS (for each operation). count: CPUs; None: the
    largest that most designs have. ax None: a page of its own. Raises ValueError when there is
    nothing to draw.
    """
    return draw_axes("transfers", frame, ax, count=count)


def prepare(frame: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    columns = [f"transfers_{name}" for name in transfer_classes]
    if not set(columns) <= set(frame.columns):
        raise ValueError("nothing to draw: only a simulation knows its transfers")
    found = with_series(frame).dropna(subset=[*columns, "count"])
    if count is not None:
        pick_count(found, count)
        found = found[found["count"] == count]
    return found


def panel_size(whole: pd.DataFrame, count: int | None = None) -> dict[str, float]:
    most = int(whole.groupby("panel")["series"].nunique().max())
    return {"height": max(bar_in * (most + 0.4), 0.8)}


def used(whole: pd.DataFrame) -> list[str]:
    """The classes of which there is any transfer, nearest first."""
    return [name for name in transfer_classes if (whole[f"transfers_{name}"] > 0).any()]


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, count: int | None = None) -> str:
    number = pick_count(part, count)
    part = part[part["count"] == number]
    columns = [f"transfers_{name}" for name in transfer_classes]
    table = part.groupby("series", sort=False)[columns].median().astype(float)
    styles = bar_styles(names[name] for name in used(whole))
    left = np.zeros(len(table))
    for name in used(whole):
        values = table[f"transfers_{name}"].to_numpy()
        bars = ax.barh(range(len(table)), values, left=left, height=0.72, **styles[names[name]])
        for bar, series in zip(bars, table.index):
            bar.set_gid(f"bar-{series_id(part, series, name)}")
        left += values
    top = float(left.max()) or 1.0
    for y, total in enumerate(left):
        ax.text(total + 0.012 * top, y, f"{total:.3g}", va="center", **note_style)
    ax.set_xlim(0, 1.14 * top)
    ax.set_ylim(len(table) - 0.3, -0.7)
    ax.set_yticks(range(len(table)))
    ax.set_yticklabels([shown(series, 28) for series in table.index])
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="x", **grid_style)
    ax.set_xlabel("transfers for each operation", labelpad=3)
    title = f"{shown(part['panel'].iloc[0])}, {counted(part, number)}".removeprefix(", ")
    ax.set_title(title, **title_style)
    return (f"Transfers of cache lines for each operation, by where the line came from, medians; "
            f"{runs_words(whole)}; fewer is better.")


def legend(whole: pd.DataFrame, count: int | None = None) -> list[Artist]:
    return [Patch(**style) for style in bar_styles(names[one] for one in used(whole)).values()]
