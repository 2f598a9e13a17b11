"""series.py: the history of a configuration under a metric: points in order, changes, suspects.

    from report.history.series import history_frame, history_series
    series = history_series("results", workloads=["pf_shared"], metrics=["throughput"])
    frame = history_frame(series)      # one row a point, for plots and notebooks
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from report.compare.samples import distinguishing, label_of
from report.errors import EXIT_INPUT, ReportError
from report.gate.accepted import Accepted
from report.history.changes import Shift, find_shifts, find_suspects
from report.history.commits import topological
from report.history.index import Cell, Entry, Index, read_index
from report.metrics import Metric, metrics
from report.near import near_names
from report.result import Benchmark

if TYPE_CHECKING:
    import pandas

    from report.frames import About


@dataclass(frozen=True)
class Point:
    """One session of a series. value: median over its runs, in the series' unit; low, high: its
    95 % interval, None where there are too few runs. epoch: number of its epoch in the series.
    accepted: the reason of an accepted change that takes effect here. place: of the session in the
    order of its machine's sessions."""

    session: str
    started: str  # RFC 3339, UTC
    commit: str | None
    dirty: bool | None
    value: float
    low: float | None
    high: float | None
    n: int
    epoch: int
    accepted: str | None = None
    place: int = 0


@dataclass(frozen=True)
class Series:
    """One configuration under one metric on one machine, its points in the order of commits.

    label: the parameters that tell it from the other series. epochs: for each epoch what it is
    of, by name; nothing is ever compared across them. suspects: for each epoch 1 or -1 when its two
    newest points lie above or below all that the ones before allow. ordered_by: "git" or "time".
    exact: simulated, so that there is no noise. benches: where its sessions ran: "host", "sim",
    "imported from gbench".
    """

    machine: str
    words: str
    label: str
    benchmark: Benchmark
    metric: Metric
    points: tuple[Point, ...]
    epochs: tuple[tuple[tuple[str, str], ...], ...]
    shifts: tuple[Shift, ...]
    suspects: tuple[int, ...]
    ordered_by: str
    exact: bool
    benches: tuple[str, ...]

    @property
    def unit(self) -> str:
        return self.metric.unit_of(self.benchmark)

    @property
    def threshold(self) -> float:
        return self.metric.threshold_of(self.benchmark)


def history_series(
    store: str | Path | Index, workloads: Sequence[str] = (), designs: Sequence[str] = (),
    metrics: Sequence[str] = ("throughput",), machines: Sequence[str] = (),
    placements: Sequence[str] = (), counts: Sequence[int] = (),
    accepted: Sequence[Accepted] = (), changes: bool = True,
) -> list[Series]:
    """The series of a store, by machine, metric and the order of the configurations.

    Empty selections mean everything. changes: look for change points and suspects, too. Raises
    ReportError (exit 2) for a store that cannot be read or a name that is not in it.
    """
    index = store if isinstance(store, Index) else read_index(Path(store))
    check_names(index, workloads, designs, metrics, machines, placements)
    chosen = {
        b.index for b in index.configs
        if (not workloads or b.workload in workloads) and (not designs or b.design in designs)
        and (not placements or b.placement in placements) and (not counts or b.count in counts)
    }
    entries = [e for e in index.entries if not machines or e.machine in machines]
    found: list[Series] = []
    for machine in dict.fromkeys(entry.machine for entry in entries):
        mine = [entry for entry in entries if entry.machine == machine]
        ordered, how = in_order(mine, index.store)
        cells: dict[int, list[tuple[int, Entry, Cell]]] = {}
        for place, entry in enumerate(ordered):
            for cell in entry.cells:
                cells.setdefault(cell.config, []).append((place, entry, cell))
        there = sorted(cells.keys() & chosen)
        names = distinguishing([index.configs[i] for i in there], frozenset())
        for metric in metrics:
            for config in there:
                one = make_series(cells[config], index.configs[config], metric, how, names)
                if one is not None:
                    found.append(with_findings(one, accepted) if changes else one)
    return found


