"""options.py: what a user of the gate may set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from report.gate.accepted import Accepted


@dataclass(frozen=True)
class Options:
    """metrics: names of report.metrics. threshold: relative, 0.02 is 2 % (jain: in its unit); None:
    that of the metric, in exact mode that of the bench. mode: "exact", "statistical" or None: by
    the bench. screen_only: name candidates for fresh runs and judge nothing else. repository:
    where git is asked for commits.
    """

    metrics: tuple[str, ...] = ("throughput",)
    threshold: float | None = None
    mode: str | None = None
    screen_only: bool = False
    allow_kernel: bool = False
    allow_unfit: bool = False
    accepted: tuple[Accepted, ...] = ()
    repository: Path = Path()
