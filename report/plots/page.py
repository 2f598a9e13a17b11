"""page.py: the page of a plot: title, grid of panels, one legend, caption, measured in inches.

Panels and text have fixed sizes whatever their number; the page grows around them, by what the
labels of the panels really take.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from report.errors import ascii_line
from report.plots.style import literal

margin, gap, top, bottom = 0.14, 0.22, 0.14, 0.12
legend_line, legend_gap = 0.18, 0.2
title_line, text_line = 0.2, 0.165
# Average width of a letter in inches, DejaVu Sans at the three sizes used.
title_letter, text_letter, legend_letter = 0.098, 0.0655, 0.075
legend_handle = 0.75  # width of a legend entry without its text
title_size, text_size, legend_size = 11, 8, 9
panel_widths = {1: 5.6, 2: 3.4, 3: 2.9}  # by number of columns
panel_height = 2.1
narrowest = 6.0  # of a page: below that its texts become too tall


@dataclass(frozen=True)
class Texts:
    """What stands around the panels: what this is, how it came about, where it is from."""

    title: str
    method: str
    caption: str


def make_panels(
    number: int, width: float | None = None, height: float = panel_height
) -> list[Axes]:
    """Axes of a new figure, width x height inches each (None: by the number of columns)."""
    columns = columns_of(number)
    width = width or panel_widths[columns]
    figure = Figure(figsize=(columns * (width + 1), (height + 1) * -(-number // columns)),
                    facecolor="white")
    FigureCanvasAgg(figure)
    page_in = figure.get_size_inches()
    return [
        figure.add_axes((0.05, 0.05, width / page_in[0], height / page_in[1]), label=str(i))
        for i in range(number)
    ]


def columns_of(panels: int) -> int:
    return {1: 1, 2: 2, 4: 2}.get(panels, 3)


def finish_page(axes: Sequence[Axes], texts: Texts, legend: Sequence[Artist]) -> Figure:
    """Puts the drawn axes side by side, the texts and the legend around them; gives the figure."""
    figure = axes[0].figure
    columns, rows = columns_of(len(axes)), -(-len(axes) // columns_of(len(axes)))
    box = axes[0].get_position()
    page_in = figure.get_size_inches()
    panel_in = (box.width * page_in[0], box.height * page_in[1])
    around = [protrusions(ax) for ax in axes]
    lefts = [max(one[0] for one in around[c::columns]) for c in range(columns)]
    rights = [max(one[2] for one in around[c::columns]) for c in range(columns)]
    tops = [max(one[3] for one in around[r * columns:(r + 1) * columns]) for r in range(rows)]
    bottoms = [max(one[1] for one in around[r * columns:(r + 1) * columns]) for r in range(rows)]

    inner = sum(lefts) + sum(rights) + columns * panel_in[0] + (columns - 1) * gap
    width = max(inner + 2 * margin, narrowest)
    title = wrap(texts.title, width, title_letter)
    method = wrap(texts.method, width, text_letter)
    caption = wrap(texts.caption, width, text_letter)
    entries = legend_columns([len(str(one.get_label())) for one in legend], width - 0.3)
    legend_height = legend_line * -(-len(legend) // max(entries, 1)) + legend_gap
    foot = bottom + text_line * len(caption) + legend_height + 0.06
    head = top + title_line * len(title) + text_line * len(method) + 0.1
    height = foot + head + sum(tops) + sum(bottoms) + rows * panel_in[1] + (rows - 1) * gap

    figure.set_size_inches(width, height)
    write(figure, title, height - top, title_line, fontsize=title_size, fontweight="bold")
    write(figure, method, height - top - title_line * len(title), text_line, fontsize=text_size)
    write(figure, caption, bottom + text_line * len(caption), text_line,
          fontsize=text_size, color="0.3")
    if legend:
        figure.legend(
            handles=list(legend), ncol=entries, loc="lower center", frameon=False,
            fontsize=legend_size, borderaxespad=0, borderpad=0, handlelength=3.2,
            columnspacing=1.6, labelspacing=0.4,
            bbox_to_anchor=(0.5, (bottom + text_line * len(caption) + legend_gap / 2) / height),
        )
    spare = (width - 2 * margin - inner) / 2
    for i, ax in enumerate(axes):
        row, column = divmod(i, columns)
        x = margin + spare + sum(lefts[:column + 1]) + sum(rights[:column]) + column * (
            panel_in[0] + gap)
        down = head + sum(tops[:row + 1]) + sum(bottoms[:row]) + row * (panel_in[1] + gap)
        ax.set_position((x / width, (height - down - panel_in[1]) / height,
                         panel_in[0] / width, panel_in[1] / height))
    return figure


def protrusions(ax: Axes) -> tuple[float, float, float, float]:
    """How far labels reach out of the axes: left, down, right, up, in inches."""
    renderer = ax.figure.canvas.get_renderer()
    around, box = ax.get_tightbbox(renderer), ax.get_window_extent(renderer)
    dots = ax.figure.dpi
    return (max(box.x0 - around.x0, 0) / dots, max(box.y0 - around.y0, 0) / dots,
            max(around.x1 - box.x1, 0) / dots, max(around.y1 - box.y1, 0) / dots)


def legend_columns(letters: list[int], width: float) -> int:
    """The most columns in which entries of so many letters fit `width` inches.

    matplotlib fills a legend column by column, the first ones with one entry more.
    """
    for columns in range(len(letters), 1, -1):
        full, rest = divmod(len(letters), columns)
        taken, widest = 0, 0.0
        for size in [full + 1] * rest + [full] * (columns - rest):
            longest = max(letters[taken : taken + size])
            widest += legend_handle + legend_letter * longest
            taken += size
        if widest <= width:
            return columns
    return 1


def write(figure: Figure, lines: list[str], y: float, step: float, **style: object) -> None:
    """Lines of text from the left margin down; y: top of the first line, in inches from below."""
    width, height = figure.get_size_inches()
    for i, line in enumerate(lines):
        figure.text(margin / width, (y - i * step) / height, line, va="top", ha="left", **style)


def wrap(text: str, width: float, letter: float) -> list[str]:
    """`text` in lines that fit a page `width` inches wide in letters of `letter` inches."""
    whole = literal(ascii_line(text)).replace(" = ", "\xa0=\xa0")  # "n = 5" is not broken
    lines = textwrap.wrap(whole, int((width - 2 * margin) / letter), break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]