def check_names(
    index: Index, workloads: Sequence[str], designs: Sequence[str], wanted: Sequence[str],
    machines: Sequence[str], placements: Sequence[str],
) -> None:
    there = {
        "workload": (workloads, [b.workload for b in index.configs]),
        "design": (designs, [b.design for b in index.configs]),
        "placement": (placements, [b.placement for b in index.configs]),
        "metric": (wanted, list(metrics)),
        "machine": (machines, [entry.machine for entry in index.entries]),
    }
    for kind, (asked, known) in there.items():
        for name in asked:
            if name not in known:
                near = near_names(name, list(dict.fromkeys(known)))
                raise ReportError(EXIT_INPUT, f"{index.store} has no {kind} '{name}'; {near}")


def in_order(entries: Sequence[Entry], store: Path) -> tuple[list[Entry], str]:
    """The sessions by commit, ancestors first; by time, where git does not know the commits."""
    commits = {entry.commit for entry in entries}
    ranks = None
    if None not in commits:
        ranks = topological(store, [commit for commit in commits if commit])
    if ranks is None:
        return sorted(entries, key=lambda e: (e.started, e.session)), "time"
    return sorted(entries, key=lambda e: (ranks[e.commit], e.started, e.session)), "git"


def make_series(
    cells: Sequence[tuple[int, Entry, Cell]], benchmark: Benchmark, metric: str, ordered_by: str,
    names: list[str],
) -> Series | None:
    """The points of one configuration; None when no session has a value of it."""
    points, epochs = [], []
    there = [one for one in cells if metric in one[2].values]
    if not there:
        return None
    for place, entry, cell in there:
        epoch = (*entry.epoch, ("benchmark", cell.version))
        if epoch not in epochs:
            epochs.append(epoch)
        value, low, high = cell.values[metric]
        points.append(Point(
            entry.session, entry.started, entry.commit, entry.dirty, value, low, high, cell.n,
            epochs.index(epoch), place=place,
        ))
    last = there[-1][1]
    return Series(
        last.machine, last.words, label_of(benchmark, names), benchmark, metrics[metric],
        tuple(points), tuple(epochs), (), (0,) * len(epochs), ordered_by, last.bench == "sim",
        tuple(dict.fromkeys(entry.bench for _, entry, _ in there)),
    )


def with_findings(series: Series, accepted: Sequence[Accepted]) -> Series:
    """The series with its changes, suspects and accepted changes."""
    values = [point.value for point in series.points]
    shifts: list[Shift] = []
    suspects: list[int] = []
    for epoch in range(len(series.epochs)):
        places = [i for i, point in enumerate(series.points) if point.epoch == epoch]
        mine = [values[i] for i in places]
        found = find_shifts(
            mine, places, [cause_of(series.points[i]) for i in places], series.threshold,
            series.metric.better, series.metric.relative, series.exact,
        )
        # What a change explains is not suspect once more: the level of today counts.
        since = found[-1].best if found else 0
        today = [values[i] for i in places if i >= since]
        suspects.append(0 if series.exact else find_suspects(today, series.threshold))
        shifts += found
    points, shifts = mark_accepted(series, shifts, accepted)
    return replace(series, points=points, shifts=tuple(shifts), suspects=tuple(suspects))


def cause_of(point: Point) -> str | None:
    """The commit that a figure can be blamed on; None for a build of a changed tree."""
    return None if point.dirty else point.commit


def mark_accepted(
    series: Series, shifts: list[Shift], accepted: Sequence[Accepted]
) -> tuple[tuple[Point, ...], list[Shift]]:
    """Labels the points at which accepted changes take effect, and the shifts that they explain."""
    points = list(series.points)
    b = series.benchmark
    names = (
        series.label,
        f"{b.workload}/design={b.design}/placement={b.placement}/threads={b.threads}",
    )
    for entry in accepted:
        if not entry.meets(names, series.metric.name):
            continue
        place = takes_effect(entry, points)
        if place is None:
            continue
        points[place] = replace(points[place], accepted=entry.label)
        for i, shift in enumerate(shifts):
            scale = 100 if series.metric.relative else 1
            if shift.first <= place <= shift.last and entry.covers(scale * shift.change):
                shifts[i] = replace(shift, accepted=entry.label)
    return tuple(points), shifts


