"""The plots of a mail in ASCII: scaling curves and sparklines."""

from __future__ import annotations

import random

import pytest

from report.mail.ascii_plot import letters_of, nice_top, ramp, scaling_plot, sparkline

curves = {
    "tas": {1: 38.0, 2: 27.0, 4: 20.0, 8: 13.0, 16: 9.0, 32: 6.0, 64: 4.0, 128: 1.0},
    "mcs": {1: 31.0, 2: 26.0, 4: 22.0, 8: 20.0, 16: 18.6, 32: 18.0, 64: 17.7, 128: 17.0},
    "cna": {1: 31.0, 2: 26.0, 4: 23.0, 8: 22.0, 16: 21.5, 32: 21.3, 64: 21.2, 128: 21.0},
}


def grid_of(lines: list[str]) -> list[str]:
    """The lines of the plot proper, from behind the axis."""
    return [line.split("|", 1)[1] for line in lines if "|" in line]


def test_shape() -> None:
    lines = scaling_plot(curves, "Mops/s", "threads", width=70, height=14)
    assert lines[0] == "Mops/s" and len(grid_of(lines)) == 14
    assert all(len(line) <= 70 and line.isascii() and line == line.rstrip() for line in lines)
    assert lines[-1].split("  ")[-5:][-4:] == ["T=tas", "M=mcs", "C=cna", "&=overlap"]
    assert lines[-2].split() == ["1", "2", "4", "8", "16", "32", "64", "128"]


def test_letters_stand_at_measured_points() -> None:
    lines = scaling_plot({"alone": curves["tas"]}, "u", "threads")
    grid = grid_of(lines)
    ticks = lines[-2]
    start = lines[1].index("|") + 1
    found = {(column, row) for row, line in enumerate(grid) for column, c in enumerate(line)
             if c == "A"}
    columns = [ticks.index(f" {n}") + 1 - start for n in (1, 2, 4, 8, 16, 32, 64, 128)]
    assert sorted(column for column, _ in found) == columns
    rows = [row for _, row in sorted(found)]
    assert rows == sorted(rows), "the curve falls, so do its letters"
    top = nice_top(38.0)
    assert rows[0] == 13 - round(38.0 / top * 13) and rows[-1] == 13 - round(1.0 / top * 13)
    steps = {b - a for a, b in zip(columns, columns[1:])}
    assert max(steps) - min(steps) <= 1, "equal steps of log2"


def test_overlap() -> None:
    lines = scaling_plot({"one": {1: 5.0, 2: 9.0}, "two": {1: 5.0, 2: 1.0}}, "u", "threads")
    text = "".join(grid_of(lines))
    assert text.count("&") == 1 and text.count("O") == 1 and text.count("T") == 1


def test_dots_join_the_points() -> None:
    grid = grid_of(scaling_plot({"x": {1: 0.0, 1024: 10.0}}, "u", "threads"))
    dotted = {column for line in grid for column, c in enumerate(line) if c == "."}
    ends = sorted(column for line in grid for column, c in enumerate(line) if c == "X")
    assert dotted == set(range(ends[0] + 1, ends[1]))


@pytest.mark.parametrize("one", [
    {}, {"a": {}}, {"a": {0: 1.0}}, {"a": {1: -1.0}}, {"a": {1: float("nan")}},
    {"a": {1: float("inf")}}, {str(i): {1: 1.0} for i in range(6)},
])
def test_what_cannot_be_drawn(one: dict[str, dict[int, float]]) -> None:
    with pytest.raises(ValueError):
        scaling_plot(one, "u", "threads")


def test_any_curves_fit() -> None:
    rng = random.Random(7)
    for _ in range(200):
        drawn = {
            "n" * rng.randint(1, 90) + str(i): {
                rng.randint(1, 4096): rng.choice((0.0, 10 ** rng.uniform(-9, 15)))
                for _ in range(rng.randint(1, 12))}
            for i in range(rng.randint(1, 5))
        }
        width = rng.randint(50, 90)
        lines = scaling_plot(drawn, "unit\x1b" * 20, "threads", width, rng.randint(4, 20))
        assert all(len(line) <= width and line.isprintable() for line in lines), lines


def test_letters_are_distinct() -> None:
    letters = letters_of(["rwsem", "refcount", "r", "rr", "1"])
    assert letters["rwsem"] == "R" and letters["refcount"] == "E"
    assert len(set(letters.values())) == 5


def test_nice_top() -> None:
    for value in (0.0012, 1.0, 1.01, 38.0, 9.99e6, 1e9):
        assert value <= nice_top(value) <= 1.6 * value
    assert nice_top(0) == 1.0


def test_sparkline() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8]) == ramp
    assert sparkline([5.0, None, 5.0]) == "= ="
    assert sparkline([]) == "" and sparkline([None]) == " "
    assert sparkline([0.0, 1e300]) == "_@"
    with pytest.raises(ValueError, match="finite"):
        sparkline([1.0, float("nan")])
