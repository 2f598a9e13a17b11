"""draw.py: a kind of plot in the caller's Axes, or on a page: panels, words around them, a legend.

The module of a kind, report/plots/figures/FUNCTION.py, has beside its FUNCTION
    draw(ax, part, whole, **options) -> str     draws the rows of one panel (of those of `whole`);
                                                says what the points are
    legend(whole, **options) -> list[Artist]    what the legend shows
and where it needs them
    prepare(frame, **options) -> DataFrame      what is drawn; default with_series(frame)
    panel_size(whole, **options) -> dict        width and height of a panel in inches
    shared_x = True                             the last row alone has the name of the x axis
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report.frames import About
from report.plots.kinds import Kind, kinds
from report.plots.page import Texts, columns_of, finish_page, make_panels
from report.plots.series import one_panel, series_max, with_series
from report.plots.style import clean_settings, shown, title_style

panels_max = 24  # of one page
nothing = "nothing to draw: no run has what this plot shows"


def draw_axes(name: str, frame: pd.DataFrame, ax: Axes | None, **options: Any) -> Axes:
    """Draws the kind `name` into `ax`; None: onto a page of its own, with title and legend.

    Raises ValueError when there is nothing to draw, or more than one Axes holds.
    """
    kind = kinds[name]
    if kind.panels:
        frame = one_panel(frame)
    if ax is None:
        return draw_figure(kind, frame, **options).axes[0]
    module = module_of(kind)
    whole, _ = bounded(prepared(module, frame, options), kind.panels)
    module.draw(ax, whole, whole, **options)
    return ax


def draw_figure(kind: Kind, frame: pd.DataFrame, **options: Any) -> Figure:
    """The page for `frame`, which the kind's own function of report.frames makes.

    options: what the function of the kind takes; those not named are left at their defaults.
    Raises ValueError when there is nothing to draw.
    """
    module = module_of(kind)
    with clean_settings():
        whole, left_out = bounded(prepared(module, frame, options), kind.panels)
        parts = list(whole.groupby("panel", sort=False)) if kind.panels else [("", whole)]
        size = module.panel_size(whole, **options) if hasattr(module, "panel_size") else {}
        axes = make_panels(len(parts), **size)
        said: list[str] = []
        for i, (ax, (title, part)) in enumerate(zip(axes, parts)):
            points = module.draw(ax, part, whole, **options)
            said += [points] if points and points not in said else []
            if title and not ax.get_title(loc="left"):
                ax.set_title(shown(title), **title_style)
            if getattr(module, "shared_x", False) and i + columns_of(len(parts)) < len(parts):
                ax.set_xlabel("")
        words = texts(kind, frame, said, left_out)
        return finish_page(axes, words, module.legend(whole, **options))


def module_of(kind: Kind) -> ModuleType:
    return importlib.import_module(f"report.plots.figures.{kind.function}")


def prepared(module: ModuleType, frame: pd.DataFrame, options: dict[str, Any]) -> pd.DataFrame:
    """What the module draws of `frame`. Raises ValueError when that is nothing."""
    if frame.empty:
        raise ValueError(nothing)
    prepare = getattr(module, "prepare", None)
    whole = prepare(frame, **options) if prepare else with_series(frame)
    if whole.empty:
        raise ValueError(nothing)
    return whole


def bounded(frame: pd.DataFrame, panels: bool) -> tuple[pd.DataFrame, list[str]]:
    """The frame without panels and series beyond what a page holds, and words for those."""
    words = []
    for column, most in (("panel", panels_max), ("series", series_max)):
        names = list(frame[column].unique()) if column in frame else []
        if len(names) > most and (panels or column == "series"):
            frame = frame[frame[column].isin(names[:most])]
            words.append(f"only the first {most} of {len(names)} "
                         f"{'panels' if column == 'panel' else 'series'} are drawn")
    return frame, words


def texts(kind: Kind, frame: pd.DataFrame, points: list[str], left_out: list[str]) -> Texts:
    """Title, method and caption; a frame that names no origin has but the kind's title."""
    found = frame.attrs.get("about")
    if not isinstance(found, About):
        return Texts(kind.title, " ".join(points), "; ".join(left_out))
    method = f"{sentence(found.bench)} {' '.join(points)} {sentence(found.method)}"
    return Texts(f"{kind.title}: {found.machine}", method, "; ".join([found.caption, *left_out]))


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') or not text else '.'}"
