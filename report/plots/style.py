"""style.py: how plots look: colours, markers, dashes, hatches, settings, texts of strangers."""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from typing import Any, Iterator, Sequence

import matplotlib
from matplotlib.axes import Axes

from report.describe import compact
from report.errors import ascii_line

# Okabe and Ito's colours, which colour-blind readers can tell apart; yellow is left out as too
# pale for a line. Nothing is told by colour alone: lines have markers and dashes, bars hatches.
colours = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#56B4E9", "#E69F00")
markers = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
dashes: tuple[Any, ...] = (
    "-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 3)),
    (0, (8, 1.5, 1.2, 1.5, 1.2, 1.5)),
)
hatches = ("", "///", "...", "\\\\\\", "xxx", "---", "ooo", "|||", "+++")
settings = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",  # text stays text: it can be searched and copied
    "svg.hashsalt": "faultline",  # the ids of a figure are the same in every run
    "pdf.fonttype": 42,  # text stays text here, too
}
shade = "0.92"
grid_style: dict[str, Any] = {"color": "0.85", "linewidth": 0.6}
note_style: dict[str, Any] = {"fontsize": 6.5, "color": "0.25"}
title_style: dict[str, Any] = {"loc": "left", "fontsize": 9.5, "fontweight": "bold", "pad": 5}
digit_in = 0.075  # width of a digit in inches
letter_in = 0.068  # width of a letter of a label of 8 points in inches
single_air = 0.5  # octaves left and right of a lone count
letters_max = 44  # of a name from a file


@contextmanager
def clean_settings() -> Iterator[None]:
    """A context in which only matplotlib's defaults and `settings` hold."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield


def shown(text: object, letters: int = letters_max) -> str:
    """A text of a file as matplotlib may show it: one line, at most `letters`, no formula.

    A leading underscore gets a blank before it: matplotlib hides labels that begin with one.
    """
    line = ascii_line(str(text))
    if len(line) > letters:
        line = f"{line[:letters - 12]}...{line[-9:]}"
    return literal(f" {line}" if line.startswith("_") else line)


def literal(text: str) -> str:
    """`text` with its dollar signs shown as such."""
    return text.replace("$", r"\$")


def identifier(text: str) -> str:
    """`text` as part of an XML id."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", text)


def width_in(ax: Axes) -> float:
    """Width of the axes in inches."""
    return float(ax.get_position().width * ax.figure.get_size_inches()[0])


def x_limits(counts: Sequence[int]) -> tuple[float, float]:
    """Ends of a log2 axis: some air left and right of the points."""
    octaves = math.log2(counts[-1] / counts[0])
    air = max(0.25, 0.08 * octaves) if octaves else single_air
    return counts[0] / 2**air, counts[-1] * 2**air


def tick_labels(counts: Sequence[int], octaves_per_in: float) -> list[str]:
    """A plain label for each count, empty where it would touch another one.

    The last one gets its first, then the powers of two, then the others in ascending order.
    """
    placed: list[int] = []
    for count in sorted(counts, key=lambda t: (t != counts[-1], t & (t - 1) != 0, t)):
        distances = [
            (abs(math.log2(count / other)) / octaves_per_in, len(f"{count}{other}") / 2)
            for other in placed
        ]
        if all(inches > digit_in * digits + 0.06 for inches, digits in distances):
            placed.append(count)
    return [str(count) if count in placed else "" for count in counts]


def plain(value: float, top: float) -> str:
    """A tick label in the unit that suits the top of the axis: 0, 0.5M, 1M."""
    prefix = compact(top)[-1]
    scale = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(prefix, 1.0)
    return "0" if value == 0 else f"{value / scale:.6g}{prefix if scale > 1 else ''}"


def duration(ns: float) -> str:
    """A time of a log axis: 100 ns, 10 us, 1 ms, 10 s."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns:.4g} ns"
