"""index.py: what each stored session says, in one file: index.json, derived and safe to delete.

A session of 720 runs takes 0.1 s to read; its medians take none. The index is brought up to date
whenever it is read: by size and time of each file, and by its hash where these differ.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Iterator, Sequence

from report import describe
from report.compare.samples import Samples, key_of
from report.errors import ReportError, ascii_line
from report.history.store import main_subject, stored_files
from report.load import load_file
from report.metrics import metrics
from report.result import Benchmark, Result, SimResult

index_name = "index.json"
index_version = 1
many = 50  # files, from which on reading them takes seconds and is worth other processes


@dataclass(frozen=True)
class Cell:
    """One configuration of one session. values: (median, low, high) by metric; low and high, the
    95 % interval of the median, are None where there are too few runs for one."""

    config: int  # index into Index.configs
    version: str  # of the benchmark
    n: int
    values: dict[str, tuple[float, float | None, float | None]]


@dataclass(frozen=True)
class Entry:
    """One session. epoch: what must be the same for two sessions to be of one series, by name.

    size, mtime_ns, sha256: of the file that it was read from.
    """

    file: str  # relative to the store
    size: int
    mtime_ns: int
    sha256: str
    machine: str  # its folder
    words: str  # the machine for people
    session: str
    started: str
    bench: str
    commit: str | None
    dirty: bool | None
    epoch: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]


@dataclass
class Index:
    """Everything that a history needs of a store. problems: files that could not be read."""

    store: Path
    configs: list[Benchmark] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # of each configuration's key

    def number(self, benchmark: Benchmark) -> int:
        """The place of a configuration in `configs`, which gets it when it is new."""
        key = f"{key_of(benchmark, frozenset())} {benchmark.cpus} {benchmark.unit}"
        if key not in self.numbers:
            self.numbers[key] = len(self.configs)
            self.configs.append(replace(
                benchmark, index=len(self.configs), id="", version="", roles=[]
            ))
        return self.numbers[key]

    def take(self, other: Index) -> Entry | None:
        """The entry of an index of one file, its configurations numbered as here."""
        self.problems += other.problems
        if not other.entries:
            return None
        [entry] = other.entries
        number = [self.number(benchmark) for benchmark in other.configs]
        return replace(entry, cells=tuple(
            replace(cell, config=number[cell.config]) for cell in entry.cells
        ))


def read_index(store: Path) -> Index:
    """The index of a store, brought up to date and written back where that is possible.

    Raises ReportError (exit 2) when the store cannot be read.
    """
    files = stored_files(store)
    index = Index(store)
    known = parse_index(store / index_name, index)
    kept = {path: known_entry(known, store, path) for path in files}
    made = summaries(store, [path for path, entry in kept.items() if entry is None])
    for path, entry in kept.items():
        if entry is None:
            entry = index.take(next(made))
        if entry is not None:
            index.entries.append(entry)
    if [state_of(entry) for entry in index.entries] != list(map(state_of, known.values())):
        write_json(store / index_name, to_json(index))
    return index


def known_entry(known: dict[str, Entry], store: Path, path: Path) -> Entry | None:
    """The entry of this very file: the same size and time, or else the same hash."""
    entry = known.get(path.relative_to(store).as_posix())
    if entry is None:
        return None
    status = path.stat()
    if (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return entry
    if entry.sha256 != hashlib.sha256(path.read_bytes()).hexdigest():
        return None
    return replace(entry, size=status.st_size, mtime_ns=status.st_mtime_ns)


def state_of(entry: Entry) -> tuple[str, int, int, str]:
    """What tells whether the written index still holds."""
    return entry.file, entry.size, entry.mtime_ns, entry.sha256


def summaries(store: Path, paths: Sequence[Path]) -> Iterator[Index]:
    """An index of each file alone, in order; many files are read by all CPUs."""
    if len(paths) <= many:
        yield from (summarise(store, path) for path in paths)
        return
    print(f"faultline history: reading {len(paths)} sessions into {store / index_name}",
          file=sys.stderr)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(partial(summarise, store), paths, chunksize=8)


def summarise(store: Path, path: Path) -> Index:
    """An index of one file: its entry, or the problem that it cannot be read."""
    index = Index(store)
    try:
        result = load_file(path)
    except ReportError as error:
        index.problems.append(str(error))
        return index
    if isinstance(result, Result):
        index.entries.append(entry_of(result, path, index))
    else:
        index.problems.append(f"{path} has no figures; it does not belong into a history")
    return index


def entry_of(result: Result, path: Path, index: Index) -> Entry:
    subject = main_subject(result)
    samples = Samples(result, subject=subject.id)
    status = path.stat()
    return Entry(
        file=path.relative_to(index.store).as_posix(),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        machine=path.parent.name,
        words=machine_words(result),
        session=result.session.id,
        started=result.session.started,
        bench=bench_of(result),
        commit=subject.commit,
        dirty=subject.dirty,
        epoch=epoch_of(result),
        cells=tuple(cell_of(samples, benchmark, index) for benchmark in result.benchmarks),
    )


def machine_words(result: Result) -> str:
    if isinstance(result, SimResult):
        return f"{result.simulated.name} (simulated)"
    return describe.machine(result)


def bench_of(result: Result) -> str:
    """"host", or "imported from gbench" of a session that another program measured."""
    source = result.session.imported
    return f"imported from {source.format}" if source else result.session.bench


def epoch_of(result: Result) -> tuple[tuple[str, str], ...]:
    """What makes figures of two sessions incomparable when it changes, by name."""
    plan = result.plan
    if isinstance(result, SimResult):
        sim = result.sim_plan
        return (
            ("bench", "sim"), ("machine", result.simulated.summary),
            ("seeds", f"{sim.first_seed} to {sim.first_seed + plan.rounds - 1}"),
            ("threads a CPU", str(sim.threads_per_cpu)), ("park", sim.park),
            ("window", f"{plan.trial_s:g} s"),
        )
    if result.session.imported is not None:  # it says nothing of how it was recorded
        return (("bench", bench_of(result)), ("kernel", str(result.kernel_release)))
    subject = main_subject(result)
    return (
        ("bench", bench_of(result)), ("kernel", str(result.kernel_release)),
        ("compiler", f"{subject.compiler} {subject.flags} {subject.buildtype}"),
        ("pinning", str(plan.pin)), ("trial", f"{plan.trial_s:g} s"),
    )


def cell_of(samples: Samples, benchmark: Benchmark, index: Index) -> Cell:
    from report.stats import quantile_interval

    values: dict[str, tuple[float, float | None, float | None]] = {}
    n = 0
    for name, metric in metrics.items():
        sample = samples.sample(benchmark, metric)
        if sample.median is None:
            continue
        n = max(n, sample.n)
        low, high = quantile_interval(sample.values, 0.5)
        known = math.isfinite(low) and math.isfinite(high)
        values[name] = (sample.median, low, high) if known else (sample.median, None, None)
    return Cell(index.number(benchmark), benchmark.version, n, values)


def to_json(index: Index) -> dict[str, Any]:
    """The index as JSON values; configurations and versions stand in it once."""
    versions = list(dict.fromkeys(cell.version for e in index.entries for cell in e.cells))
    number = {version: i for i, version in enumerate(versions)}
    sessions = []
    for entry in index.entries:
        values = dict(entry.__dict__)
        values["cells"] = [
            [cell.config, number[cell.version], cell.n, cell.values] for cell in entry.cells
        ]
        sessions.append(values)
    configs = [
        {"family": b.family, "unit": b.unit, "params": b.params, "cpus": b.cpus,
         "oversubscribed": b.oversubscribed} for b in index.configs
    ]
    return {"version": index_version, "metrics": list(metrics), "configs": configs,
            "versions": versions, "sessions": sessions}


def write_json(path: Path, value: Any) -> None:
    """By rename. A store that cannot be written is read slowly, and that is all."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.write_text(json.dumps(value, separators=(",", ":")), encoding="ascii")
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)


