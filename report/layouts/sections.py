"""sections.py: the rows of a comparison in groups that can stand as one table, with short names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from report.compare import Comparison, Row
from report.errors import ascii_line
from report.metrics import Metric
from report.table import elide


@dataclass(frozen=True)
class Section:
    """Rows of one metric, and one unit, that differ in workload and count alone."""

    metric: Metric
    unit: str
    parts: tuple[tuple[str, str], ...]  # what they have in common: (("design", "rwsem"),)
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """'throughput [fault/s] design=rwsem'."""
        words = [self.metric.title, f"[{self.unit}]", *(f"{n}={value}" for n, value in self.parts)]
        return ascii_line(" ".join(words))


def sections(comparison: Comparison) -> list[Section]:
    """The sections in the order of the rows."""
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Row]] = {}
    for row in comparison.rows:
        found.setdefault((row.metric.name, row.unit, row.parts), []).append(row)
    return [
        Section(rows[0].metric, unit, parts, tuple(rows))
        for (_, unit, parts), rows in found.items()
    ]


def short(name: str, width: int) -> str:
    """One name in `width` columns at most, elided in the middle."""
    return elide(ascii_line(name), width)


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Each name in `width` columns at most, elided in the middle; still unique: what became equal
    gets a number."""
    shown: list[str] = []
    for name in map(ascii_line, names):
        unique = elide(name, width)
        number = 1
        while unique in shown:
            number += 1
            mark = f"#{number}"
            unique = elide(name, width - len(mark)) + mark
        shown.append(unique)
    return shown


def pairs_of_columns(number: int, room: int, one: int) -> list[list[int]]:
    """Contenders 0..number-1 dealt to tables of `room` columns, `one` for each; at least one."""
    fit = max(1, room // one)
    return [list(range(at, min(at + fit, number))) for at in range(0, number, fit)]
