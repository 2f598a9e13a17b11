"""cpu_throughput.py: operations per CPU-second over threads or CPUs: what an operation costs."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from report.plots.draw import draw_axes
from report.plots.scaling import draw_curves, line_legend, runs_words
from report.plots.series import with_series
from report.plots.figures.throughput import unit_of

shared_x = True


def cpu_throughput(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draws runs_frame rows of one workload: y operations per CPU-second of all threads.

    frame needs design, count and cpu_throughput [op/CPU-s]. ax None: a page of its own. Raises
    ValueError when there is nothing to draw, or more than one workload.
    """
    return draw_axes("cpu-throughput", frame, ax)


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    return with_series(frame).dropna(subset=["cpu_throughput", "count"])


def draw(ax: Axes, part: pd.DataFrame, whole: pd.DataFrame) -> str:
    words = draw_curves(ax, part, whole, "cpu_throughput")
    ax.set_ylabel(f"{unit_of(part)}/CPU-s", labelpad=4)
    return ("Operations by CPU time of all threads together, so that spinning counts and sleeping "
            f"does not; higher is better; {runs_words(whole)}. {words}")


def legend(whole: pd.DataFrame) -> list[Artist]:
    return line_legend(whole)
