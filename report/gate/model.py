"""model.py: what the gate found, as plain objects, of which every output is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from report.errors import EXIT_FOUND, EXIT_INCONCLUSIVE, EXIT_OK

if TYPE_CHECKING:
    from report.gate.accepted import Accepted
    from report.gate.sides import Side


class Status(str, Enum):
    """What became of one row; those in `failing` make the gate end with 1."""

    REGRESSED = "REGRESSED"  # worse by more than the threshold
    FAILED = "FAILED"  # runs failed in NEW that did not in BASE
    MISSING = "MISSING"  # in BASE, not in NEW
    CANDIDATE = "CANDIDATE"  # the screen suspects it; fresh runs have to say
    INCONCLUSIVE = "INCONCLUSIVE"
    ACCEPTED = "ACCEPTED"  # worse, and somebody said why that is all right
    NOT_REPRODUCED = "NOT REPRODUCED"  # suspected by the screen, not seen in fresh runs
    CHANGED = "CHANGED"  # exact mode: other figures, none worse by more than the threshold
    IMPROVED = "IMPROVED"
    SAME = "SAME"
    BOTH_FAILED = "BOTH FAILED"  # nothing to compare: it fails in BASE, too


failing = (Status.REGRESSED, Status.FAILED, Status.MISSING)
undecided = (Status.CANDIDATE, Status.INCONCLUSIVE)


@dataclass(frozen=True)
class Row:
    """One configuration under one metric.

    label: the parameters that tell it from the other rows. benchmark: its id in BASE. base, new:
    medians over runs (exact mode: means over seeds) in `unit`. change: new / base - 1, for an
    absolute metric new - base; low, high: its 95 % interval, None in exact mode. p: two-sided.
    n: runs of base and new. reason: one line, why this status. group: the words (workload, design,
    number of threads) of which options for a further recording are made.
    """

    label: str
    benchmark: str
    metric: str
    unit: str
    better: str  # higher | lower
    status: Status
    reason: str
    base: float | None = None
    new: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    n: tuple[int, int] = (0, 0)
    threshold: float | None = None
    relative: bool = True
    group: tuple[str, str, str] = ("", "", "")
    details: tuple[str, ...] = ()
    accepted: Accepted | None = None


@dataclass(frozen=True)
class Verdict:
    """The whole answer.

    mode: "exact", "statistical" or "proofs". stage: "whole interval", "screen" or
    "screen and confirm" in the statistical mode. method: one line for each thing that a reader must
    know to believe it. confirm_options: options of `faultline run` that record the candidates
    again. unused: entries of accepted changes that met nothing.
    """

    mode: str
    stage: str
    base: Side
    new: Side
    machine: str
    kernel: str
    method: tuple[str, ...]
    rows: tuple[Row, ...]
    notices: tuple[str, ...] = ()
    confirm_options: tuple[str, ...] = ()
    unused: tuple[Accepted, ...] = ()
    certificate: tuple[str, ...] = field(default=())

    def of(self, *statuses: Status) -> list[Row]:
        """The rows with one of these statuses, in order."""
        return [row for row in self.rows if row.status in statuses]

    @property
    def failing(self) -> list[Row]:
        return self.of(*failing)

    def exit_code(self, strict: bool) -> int:
        """1 for a regression; 3 for a candidate, or with strict for an undecided row; else 0."""
        if self.failing:
            return EXIT_FOUND
        undecided_now = undecided if strict else (Status.CANDIDATE,)
        return EXIT_INCONCLUSIVE if self.of(*undecided_now) else EXIT_OK

    def counts(self) -> dict[str, int]:
        """How many rows have which status, worst first; statuses without a row are left out."""
        found = {status.value: len(self.of(status)) for status in Status}
        return {name: number for name, number in found.items() if number}
