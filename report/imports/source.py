"""source.py: a file to import, what the user adds to it, and what an importer makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from report.errors import EXIT_INPUT, ReportError
from report.fields import Field


class SourceField(Field):
    """A value of a foreign file: the cure is another than for a result file."""

    cure = "give a file as the program wrote it"


def parse_time(text: str | None) -> datetime | None:
    """A time of ISO 8601 with a time zone, from 1970 to 9998; None for anything else."""
    try:
        time = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo and 1970 <= time.year < 9999 else None


@dataclass(frozen=True)
class Given:
    """What the command line says where the file does not. None: nothing."""

    workload: str | None = None
    design: str | None = None
    machine: str | None = None
    label: str | None = None
    date: datetime | None = None  # with a time zone


@dataclass(frozen=True)
class SourceFile:
    """A foreign file, already read."""

    name: str  # for messages
    file: str  # its name without folders
    text: str
    modified: datetime | None  # UTC; None: standard input
    given: Given = Given()

    def fail(self, problem: str, cure: str, code: int = EXIT_INPUT) -> ReportError:
        """The error to raise about the file as a whole."""
        return ReportError(code, f"{self.name} {problem}; {cure}")


@dataclass(frozen=True)
class Row:
    """One run of the source. None is what it does not say."""

    workload: str
    design: str
    threads: int
    unit: str  # of one operation
    seconds: float  # of the window
    ops: int
    placement: str = "none"
    params: dict[str, str | int] = field(default_factory=dict)  # further ones
    cpu_s: float | None = None
    overlap: float | None = None
    thread_ops: list[int] = field(default_factory=list)
    cpus: list[int] | None = None  # the CPU of each thread
    oversubscribed: bool = False
    flags: list[str] = field(default_factory=list)
    failure: str | None = None  # why the source calls it failed; then it has no figures
    comparable: str = ""  # figures are comparable only where this is the same


@dataclass(frozen=True)
class Origin:
    """What the source says about the session as a whole. None is what it does not say."""

    format: str
    bench: str  # host | kernel
    run: str  # what one run was there, in words
    machine: str | None = None  # a name; only its hash is kept, as results are made to be shown
    cpus: int | None = None
    started: datetime | None = None
    gbench: str | None = None  # version of Google Benchmark
    label: str | None = None  # of what was measured
