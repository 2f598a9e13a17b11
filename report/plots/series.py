"""series.py: which rows of a DataFrame make one line, what it is called, and how it looks."""

from __future__ import annotations

from typing import Any, Iterable

import pandas as pd

from report.plots.style import colours, dashes, hatches, identifier, markers, shown

telling = ("design", "placement", "subject", "source")  # columns that tell series apart
series_max = 24  # more are not drawn: nobody can tell them apart


def with_series(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with the columns `series`, the text of a legend, and `panel` where missing.

    A series is named by its design, and by placement, subject and source (the file) where these
    tell it from another one. Raises ValueError for a frame without the column design.
    """
    if "series" in frame and "panel" in frame:
        return frame
    if "design" not in frame:
        raise ValueError("the frame has no column design; take one of report.frames")
    found = frame.copy(deep=False)
    if "panel" not in found:
        found["panel"] = found["workload"] if "workload" in found else ""
    names = [name for name in telling if name in found]
    parts = ["design"]
    for name in names[1:]:
        others = [other for other in names if other != name]
        if found.groupby(others, dropna=False)[name].nunique(dropna=False).max() > 1:
            parts.append(name)
    keys = found[parts].fillna("").astype(str)
    found["series"] = keys.agg(", ".join, axis=1) if len(found) else ""
    return found


def one_panel(frame: pd.DataFrame) -> pd.DataFrame:
    """with_series of a frame that fits one Axes.

    Raises ValueError when it is empty or holds several panels.
    """
    found = with_series(frame)
    if found.empty:
        raise ValueError("nothing to draw: the frame is empty")
    panels = list(found["panel"].unique())
    if len(panels) > 1:
        names = ", ".join(map(shown, panels[:6]))
        raise ValueError(
            f"{len(panels)} panels ({names}) do not fit one Axes; "
            f"take one: frame[frame.panel == {panels[0]!r}]"
        )
    return found


def series_styles(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """By series: keyword arguments of Axes.plot.

    Colour and marker go by design, dashes by line; a further series of a design is hollow.
    """
    pairs = frame[["series", "design"]].drop_duplicates("series").itertuples(index=False)
    designs: dict[str, int] = {}
    used: dict[str, int] = {}
    styles: dict[str, dict[str, Any]] = {}
    for i, (series, design) in enumerate(pairs):
        number = designs.setdefault(str(design), len(designs))
        used[str(design)] = used.get(str(design), 0) + 1
        colour = colours[number % len(colours)]
        styles[series] = {
            "color": colour,
            "marker": markers[number % len(markers)],
            "linestyle": dashes[i % len(dashes)],
            "markerfacecolor": colour if used[str(design)] == 1 else "white",
            "label": shown(series),
            "markersize": 4.5,
            "linewidth": 1.2,
        }
    return styles


def bar_styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By name: keyword arguments of Axes.barh: colour, and a hatch that needs none."""
    return {
        name: {
            "facecolor": colours[i % len(colours)] if i < len(colours) else "0.75",
            "hatch": hatches[i % len(hatches)], "edgecolor": "white", "linewidth": 0.6,
            "label": shown(name),
        }
        for i, name in enumerate(names)
    }


def series_id(rows: pd.DataFrame, *names: str) -> str:
    """The end of the XML id of what is drawn for a series of a panel: PANEL-SERIES."""
    return "-".join(map(identifier, (str(rows["panel"].iloc[0]), *map(str, names))))


def pick_count(frame: pd.DataFrame, count: int | None) -> int:
    """The number of threads or CPUs that a plot of one number shows.

    None: the one that most series have, of these the largest that is not more than the CPUs.
    Raises ValueError when no row has `count`.
    """
    known = frame.dropna(subset=["count"])
    if count is not None:
        if not (known["count"] == count).any():
            there = ", ".join(str(int(n)) for n in sorted(known["count"].unique()))
            raise ValueError(f"there is no run with {count}; there is {there or 'none'}")
        return count
    if known.empty:
        raise ValueError("nothing to draw: no row has a count")
    over = known["oversubscribed"].astype(bool) if "oversubscribed" in known else known["count"] < 0
    fitting = known[~over] if (~over).any() else known
    series = fitting.groupby("count")["series"].nunique()
    return int(max(series[series == series.max()].index))


def counted(frame: pd.DataFrame, number: int | None = None) -> str:
    """'CPUs' of a simulation, 'threads' of a host; with the number '1 CPU', '4 threads'."""
    simulated = frame["cpus"].notna() if "cpus" in frame else pd.Series([False])
    words = ["CPU"] * bool(simulated.any()) + ["thread"] * bool(not simulated.all())
    named = " or ".join(word if number == 1 else f"{word}s" for word in words)
    return named if number is None else f"{number} {named}"