def takes_effect(entry: Accepted, points: Sequence[Point]) -> int | None:
    """The first point of the entry's commit or, for one with a date alone, from that day on."""
    for i, point in enumerate(points):
        if entry.commit is not None:
            if point.commit is not None and point.commit.startswith(entry.commit):
                return i
        elif entry.since is not None and point.started[:10] >= entry.since.isoformat():
            return i
    return None


def history_frame(
    series: Sequence[Series] | str | Path | Index, **selection: Any
) -> pandas.DataFrame:
    """One row a point: machine, label, panel and configuration, metric, unit, better, position
    (its place in the order of commits), commit, session, time, value, low, high, n, epoch,
    epoch_words, accepted, change (ratio of the change that begins here at the best, else NaN),
    since (commit of the last point before the range of a change that ends here, else None),
    place (of the session on its machine). `attrs` has the words for report.plots.history.

    series: those of history_series, or a store, from which `selection` chooses as there.
    """
    import pandas

    if isinstance(series, (str, Path, Index)):
        series = history_series(series, **selection)
    rows = []
    panels = panels_of(series)
    for one in series:
        begins = {shift.best: shift.ratio for shift in one.shifts}
        since = {shift.last: before(one, shift.first).commit for shift in one.shifts
                 if shift.accepted is None}
        b = one.benchmark
        for position, point in enumerate(one.points):
            rows.append((
                one.machine, one.label, panels[one.machine, b.index], b.workload, b.design,
                b.placement, b.count,
                one.metric.name, one.unit, one.metric.better, position, point.commit,
                point.session, point.started, point.value, point.low, point.high, point.n,
                point.epoch, epoch_words(one, point.epoch), point.accepted,
                begins.get(position, float("nan")), since.get(position), point.place,
            ))
    frame = pandas.DataFrame(rows, columns=frame_columns)
    times = {text: instant_of(text) for text in frame["time"].unique()}
    frame["time"] = pandas.to_datetime(frame["time"].map(times), utc=True, errors="coerce")
    frame = frame.astype({"low": "float64", "high": "float64"})
    frame.attrs["about"] = about(series)
    return frame


def before(series: Series, place: int) -> Point:
    """The last point of the same epoch before the one at `place`, which is not the first."""
    epoch = series.points[place].epoch
    return next(point for point in reversed(series.points[:place]) if point.epoch == epoch)


def panels_of(series: Sequence[Series]) -> dict[tuple[str, int], str]:
    """The title of the panel of each configuration of each machine."""
    from report.summary import panel_title, splitting_params

    machines = list(dict.fromkeys(one.machine for one in series))
    titles = {}
    for machine in machines:
        mine = list({one.benchmark.index: one.benchmark for one in series
                     if one.machine == machine}.values())
        splitting = splitting_params(mine)
        for b in mine:
            where = f" on {machine}" if len(machines) > 1 else ""
            titles[machine, b.index] = panel_title(b, splitting) + where
    return titles


def about(series: Sequence[Series]) -> About:
    """The words for a plot of history_frame."""
    from report.frames import About, together
    from report.history.text import bench_words

    orders = {"git": "commits in git's order", "time": "in order of time"}
    found = [
        About(one.words, "; ".join(map(bench_words, one.benches)), orders[one.ordered_by],
              f"machine {one.machine}", None)
        for one in series
    ]
    return together(list(dict.fromkeys(found)) or [About("", "", "", "", None)])


frame_columns = (
    "machine", "label", "panel", "workload", "design", "placement", "count", "metric", "unit",
    "better", "position", "commit", "session", "time", "value", "low", "high", "n", "epoch",
    "epoch_words", "accepted", "change", "since", "place",
)


def instant_of(text: str) -> datetime | None:
    """A session's start; None for a text that is no time."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def epoch_words(series: Series, epoch: int) -> str:
    """What is new in an epoch: "kernel 6.19"; of the first one everything but the benchmark."""
    facts = series.epochs[epoch]
    before = series.epochs[epoch - 1] if epoch else ()
    return ", ".join(f"{name} {value}" for name, value in facts if (name, value) not in before)
