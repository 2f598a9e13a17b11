"""stored.py: the dashboard's history from a store of results: see report.history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from report.dashboard.history import Line
from report.errors import EXIT_NOTHING, ReportError
from report.gate.accepted import read_accepted
from report.history.index import read_index
from report.history.lines import line_of
from report.history.series import history_series

sessions_min = 2  # of a line; fewer are no history


def lines_of_store(store: Path) -> tuple[list[Line], list[str]]:
    """The throughput of every configuration of a store, and what of it could not be read.

    Changes that accepted.toml of the store accepts are marked. Raises ReportError: exit 2 for a
    store or accepted.toml that cannot be read, 5 for an empty store.
    """
    index = read_index(store)
    if not index.entries:
        raise ReportError(
            EXIT_NOTHING,
            f"the store {store} holds no session; add one with faultline history add, or leave "
            "out --history",
        )
    file = store / "accepted.toml"
    accepted = read_accepted(file) if file.is_file() else ()
    lines = [
        replace(line_of(one), suspect=one.suspects[-1] if one.suspects else 0)
        for one in history_series(index, accepted=accepted) if len(one.points) >= sessions_min
    ]
    return lines, list(index.problems)
