"""parts.py: tables, charts, controls and notes as HTML."""

from __future__ import annotations

import json
from typing import Sequence

from report.dashboard.markup import Markup, join, tag, text
from report.dashboard.model import Cell, Chart, Control, Labels, Row, Table


def labels_attribute(labels: Labels) -> str | None:
    """The labels as the attribute that the filter reads."""
    return json.dumps(dict(labels), separators=(",", ":")) if labels else None


def table(one: Table, identity: str | None = None) -> Markup:
    """A table; its first column heads the rows. Wide ones scroll within their own frame."""
    head = [
        tag("th", {"scope": "col", "class": "n" if i in one.numbers else None,
                   "data-labels": labels_attribute(one.columns.get(i, {}))}, name)
        for i, name in enumerate(one.head)
    ]
    rows = [row(r, one.numbers) for r in one.rows]
    inner = tag(
        "table", {"id": identity},
        tag("caption", {}, one.caption),
        tag("thead", {}, tag("tr", {}, *head)),
        tag("tbody", {}, *rows),
    )
    return tag("div", {"class": "scroll", "tabindex": "0", "role": "region",
                       "aria-label": one.caption}, inner)


def row(one: Row, numbers: frozenset[int]) -> Markup:
    cells = []
    for i, given in enumerate(one.cells):
        cell = given if isinstance(given, Cell) else Cell(given)
        kinds = " ".join(filter(None, ("n" if i in numbers else "", cell.kind)))
        attributes = {"class": kinds or None, "data-v": cell.value}
        if i == 0:
            cells.append(tag("th", {"scope": "row", **attributes}, cell.shown))
        else:
            cells.append(tag("td", attributes, cell.shown))
    return tag("tr", {"data-labels": labels_attribute(one.labels)}, *cells)


def chart(one: Chart) -> Markup:
    """The frame of a chart: the scripts put the picture into it, its table is there without."""
    return tag(
        "section",
        {"class": "card", "id": one.id, "data-chart": one.id,
         "data-labels": labels_attribute(one.labels), "aria-labelledby": f"{one.id}-t"},
        tag("h2", {"id": f"{one.id}-t"}, one.title, " ",
            tag("a", {"class": "deep", "href": f"#{one.id}",
                      "aria-label": f"link to {one.title}"}, "#")),
        tag("p", {"class": "caption"}, one.caption),
        tag("div", {"class": f"plot {one.kind}", "tabindex": "0", "role": "group",
                    "aria-label": f"chart: {one.title}; arrow keys move from point to point"}),
        tag("p", {"class": "readout", "aria-live": "polite"}),
        tag("details", {"open": True}, tag("summary", {}, "Table"), table(one.table)),
    )


def control(one: Control, page: str) -> Markup:
    """A group of radio buttons on `page`; without scripts it is not shown."""
    buttons = []
    for i, (value, words) in enumerate(one.options):
        identity = f"{page}-{one.key}-{i}"
        attributes = {
            "type": "radio", "name": f"{page}-{one.key}", "data-key": one.key, "id": identity,
            "value": value, "checked": i == 0,
        }
        buttons.append(join(
            tag("input", attributes), tag("label", {"for": identity}, words),
        ))
    return tag("fieldset", {"class": "control"}, tag("legend", {}, one.title), *buttons)


def note(words: object) -> Markup:
    return tag("p", {"class": "note"}, words)


def facts(pairs: Sequence[tuple[str, object]]) -> Markup:
    """Names with what is said of them."""
    return tag("dl", {"class": "facts"}, *[
        join(tag("dt", {}, name), tag("dd", {}, text(words))) for name, words in pairs
    ])
