"""text.py: the history as plain text of at most 72 columns: a line a series, then what changed."""

from __future__ import annotations

import statistics
import textwrap
from typing import Sequence

from report import describe
from report.errors import ascii_line
from report.history.changes import Shift
from report.history.series import Point, Series, epoch_words
from report.table import elide

width = 72
indent = "  "
label_width = 29
spark_width = 18
levels = "_.-=+*#@"
flat = 0.02  # relative range below which a sparkline is not stretched, so that noise looks small


def history_text(series: Sequence[Series], last: int | None = None) -> str:
    """The whole text. last: only the newest so many points of each series."""
    lines: list[str] = []
    for machine in dict.fromkeys(one.machine for one in series):
        mine = [one for one in series if one.machine == machine]
        lines += [*([""] if lines else []), *machine_lines(mine, last)]
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def machine_lines(mine: Sequence[Series], last: int | None) -> list[str]:
    first = mine[0]
    sessions = {point.session for one in mine for point in one.points}
    order = {
        "git": "commits in git's topological order",
        "time": "by time of the session, as git does not know every commit",
    }[first.ordered_by]
    kind = ", ".join(dict.fromkeys(bench_words(bench) for one in mine for bench in one.benches))
    lines = wrap(f"faultline history: {describe.count(len(sessions), 'session')}, {kind}")
    lines += wrap(f"machine  {first.machine}: {first.words}", hanging=9)
    lines += wrap(f"order    {order}", hanging=9)
    for name, workload in dict.fromkeys((o.metric.name, o.benchmark.workload) for o in mine):
        chosen = [
            one for one in mine
            if (one.metric.name, one.benchmark.workload) == (name, workload)
        ]
        lines += ["", *wrap(f"{workload}: {chosen[0].metric.title} [{chosen[0].unit}], "
                            f"{chosen[0].metric.better} is better")]
        lines.append(f"{indent}{'':<{label_width}} {'n':>4} {'newest':>7} {'change':>7}  history")
        lines += [series_line(one, last) for one in chosen]
    lines += ["", *legend()]
    for one in mine:
        lines += findings(one, last)
    return lines + epoch_lines(mine)


def bench_words(bench: str) -> str:
    if bench == "sim":
        return "simulated, no clock was read"
    return "measured, not simulated" if bench in ("host", "kernel") else bench


def series_line(one: Series, last: int | None) -> str:
    """Label, points, newest value, its change against the median of its epoch, sparkline."""
    points = one.points[-last:] if last else one.points
    newest = points[-1]
    before = [p.value for p in one.points[:-1] if p.epoch == newest.epoch]
    change = "-"
    if before:
        middle = statistics.median(before)
        if one.metric.relative and middle:
            change = f"{100 * (newest.value / middle - 1):+.1f}%"
        else:
            change = f"{newest.value - middle:+.3f}"
    name = ascii_line(one.label.removeprefix(f"{one.benchmark.workload}/"))
    name = name.removeprefix("design=")
    return (
        f"{indent}{elide(name, label_width):<{label_width}} {len(points):>4} "
        f"{describe.compact(newest.value):>7} {change:>7}  {sparkline(points)}"
    )


def sparkline(points: Sequence[Point], cells: int = spark_width) -> str:
    """One character a point, low to high `_.-=+*#@`; `|` where an epoch begins.

    More points than cells are dealt to them in order, and a cell shows the median of its own.
    """
    parts: list[list[Point]] = []
    for point in points:
        if not parts or parts[-1][-1].epoch != point.epoch:
            parts.append([])
        parts[-1].append(point)
    room = max(cells - 2 * len(parts) + 2, 1)
    size = max(-(-len(points) // room), 1)
    values = [point.value for point in points]
    middle = statistics.median(values)
    low, high = min(values), max(values)
    if high - low < flat * abs(middle):
        low, high = middle - flat * abs(middle) / 2, middle + flat * abs(middle) / 2
    drawn = []
    for part in parts:
        dealt = [part[start : start + size] for start in range(0, len(part), size)]
        middles = [statistics.median(point.value for point in few) for few in dealt]
        drawn.append("".join(level_of(value, low, high) for value in middles))
    return "|".join(drawn)[-cells:]


def level_of(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return levels[min(int(share * len(levels)), len(levels) - 1)]


def legend() -> list[str]:
    return wrap(
        "n: sessions. newest: median of the newest session's runs. change: against the median of "
        "the sessions before it in its epoch. history: _.-=+*#@ from lowest to highest, | where "
        "an epoch begins (another kernel, compiler, pinning or benchmark version), across which "
        "nothing is compared."
    )


def findings(one: Series, last: int | None) -> list[str]:
    """Changes, suspects and accepted changes of one series; nothing where there is none."""
    from_place = len(one.points) - last if last else 0
    lines: list[str] = []
    for shift in one.shifts:
        if shift.last >= from_place:
            lines += wrap(shift_words(one, shift), first=4, hanging=4)
    for epoch, sign in enumerate(one.suspects):
        if sign and epoch == one.points[-1].epoch:
            lines += wrap(suspect_words(one, sign), first=4, hanging=4)
    for point in one.points:
        explained = any(shift.accepted == point.accepted for shift in one.shifts)
        if point.accepted and not explained:
            lines += wrap(f"accepted at {commit_words(point.commit)}: {point.accepted}", first=4,
                          hanging=4)
    return ["", *wrap(f"{one.label}: {one.metric.name}", hanging=2), *lines] if lines else []


def epoch_lines(mine: Sequence[Series]) -> list[str]:
    """Where epochs begin, each said once; of which series, where it is not of all."""
    found: dict[str, list[str]] = {}
    for one in mine:
        for epoch in range(1, len(one.epochs)):
            begin = next(point for point in one.points if point.epoch == epoch)
            words = (f"epoch from {commit_words(begin.commit)} ({begin.started[:10]}): "
                     f"{epoch_words(one, epoch)}")
            found.setdefault(words, []).append(one.label)
    lines = [""] if found else []
    for words, labels in found.items():
        whose = "" if len(labels) == len(mine) else f"; of {', '.join(dict.fromkeys(labels))}"
        lines += wrap(words + whose, hanging=2)
    return lines


def shift_words(one: Series, shift: Shift) -> str:
    """"WORSE -8.1 % in abc..def: 8.92M -> 8.20M, 12 and 9 sessions"."""
    word = "WORSE" if shift.worse else "BETTER"
    size = f"{100 * shift.change:+.1f} %" if shift.relative else f"{shift.change:+.3f}"
    text = (
        f"{word} {size} in {range_words(shift)}: {describe.compact(shift.before)} -> "
        f"{describe.compact(shift.after)} {one.unit}"
    )
    if not one.exact:
        text += f", {shift.points[0]} and {describe.count(shift.points[1], 'session')}"
    return text + (f"; accepted: {shift.accepted}" if shift.accepted else "")


def range_words(shift: Shift) -> str:
    return f"{commit_words(shift.good)}..{commit_words(shift.bad)}"


def commit_words(commit: str | None) -> str:
    return commit[:12] if commit else "unknown"


def suspect_words(one: Series, sign: int) -> str:
    where = "above" if sign > 0 else "below"
    worse = (sign < 0) == (one.metric.better == "higher")
    return (
        f"SUSPECT: the newest 2 sessions lie {where} what the ones before allow "
        f"({'worse' if worse else 'better'}); record these commits again, or gate them"
    )


def wrap(words: str, first: int = 2, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        ascii_line(words), width=width, initial_indent=" " * first,
        subsequent_indent=" " * (first + hanging), break_on_hyphens=False,
    )
