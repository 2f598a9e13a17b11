#!/usr/bin/env python3
"""dashboard_bench.py: how long a dashboard takes to make and its charts to draw; prints figures.

No test: the figures depend on the machine. Goals, on an idle desktop: a session of 1,000 runs
within 5 s, a page of 20 charts drawn within 1.5 s.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "report"), str(ROOT / "tests" / "dashboard")]

import synthetic  # noqa: E402
from browser import Browser, chromium  # noqa: E402
from report import load_file  # noqa: E402
from report.dashboard import make_pages, write_dashboard, write_single  # noqa: E402
from report.dashboard.history import Line, Point, changes_of  # noqa: E402

goal_charts = 20
DRAW = """(() => {
  const cards = [...document.querySelectorAll('[data-chart]')].slice(0, %d);
  const begin = performance.now();
  cards.forEach((one) => one.card.draw());
  return [cards.length, performance.now() - begin,
          performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd];
})()""" % goal_charts


def session(folder: Path, name: str, rounds: int) -> Path:
    """A result file of 72 configurations x `rounds`."""
    document = synthetic.result(rounds=rounds)
    document["session"]["id"] = f"20261122T13010{ord(name[0]) % 10}Z-00c0ffee"
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def make(folder: Path, paths: list[Path], out: str) -> float:
    """Seconds from files to a dashboard."""
    begin = time.perf_counter()
    write_dashboard(make_pages([load_file(path) for path in paths]), folder / out, "bench", "")
    return time.perf_counter() - begin


def draw(folder: Path, page: str) -> None:
    """Prints how long a page loads and its charts draw, the best of three."""
    browser = Browser()
    found = []
    for _ in range(3):
        tab = browser.page(1500, 1000)
        tab.open(folder / f"{page}.html")
        found.append(tab.value(DRAW))
        tab.close()
    browser.close()
    charts, drawn, loaded = min(found, key=lambda one: one[1])
    print(f"{page}: document ready in {loaded:.0f} ms, {charts} charts drawn in {drawn:.0f} ms")


def history(folder: Path) -> float:
    """Seconds for a history of 1,000 sessions x 60 configurations, which a store has read."""
    lines = [
        Line(f"configuration {i}", "host", "fault/s", "higher", {"workload": "pf_shared"}, [
            Point(f"{day:040x}", f"{2020 + day // 360}-{day // 30 % 12 + 1:02}-{day % 30 + 1:02}",
                  1e6 * (1 + day % 7 / 100), 0.98e6, 1.1e6, 12, "kernel") for day in range(1000)
        ]) for i in range(60)
    ]
    begin = time.perf_counter()
    lines = [replace(line, changes=changes_of(line.points)) for line in lines]
    result = load_file(session(folder, "history", 1))
    write_dashboard(make_pages([result], lines), folder / "history", "bench", "")
    return time.perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = session(folder, "a", 14)
        print(f"1,008 runs ({path.stat().st_size / 1e6:.1f} MB) to a dashboard: "
              f"{make(folder, [path], 'one'):.2f} s")
        begin = time.perf_counter()
        write_single(make_pages([load_file(path)]), folder / "x.html", "bench", "")
        print(f"the same as one file: {time.perf_counter() - begin:.2f} s, "
              f"{(folder / 'x.html').stat().st_size / 1e6:.1f} MB")
        others = [session(folder, letter, 6) for letter in "bcd"]
        print(f"four sessions, 2,304 runs: {make(folder, [path, *others], 'four'):.2f} s, "
              f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")
        print(f"1,000 sessions x 60 configurations with change points: {history(folder):.2f} s, "
              f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")
        if chromium() is None:
            print("chromium is not installed: no chart was drawn")
            return
        draw(folder / "four", "scaling")
        draw(folder / "four", "compare")
        draw(folder / "history", "history")


if __name__ == "__main__":
    main()
