"""heatmap.py: designs x workloads: each cell is relative to the best design of its workload."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from report.metrics import metrics
from report.plots.draw import draw_axes
from report.plots.series import counted, pick_count, with_series
from report.plots.style import letter_in, shown, width_in

cell_in = (0.85, 0.36)  # width and height of a cell


def heatmap(
    frame: pd.DataFrame, ax: Axes | None = None, value: str = "throughput",
    count: int | None = None,
) -> Axes:
    """Draws runs_frame rows of all workloads: 1.00 is the best design of a column.

    frame needs design, panel or workload, count and `value`, a column of runs_frame. count: threads
    or CPUs; None: in each workload the largest that most designs have. ax None: a page of its own.
    Raises ValueError when there is nothing to draw.
    """
    return draw_axes("heatmap", frame, ax, value=value, count=count)


def higher_is_better(value: str) -> bool:
    """By the list of metrics; waiting times and unknown columns in ns are better when lower."""
    metric = metrics.get(value.removesuffix("_ns"))
    return metric.better == "higher" if metric else not value.endswith("_ns")


def prepare(
    frame: pd.DataFrame, value: str = "throughput", count: int | None = None
) -> pd.DataFrame:
    """A row a cell: panel, series, count, median of `value`, and relative, best / it or it / best.
    """
    found = with_series(frame).dropna(subset=[value, "count"])
    if count is not None:
        pick_count(found, count)
    cells = []
    for _, rows in found.groupby("panel", sort=False):
        if count is not None and not (rows["count"] == count).any():
            continue
        number = pick_count(rows, count)
        table = rows[rows["count"] == number].groupby(["panel", "series"], sort=False)
        medians = table[value].median().astype(float).reset_index(name="median")
        if higher_is_better(value):
            relative = medians["median"] / medians["median"].max()
        else:
            relative = (medians["median"].clip(lower=1.0).min()
                        / medians["median"].clip(lower=1.0))
        words = counted(rows, number)
        cells.append(medians.assign(relative=relative, at=words, n=table.size().to_numpy()))
    made = pd.concat(cells, ignore_index=True) if cells else pd.DataFrame()
    made.attrs = dict(frame.attrs)
    return made


def panel_size(whole: pd.DataFrame, **_: object) -> dict[str, float]:
    columns, rows = whole["panel"].nunique(), whole["series"].nunique()
    return {"width": max(cell_in[0] * columns, 2.0), "height": max(cell_in[1] * rows, 0.6)}


def draw(
    ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, value: str = "throughput",
    count: int | None = None,
) -> str:
    columns, rows = list(part["panel"].unique()), list(part["series"].unique())
    cells = np.full((len(rows), len(columns)), np.nan)
    for cell in part.itertuples():
        cells[rows.index(cell.series), columns.index(cell.panel)] = cell.relative
    ax.imshow(np.ma.masked_invalid(cells), cmap="cividis", vmin=0, vmax=1, aspect="auto",
              gid="cells", interpolation="nearest")
    for (y, x), relative in np.ndenumerate(cells):
        if np.isnan(relative):
            ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="white", edgecolor="0.7",
                                   hatch="///", linewidth=0))
            continue
        best = relative >= 0.9995
        ax.text(x, y, f"{relative:.2f}" if relative >= 0.005 else f"{relative:.0e}", ha="center",
                va="center", fontsize=8.5, color="black" if relative >= 0.5 else "white",
                fontweight="bold" if best else "normal", gid=f"cell-{y}-{x}")
    at = part.drop_duplicates("panel").set_index("panel")["at"]
    same = at.nunique() == 1
    ax.set_xticks(range(len(columns)))
    labels = [shown(name, 36) + ("" if same else f", {at[name]}") for name in columns]
    crowded = max(map(len, labels)) * letter_in > width_in(ax) / len(columns)
    ax.set_xticklabels(labels, rotation=35 if crowded else 0, ha="right" if crowded else "center",
                       rotation_mode="anchor" if crowded else "default", fontsize=8)
    ax.set_yticks(range(len(rows)))
    ax.set_yticklabels([shown(name) for name in rows])
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    ax.spines[:].set_visible(False)
    low, high = int(part["n"].min()), int(part["n"].max())
    runs = str(low) if low == high else f"{low}..{high}"
    how = "value / highest" if higher_is_better(value) else "lowest / value"
    where = f" at {at.iloc[0]}" if same else ""
    return (f"Cells: {shown(value)}{where}, the median of n = {runs} runs, relative to the best "
            f"design of the workload ({how}); 1.00 (bold) is the best of its column, light is "
            "good.")


def legend(
    whole: pd.DataFrame, value: str = "throughput", count: int | None = None
) -> list[Artist]:
    full = whole["panel"].nunique() * whole["series"].nunique() == len(whole)
    return [] if full else [Patch(facecolor="white", edgecolor="0.7", hatch="///",
                                  label="no run")]
