"""efficiency.py: throughput(n) / (n * throughput(1)) over threads or CPUs."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from report.plots.draw import draw_axes
from report.plots.scaling import draw_curves, line_legend, runs_words
from report.plots.series import with_series

shared_x = True


def efficiency(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draws runs_frame rows of one workload: 1 is a throughput that grows as the CPUs do.

    frame needs design, count and throughput [op/s]. Series without a run of 1 thread or CPU are
    left out. ax None: a page of its own. Raises ValueError when there is nothing to draw, or more
    than one workload.
    """
    return draw_axes("efficiency", frame, ax)


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of series with a run at 1, with the column efficiency."""
    found = with_series(frame).dropna(subset=["throughput", "count"])
    alone = found[found["count"] == 1].groupby(["panel", "series"])["throughput"].median()
    keys = pd.MultiIndex.from_frame(found[["panel", "series"]])
    base = alone.reindex(keys).to_numpy(float)
    counts = found["count"].to_numpy(float)
    found = found.assign(efficiency=found["throughput"].to_numpy(float) / (counts * base))
    found = found.dropna(subset=["efficiency"])
    if found.empty:
        raise ValueError("nothing to draw: no run with 1 thread or CPU to compare with")
    return found


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame) -> str:
    words = draw_curves(ax, part, whole, "efficiency", line_at=1.0)
    ax.set_ylabel("throughput(n) / n throughput(1)", labelpad=4, fontsize=8)
    return ("A run at n by n times the median at 1 of the same series; 1 is linear, and n counts "
            f"every thread, whatever its role; {runs_words(whole)}. {words}")


def legend(whole: pd.DataFrame) -> list[Artist]:
    return line_legend(whole)
