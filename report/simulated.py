"""simulated.py: what only the simulator writes: the machine it played and what a run cost there.

No times of a clock: all of them are the simulated machine's own.
"""

from __future__ import annotations

from dataclasses import dataclass

# Where a line came from when a CPU asked for it, in the file's order, nearest first.
transfer_classes = (
    "cluster_copy", "upgrade", "cluster_modified", "node_modified", "socket_modified",
    "remote_modified", "shared", "memory", "home",
)
# What perf c2c calls HITM: the line was modified in another core's cache.
local_hitm = ("cluster_modified", "node_modified", "socket_modified")
remote_hitm = ("remote_modified",)


@dataclass(frozen=True)
class Border:
    """A number of CPUs from which on a part of the machine takes part that did not before."""

    cpus: int  # the first number with it
    part: str  # sibling | cluster | node | socket: the largest part that is new


@dataclass(frozen=True)
class SimulatedMachine:
    """The machine profile in short."""

    name: str
    summary: str
    calibrated: str  # yes | partly | no
    made_up: bool  # no such machine exists
    cpus: int
    sockets: int
    cores: int
    smt: int  # CPUs a core
    borders: list[Border]  # ascending


@dataclass(frozen=True)
class Place:
    """A field of a line, by the source line that asked for it."""

    field: str | None  # None: not known
    where: str  # FILE:LINE of the repository
    transfers: int


@dataclass(frozen=True)
class Line:
    """A cache line for which CPUs waited."""

    transfers: int
    sources: dict[str, int]  # transfers by class
    waited_ns: int  # in its queue and for its way, all transfers together
    queue_mean: float  # requests already there, seen by those who found the line busy
    queue_max: int
    places: list[Place]  # the busiest first

    def share(self, classes: tuple[str, ...]) -> float:
        """The part of the transfers that are of these classes, 0..1."""
        return sum(self.sources[name] for name in classes) / max(self.transfers, 1)


@dataclass(frozen=True)
class Figures:
    """What one simulated run says beside its trial."""

    hash: str  # of all events: equal where two runs were the same to the last bit
    waits: int  # operations whose waiting time was kept
    wait_p50_ns: int  # waiting time of an operation: stalled, spinning or asleep
    wait_p99_ns: int
    wait_p999_ns: int
    wait_max_ns: int
    jain: float | None  # 1: all threads of a role did the same; 1/n: one did everything
    min_max: float | None  # operations of the slowest thread / of the fastest one
    transfers: dict[str, int]  # by class
    lines: list[Line]  # those waited for longest first
