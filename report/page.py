"""page.py: the page of a plot: title, grid of panels, one legend, caption, measured in inches.

All lengths are fixed, so text has the same size whatever the number of panels.
"""

from __future__ import annotations

import textwrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report import describe, sim_words
from report.borders import words_for
from report.errors import ascii_line
from report.result import Result, SimResult
from report.summary import Panel

left, right, top, bottom = 0.8, 0.2, 0.14, 0.12
column_gap, row_gap, panel_height = 0.85, 0.75, 2.1
above_panels, below_panels = 0.4, 0.48  # panel titles; tick labels and the word "threads"
legend_line, legend_gap = 0.22, 0.2
title_line, text_line = 0.2, 0.165
# Average width of a letter in inches, DejaVu Sans at the three sizes used.
title_letter, text_letter, legend_letter = 0.098, 0.0655, 0.075
legend_handle = 0.75  # width of a legend entry without its text
title_size, text_size, legend_size = 11, 8, 9
panel_widths = {1: 5.6, 2: 3.4, 3: 2.9}  # by number of columns


def make_page(
    result: Result, blocks: list[Panel], legend: list[Artist]
) -> tuple[Figure, list[Axes], float]:
    """A figure with its texts, its legend (the labelled artists of `legend`) and empty axes.

    Returns (figure, one axes a panel, width of an axes in inches).
    """
    columns = {1: 1, 2: 2, 4: 2}.get(len(blocks), 3)
    panel_width = panel_widths[columns]
    width = left + right + columns * panel_width + (columns - 1) * column_gap
    title = wrap(title_text(result), width, title_letter)
    method = wrap(method_text(result, blocks), width, text_letter)
    caption = wrap(caption_text(result), width, text_letter)
    entries = legend_columns([len(str(artist.get_label())) for artist in legend], width - 0.3)
    legend_height = legend_line * -(-len(legend) // entries) + legend_gap

    rows = -(-len(blocks) // columns)
    foot = bottom + text_line * len(caption) + legend_height + below_panels
    head = top + title_line * len(title) + text_line * len(method) + above_panels
    height = foot + rows * panel_height + (rows - 1) * row_gap + head

    figure = Figure(figsize=(width, height), facecolor="white")
    write(figure, title, height - top, title_line, fontsize=title_size, fontweight="bold")
    write(figure, method, height - top - title_line * len(title), text_line, fontsize=text_size)
    write(figure, caption, bottom + text_line * len(caption), text_line,
          fontsize=text_size, color="0.3")
    figure.legend(
        handles=legend, ncol=entries, loc="lower center", frameon=False, fontsize=legend_size,
        bbox_to_anchor=(0.5, (bottom + text_line * len(caption) + legend_gap / 2) / height),
        borderaxespad=0, borderpad=0, handlelength=3.2, columnspacing=1.6, labelspacing=0.4,
    )
    axes = []
    for i in range(len(blocks)):
        row, column = divmod(i, columns)
        x = left + column * (panel_width + column_gap)
        y = height - head - panel_height - row * (panel_height + row_gap)
        ax = figure.add_axes(
            (x / width, y / height, panel_width / width, panel_height / height)
        )
        if i + columns >= len(blocks):
            counted = "CPUs" if isinstance(result, SimResult) else "threads"
            ax.set_xlabel(counted, labelpad=3)
        axes.append(ax)
    return figure, axes, panel_width


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
        figure.text(0.14 / width, (y - i * step) / height, line, va="top", ha="left", **style)


def wrap(text: str, width: float, letter: float) -> list[str]:
    """`text` in lines that fit a page `width` inches wide in letters of `letter` inches."""
    return textwrap.wrap(ascii_line(text).replace("$", r"\$"), int((width - 0.28) / letter))


def title_text(result: Result) -> str:
    if isinstance(result, SimResult):
        return f"{sim_words.mark(result)} ({result.simulated.summary})"
    return f"{describe.machine(result)}; {describe.kernel(result)}"


def method_text(result: Result, blocks: list[Panel]) -> str:
    plan = result.plan
    if isinstance(result, SimResult):
        return (
            f"Simulated, no clock was read; higher is better. Points: median of "
            f"{sim_words.seeds(result)}; bands: from the lowest to the highest seed. Windows of "
            f"{sim_words.window(result)} of simulated time. {words_for(result.simulated)}"
        )
    return (
        f"{describe.bench(result).capitalize()}; higher is better. Points: median of n = "
        f"{describe.n_range(blocks)} fresh processes, {describe.count(plan.trials, 'trial')} of "
        f"{plan.trial_s:g} s each; bars and bands: from the lowest to the highest process (their "
        "range, not "
        "a confidence interval). At each number of threads the designs stand side by side."
    )


def caption_text(result: Result) -> str:
    if isinstance(result, SimResult):
        parts = [
            f"simulated machine {sim_words.machine(result)}", sim_words.calibrated(result),
            f"session {result.session.id}", describe.date(result), describe.tool(result),
        ]
        return endings(result, parts)
    parts = [
        f"session {result.session.id}", describe.date(result), describe.tool(result),
        "measured: " + ", ".join(subject.label for subject in result.subjects),
        f"state {describe.environment(result)}",
    ]
    return endings(result, parts)


def endings(result: Result, parts: list[str]) -> str:
    """The parts, and what is missing from the picture."""
    if result.failed_runs:
        failed = describe.count(len(result.failed_runs), "failed run")
        parts.append(f"{failed} left out (see table.txt)")
    progress = describe.progress(result)
    return "; ".join(parts + ([progress] if progress else []))
