"""throughput.py: operations per second over threads or CPUs, a line a design."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from report.plots.draw import draw_axes
from report.plots.scaling import draw_curves, line_legend, runs_words
from report.plots.series import with_series
from report.plots.style import shown

shared_x = True


def throughput(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draws runs_frame rows of one workload: x threads or CPUs (log2), y operations per second.

    frame needs design, count and throughput [op/s]; placement, subject and source tell further
    lines apart. ax None: a page of its own with title and legend. Raises ValueError when there is
    nothing to draw, or more than one workload.
    """
    return draw_axes("throughput", frame, ax)


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    return with_series(frame).dropna(subset=["throughput", "count"])


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame) -> str:
    words = draw_curves(ax, part, whole, "throughput")
    ax.set_ylabel(f"{unit_of(part)}/s", labelpad=4)
    return f"Higher is better; {runs_words(whole)}. {words}"


def legend(whole: pd.DataFrame) -> list[Artist]:
    return line_legend(whole)


def unit_of(part: pd.DataFrame) -> str:
    """What one operation is: fault, mmap, ..."""
    return shown(part["unit"].iloc[0]) if "unit" in part else "operations"
