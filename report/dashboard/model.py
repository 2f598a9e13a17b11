"""model.py: what a page of the dashboard is made of: tables, charts with their table, pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from report.dashboard.markup import Markup, identifier

# What a filter can ask for: workload, design, placement, threads, cpus, bench, machine, file, ...
Labels = Mapping[str, str | int]


@dataclass(frozen=True)
class Cell:
    """One cell: what is shown, and the number or the words that a CSV file gets instead."""

    shown: object
    value: object = None  # None: as shown
    kind: str = ""  # CSS class: "better", "worse", ...


@dataclass(frozen=True)
class Row:
    cells: Sequence[object]  # Cell, or what Cell(shown) takes; the first one heads the row
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """head: names of the columns; those listed in `numbers` (by position) are set to the right.

    columns: labels of columns by position, for tables in which a filter chooses columns as well.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]
    numbers: frozenset[int] = frozenset()
    columns: Mapping[int, Labels] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """A picture that the scripts draw, and the table that says the same without them.

    key: what tells it from every other chart of the dashboard. kind: which script draws it. data:
    what that script gets, JSON values. caption: machine, kernel, method and n in a line.
    """

    key: tuple[object, ...]
    kind: str
    title: str
    caption: str
    data: dict[str, Any]
    table: Table
    labels: Labels = field(default_factory=dict)

    @property
    def id(self) -> str:
        return identifier(*self.key)


@dataclass(frozen=True)
class Control:
    """A choice that a page offers: one key of the address with its values, the first is usual."""

    key: str
    title: str
    options: Sequence[tuple[str, str]]  # (value, words)


@dataclass(frozen=True)
class Page:
    """body: HTML above the charts. empty: why there is nothing, if so."""

    name: str  # of its file, without .html
    title: str
    lead: str  # one sentence: what the page shows
    body: Markup = Markup("")
    charts: Sequence[Chart] = ()
    controls: Sequence[Control] = ()
    empty: str | None = None
