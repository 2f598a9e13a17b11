"""history.py: one value by commit, with change points as ranges of commits and accepted changes."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from report.plots.draw import draw_axes
from report.plots.series import counted, pick_count, series_id, series_styles, with_series
from report.plots.style import grid_style, identifier, plain, shown, title_style, width_in

label_in = 0.16  # room that a commit on end takes, in inches
letters = 9  # of a commit
accepted_style: dict[str, Any] = {
    "color": "0.25", "linewidth": 1.1, "linestyle": (0, (1, 1.2)),
}


def history(
    frame: pd.DataFrame, ax: Axes | None = None, changes: Sequence[tuple[str, str]] = (),
    accepted: Sequence[str] = (), count: int | None = None, value: str = "throughput",
) -> Axes:
    """Draws history_frame rows of one workload: x the commits in order, y the value.

    frame needs commit, time, value, low and high; design tells lines apart. That of report.frames,
    of files, goes by time and its bars are the range of the runs; that of report.history.series, of
    a store, goes by `place`, its bars are 95 % intervals, and its columns since and accepted are
    drawn as changes and accepted below. changes: (last commit before, first commit after) of each
    change point, drawn as a range. accepted: commits whose change is accepted, marked. value: what
    it is, for the axis. ax None: a page of its own. Raises ValueError where nothing is to be drawn.
    """
    if "design" not in frame:
        frame = frame.assign(design="value")
    return draw_axes("history", frame, ax, changes=changes, accepted=accepted, count=count,
                     value=value)


def prepare(frame: pd.DataFrame, count: int | None = None, **_: object) -> pd.DataFrame:
    """Of each panel the rows of one count, with `at`: the number of the commit."""
    found = with_series(frame).dropna(subset=["value"])
    if "count" in found:
        if count is not None:
            pick_count(found, count)
        parts = [(rows, count if count is not None else pick_count(rows, None))
                 for _, rows in found.groupby("panel", sort=False)]
        kept = [rows[rows["count"] == number] for rows, number in parts]
        found = pd.concat(kept) if kept else found
    found = found.assign(commit=found["commit"].fillna("unknown"))
    found = found.sort_values("place" if "place" in found else "time", kind="stable")
    numbers = {one: i for i, one in enumerate(dict.fromkeys(found["commit"]))}
    found = found.assign(at=[numbers[one] for one in found["commit"]])
    found.attrs = dict(frame.attrs)
    return found


def draw(
    ax: Axes, part: pd.DataFrame, whole: pd.DataFrame, changes: Sequence[tuple[str, str]] = (),
    accepted: Sequence[str] = (), count: int | None = None, value: str = "throughput",
) -> str:
    commits = list(dict.fromkeys(whole["commit"]))
    draw_marks(ax, commits, *with_marks(part, changes, accepted))
    styles = series_styles(whole)
    names = list(part["series"].unique())
    for i, name in enumerate(names):
        rows = part[part["series"] == name]
        x = rows["at"] + 0.5 * ((i + 0.5) / len(names) - 0.5)
        style = styles[name]
        (line,) = ax.plot(x, rows["value"], **style)
        line.set_gid(f"line-{series_id(rows, name)}")
        if {"low", "high"} <= set(rows.columns):
            middle = rows["value"].to_numpy(float)
            reach = np.vstack([middle - rows["low"].to_numpy(float),
                               rows["high"].to_numpy(float) - middle])
            ax.errorbar(x, middle, yerr=np.clip(reach, 0, None), fmt="none", elinewidth=0.9,
                        ecolor=style["color"], capsize=1.8, capthick=0.9)
    set_axes(ax, part, commits)
    ax.set_ylabel(axis_words(part, value), labelpad=4)
    if "count" in part:
        title = f"{shown(part['panel'].iloc[0])}, {counted(part, int(part['count'].iloc[0]))}"
        ax.set_title(title.removeprefix(", "), **title_style)
    if "place" in part:
        return "Points: median of the runs of a session; bars: its 95 % interval."
    return ("Points: median of the runs of a session; bars: from the lowest to the highest run "
            "(their range, not a confidence interval). Commits stand in the order of time.")


def axis_words(part: pd.DataFrame, value: str) -> str:
    """What the y axis shows; `unit` is that of an operation, or with `metric` that of the value."""
    if "unit" not in part:
        return shown(value)
    unit = shown(part["unit"].iloc[0])
    if "metric" in part:
        return unit if value == "throughput" else f"{shown(value)} [{unit}]"
    return f"{unit}/s" if value == "throughput" else shown(value)


def with_marks(
    rows: pd.DataFrame, changes: Sequence[tuple[str, str]], accepted: Sequence[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The changes and accepted commits that were given, and those that the rows have."""
    found, said = list(changes), list(accepted)
    if {"since", "accepted"} <= set(rows.columns):
        ends = rows.dropna(subset=["since"])
        found += zip(ends["since"], ends["commit"])
        said += rows.dropna(subset=["accepted"])["commit"].tolist()
    return list(dict.fromkeys(found)), list(dict.fromkeys(said))


def draw_marks(
    ax: Axes, commits: list[str], changes: Sequence[tuple[str, str]], accepted: Sequence[str]
) -> None:
    """Change points, from the commit before to the one after, and accepted commits."""
    for before, after in changes:
        if before in commits and after in commits:
            ax.axvspan(commits.index(before), commits.index(after), facecolor="0.88", linewidth=0,
                       zorder=0, gid=f"change-{identifier(after[:letters])}")
    for commit in accepted:
        if commit in commits:
            ax.axvline(commits.index(commit), zorder=0.5, **accepted_style,
                       gid=f"accepted-{identifier(commit[:letters])}")


def set_axes(ax: Axes, part: pd.DataFrame, commits: list[str]) -> None:
    """Commits on end below, as many as have room; y from 0."""
    every = max(1, int(np.ceil(len(commits) * label_in / width_in(ax))))
    ax.set_xlim(-0.6, len(commits) - 0.4)
    ax.set_xticks(range(0, len(commits), every))
    ax.set_xticklabels([shown(one[:letters]) for one in commits[::every]], rotation=90,
                       fontsize=7, family="DejaVu Sans Mono")
    highs = part["high"] if "high" in part else part["value"]
    top = float(np.fmax(highs.max(), part["value"].max())) or 1.0
    ax.set_ylim(0, 1.12 * top)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, top)))
    ax.grid(axis="y", **grid_style)


def legend(
    whole: pd.DataFrame, changes: Sequence[tuple[str, str]] = (), accepted: Sequence[str] = (),
    count: int | None = None, value: str = "throughput",
) -> list[Artist]:
    lines: list[Artist] = [Line2D([], [], **style) for style in series_styles(whole).values()]
    changes, accepted = with_marks(whole, changes, accepted)
    there = set(whole["commit"])
    if any(before in there and after in there for before, after in changes):
        lines.append(Patch(facecolor="0.88", label="a change lies between"))
    if there & set(accepted):
        lines.append(Line2D([], [], label="accepted change", **accepted_style))
    return lines