def parse_index(path: Path, index: Index) -> dict[str, Entry]:
    """The entries of an index by file; none where it is damaged or of another version."""
    try:
        document = json.loads(path.read_bytes())
        if [document["version"], document["metrics"]] != [index_version, list(metrics)]:
            return {}
        places = [index.number(parse_config(one)) for one in document["configs"]]
        versions = [str(version) for version in document["versions"]]
        entries = [parse_entry(one, places, versions) for one in document["sessions"]]
        return {entry.file: entry for entry in entries}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError):
        index.configs.clear()
        index.numbers.clear()
        return {}


def parse_config(one: dict[str, Any]) -> Benchmark:
    params = dict(one["params"])
    for name in ("workload", "design", "placement", "threads"):
        params[name]  # noqa: B018  raises KeyError
    return Benchmark(
        index=0, id="", family=str(one["family"]), unit=str(one["unit"]), params=params,
        oversubscribed=bool(one["oversubscribed"]), version="", roles=[], cpus=one["cpus"],
    )


def parse_entry(one: dict[str, Any], places: list[int], versions: list[str]) -> Entry:
    return Entry(**{
        **one,
        "epoch": tuple((str(a), str(b)) for a, b in one["epoch"]),
        "cells": tuple(
            Cell(places[config], versions[version], int(n), {
                name: (finite(m), low and finite(low), high and finite(high))
                for name, (m, low, high) in values.items() if name in metrics
            })
            for config, version, n, values in one["cells"]
        ),
    })


def finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
