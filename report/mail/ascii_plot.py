"""ascii_plot.py: curves and sparklines in ASCII: a letter at a measured point, dots between.

    40 |R
       | ...
       |    &....   C
     0 |         ..R
       +--------------
        1   2   4   8
        threads (log2)   R=rwsem  C=refcount  &=overlap
"""

from __future__ import annotations

import math
from typing import Mapping, Sequence

from report import describe
from report.errors import ascii_line
from report.table import elide

series_max = 5  # more letters than this nobody can follow
ramp = "_.-=+*#@"  # eight levels, each with more ink
spare_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Curve = Mapping[int, float]  # count (threads, CPUs): value


def scaling_plot(
    curves: Mapping[str, Curve], unit: str, axis: str, width: int = 70, height: int = 14
) -> list[str]:
    """Curves over a count, on a log2 x axis from the smallest to the largest and a y axis from 0.

    curves: by name, 1 to 5 of them, at least one point each, counts above 0, values finite and not
    negative; unit: of the values; axis: what is counted, "threads"; width: most columns of a line;
    height: lines of the plot proper. Raises ValueError for other curves.
    """
    if not 1 <= len(curves) <= series_max:
        raise ValueError(f"{len(curves)} curves; 1 to {series_max} can be told apart")
    points = [(count, value) for curve in curves.values() for count, value in curve.items()]
    if any(not curve for curve in curves.values()) or any(
        count < 1 or not 0 <= value < math.inf for count, value in points
    ):
        raise ValueError("a curve needs points with a count above 0 and a finite value from 0 on")
    counts = sorted({count for count, _ in points})
    top = nice_top(max(value for _, value in points))
    gutter = max(len(describe.compact(top)), len(describe.compact(top / 2)), 1)
    columns = min(width - gutter - 3, 64)
    places = columns_of(counts, columns - len(str(counts[-1])))
    letters = letters_of(list(curves))
    canvas = paint(curves, letters, places, top, columns, height)
    lines = [elide(ascii_line(unit), width)]
    for number, row in enumerate(canvas):
        label = {0: describe.compact(top), height // 2: describe.compact(
            top * (height - 1 - height // 2) / (height - 1)), height - 1: "0"}.get(number, "")
        lines.append(f"{label:>{gutter}} |{''.join(row)}".rstrip())
    lines.append(f"{'':{gutter}} +{'-' * columns}")
    lines.append(f"{'':{gutter}}  {ticks(counts, places)}")
    return lines + legend(letters, axis, width, gutter)


def nice_top(value: float) -> float:
    """The end of the y axis: 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten, not below."""
    if value == 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
                 if value <= step * power * (1 + 1e-9)), 10 * power)


def columns_of(counts: Sequence[int], last: int) -> dict[int, int]:
    """The column of each count, by its logarithm."""
    low, high = math.log2(counts[0]), math.log2(counts[-1])
    if low == high:
        return {counts[0]: last // 2}
    return {n: round((math.log2(n) - low) / (high - low) * last) for n in counts}


def letters_of(names: Sequence[str]) -> dict[str, str]:
    """A capital for each name: its first letter that is free, otherwise any that is."""
    taken: dict[str, str] = {}
    for name in names:
        wanted = [c for c in name.upper() if c in spare_letters] + list(spare_letters)
        taken[name] = next(letter for letter in wanted if letter not in taken.values())
    return taken


def paint(
    curves: Mapping[str, Curve], letters: Mapping[str, str], places: Mapping[int, int], top: float,
    columns: int, height: int,
) -> list[list[str]]:
    """The lines of the plot as letters; the first is the top one. A point beats every dot."""
    canvas = [[" "] * columns for _ in range(height)]

    def row_of(value: float) -> int:
        return height - 1 - round(value / top * (height - 1))

    for curve in curves.values():
        ends = sorted(curve.items())
        for (n, a), (m, b) in zip(ends, ends[1:]):
            start, stop = places[n], places[m]
            for column in range(start + 1, stop):
                share = (column - start) / (stop - start)
                canvas[row_of(a + share * (b - a))][column] = "."
    owners: dict[tuple[int, int], str] = {}
    for name, curve in curves.items():
        for n, value in curve.items():
            spot = (row_of(value), places[n])
            owners[spot] = "&" if spot in owners else letters[name]
    for (row, column), letter in owners.items():
        canvas[row][column] = letter
    return canvas


def ticks(counts: Sequence[int], places: Mapping[int, int]) -> str:
    """The counts under their columns; one that would touch its neighbour is left out."""
    text = ""
    for n in counts:
        if not text or places[n] > len(text):
            text = f"{text:<{places[n]}}{n}"
    return text


def legend(letters: Mapping[str, str], axis: str, width: int, gutter: int) -> list[str]:
    """What the letters are, in as many lines as it takes."""
    start = " " * (gutter + 2)
    lines = [f"{start}{axis} (log2)"]
    room = width - len(start)
    for entry in [*(f"{c}={ascii_line(name)}" for name, c in letters.items()), "&=overlap"]:
        short = elide(entry, room)
        if len(lines[-1]) + 2 + len(short) <= width:
            lines[-1] += f"  {short}"
        else:
            lines.append(start + short)
    return lines


def sparkline(values: Sequence[float | None]) -> str:
    """One letter a value, from the lowest (_) to the highest (@); a blank for None; all equal: '='.

    Raises ValueError for a value that is not finite.
    """
    known = [value for value in values if value is not None]
    if any(not math.isfinite(value) for value in known):
        raise ValueError("a sparkline needs finite values")
    if not known:
        return " " * len(values)
    low, high = min(known), max(known)

    def level(value: float) -> str:
        if low == high:
            return "="
        return ramp[min(len(ramp) - 1, int((value - low) / (high - low) * len(ramp)))]

    return "".join(" " if value is None else level(value) for value in values)
