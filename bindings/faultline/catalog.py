"""catalog.py: what there is to measure, to simulate and to check, as `faultline list` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping


@dataclass(frozen=True)
class Layout:
    """A placement of a design's lock, and the bytes it takes."""

    placement: str  # separate | embedded | none
    vma_bytes: int | None  # of the whole VMA; None for a yardstick, which has none
    lock_bytes: int
    lock_offset: int | None  # bytes from the beginning of the VMA; None unless embedded


@dataclass(frozen=True)
class Design:
    """A lock design: one complete scheme of the per-VMA lock, or a yardstick."""

    name: str
    summary: str
    kind: str  # vma | yardstick: which workloads it takes
    free_policy: str | None  # when the memory of a VMA is given back; None for a yardstick
    placements: tuple[Layout, ...]  # the first one is that of its source


@dataclass(frozen=True)
class Param:
    """A parameter of a workload, for `set`."""

    name: str
    default: int
    least: int
    most: int
    unit: str
    help: str


@dataclass(frozen=True)
class Workload:
    """What the threads do."""

    name: str
    summary: str
    unit: str  # what one operation is
    version: int  # another one: figures are no longer comparable
    kind: str  # vma | yardstick: which designs it takes | kernel: real system calls
    params: tuple[Param, ...]


@dataclass(frozen=True)
class Scenario:
    """A small program whose every schedule is explored."""

    name: str
    summary: str
    threads: tuple[int, ...]  # numbers of threads it is explored with
    designs: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """How much is measured: a value of `suite`."""

    name: str
    summary: str
    rounds: int  # fresh processes of each configuration
    trials: int  # timed windows in a process
    trial_s: float  # seconds
    warmup_s: float  # seconds


@dataclass(frozen=True)
class Border:
    """A number of CPUs from which on another part of a machine is in use."""

    cpus: int
    part: str  # sibling | cluster | node | socket


@dataclass(frozen=True)
class Machine:
    """A machine for the simulator."""

    name: str
    summary: str
    cpus: int
    calibrated: str  # yes | partly | no: against published contention curves
    made_up: bool  # there is no such machine
    borders: tuple[Border, ...]

    @property
    def profile(self) -> dict[str, str | int | float | bool]:
        """Every value by its key, as in its file: {"transfer.machine_ns": 60.146, ...}.

        Times are nanoseconds. A copy with changes is a machine for simulate().
        """
        return {key: value for key, value in flat(self._toml()).items()
                if not key.startswith("sources.")}

    @property
    def sources(self) -> dict[str, str]:
        """Where values are from, by key, or by table for all of its keys."""
        return dict(self._toml()["sources"])

    def _toml(self) -> dict[str, Any]:
        import tomllib

        from faultline import _core

        return tomllib.loads(_core.machine_text(self.name, []))


def flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of values as "table.key"; what is no table stays."""
    values: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping):
            values.update({f"{name}.{key}": one for key, one in value.items()})
        else:
            values[name] = value
    return values


def listed(kind: str, **parts: Callable[..., Any]) -> list[dict[str, Any]]:
    """What `faultline list KIND --json` prints; each element of a row's list by its class."""
    import json

    from faultline import _core

    rows: list[dict[str, Any]] = json.loads(_core.list_json(kind))
    for row in rows:
        for name, part in parts.items():
            row[name] = tuple(part(**one) if isinstance(one, dict) else part(one)
                              for one in row[name])
    return rows


def designs() -> list[Design]:
    """All lock designs, in the order of `faultline list designs`."""
    return [Design(**row) for row in listed("designs", placements=Layout)]


def workloads() -> list[Workload]:
    """All workloads, with their parameters."""
    return [Workload(**row) for row in listed("workloads", params=Param)]


def scenarios() -> list[Scenario]:
    """All scenarios of check()."""
    return [Scenario(**row) for row in listed("scenarios", threads=int, designs=str)]


def suites() -> list[Suite]:
    """All values of run()'s `suite`."""
    return [Suite(**row) for row in listed("suites")]


def machines() -> list[Machine]:
    """All machines of simulate(), those that come with faultline."""
    return [Machine(**row) for row in listed("machines", borders=Border)]
