"""test_history_lines.py: a store's history on the dashboard's page."""

from __future__ import annotations

import json
from pathlib import Path

from history_stores import Kept
from report import load_file
from report.dashboard import make_pages
from report.history.lines import dashboard_lines
from report.history.series import history_series
from report.history.store import stored_files


def test_a_store_is_drawn_on_the_page_history(tmp_path: Path) -> None:
    kept = Kept(tmp_path)

    def change(i: int, document: dict) -> None:
        if i >= 20:
            document["kernel"]["release"] = "6.19.0"

    kept.fill(24, slow_from=10, change=change)
    lines = dashboard_lines(history_series(kept.store))
    assert len(lines) == 4
    pages = make_pages([load_file(stored_files(kept.store)[0])], lines)
    page = next(page for page in pages if page.title == "History")
    assert len(page.charts) == 4
    [slow] = [one for one in page.charts if "rwsem" in one.title and "threads=2" in one.title]
    data = slow.data
    assert len(data["points"]) == 24 and data["epochs"] == [20]
    [[first, last, before, after]] = data["changes"]
    assert first <= 10 <= last and after / before < 0.95
    assert all(low <= value <= high for _, _, low, value, high, _ in data["points"])
    assert "24 sessions, commits in git's order, n = 6" in slow.caption
    assert "measured, not simulated" in slow.caption
    assert slow.labels["machine"] == "Synthetic CPU 9000" and slow.labels["threads"] == 2
    json.dumps(data, allow_nan=False)


def test_an_accepted_change_is_a_labelled_line_and_no_change(tmp_path: Path) -> None:
    from report.gate.accepted import read_accepted

    kept = Kept(tmp_path)
    kept.fill(24, slow_from=12)
    path = tmp_path / "accepted.toml"
    path.write_text(
        f'[[accepted]]\nbenchmark = "*threads=2"\nmetric = "*"\ncommit = "{kept.commits[12]}"\n'
        'reason = "known"\n')
    series = history_series(kept.store, designs=["rwsem"], counts=[2],
                            accepted=read_accepted(path))
    [line] = dashboard_lines(series)
    assert line.changes == []
    assert [(one.at, one.reason) for one in line.accepted] == [(12, "known")]
    assert dashboard_lines(series, least=25) == []
