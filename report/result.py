"""result.py: a result file as plain objects. Only what the report uses; None is "not measured"."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from report.histogram import Histogram
from report.simulated import Figures, SimulatedMachine


@dataclass(frozen=True)
class Tool:
    """The faultline that recorded the session."""

    version: str
    commit: str | None
    dirty: bool | None
    gbench: str | None  # version of the Google Benchmark library


@dataclass(frozen=True)
class Imported:
    """Where a session is from that another program measured."""

    format: str  # gbench | will-it-scale | lockhammer
    file: str  # its name, without folders
    run: str  # what one run was there, in words


@dataclass(frozen=True)
class Session:
    id: str
    bench: str  # host | sim | check | kernel
    started: str  # RFC 3339, UTC
    complete: bool  # every planned run is in the file
    argv: list[str]
    seed: int | None  # None: imported
    tool: Tool
    imported: Imported | None = None  # None: faultline measured it


@dataclass(frozen=True)
class Subject:
    """What was measured: one build, or one kernel."""

    id: str
    label: str
    role: str
    commit: str | None
    dirty: bool | None
    compiler: str
    flags: str
    buildtype: str
    release: str | None = None  # of a kernel
    vma_lock: str | None = None  # of a kernel, in words: generation, and by what that was told


@dataclass(frozen=True)
class Cache:
    level: int
    type: str
    bytes: int | None
    shared_by: int | None


unknown_machine = "0" * 16
"""The id where nobody knows the machine: two such files need not be of one."""


@dataclass(frozen=True)
class Machine:
    id: str
    arch: str
    model: str | None
    sockets: int | None
    cores: int | None
    threads: int | None  # CPUs as the kernel counts them
    numa_nodes: int | None
    caches: list[Cache]
    hypervisor: str | None  # None on bare metal

    @property
    def known(self) -> bool:
        return self.id != unknown_machine


@dataclass(frozen=True)
class Environment:
    """How fit the machine was to measure on, and its state before the session."""

    fitness: str  # fit | degraded | unfit (the file's key `class`)
    reasons: list[str]
    governor: str | None
    load1: float | None
    mhz: list[float]


@dataclass(frozen=True, kw_only=True)
class SessionFile:
    """What a result file of every bench says."""

    path: Path
    session: Session
    subjects: list[Subject]
    machine: Machine
    kernel_release: str | None
    env: Environment
    guest: str | None = None  # the machine that QEMU was, for kernels booted in it
    warnings: list[str] = field(default_factory=list)  # one line each, for stderr


@dataclass(frozen=True)
class Plan:
    """The design of the experiment (the file's key `design`); not the lock's."""

    kind: str
    suite: str | None
    rounds: int
    trials: int  # measured trials of a run
    warmup_trials: int
    trial_s: float
    warmup_s: float
    pin: str | None
    repeats: bool = False  # nothing was drawn and no clock was read: runs repeat (icount, one seed)


@dataclass(frozen=True)
class Benchmark:
    """One configuration: a workload, a design, a placement, a thread count, further parameters."""

    index: int  # position in the file; runs refer to it
    id: str
    family: str
    unit: str  # what one operation is, e.g. fault
    params: dict[str, str | int | float | bool | None]
    oversubscribed: bool  # more threads than CPUs
    version: str  # changes when figures are no longer comparable
    roles: list[str]  # what each thread does
    cpus: int | None = None  # simulated CPUs; None where the host's were used

    @property
    def workload(self) -> str:
        return str(self.params["workload"])

    @property
    def design(self) -> str:
        return str(self.params["design"])

    @property
    def placement(self) -> str:
        return str(self.params["placement"])

    @property
    def threads(self) -> int:
        return int(self.params["threads"])

    @property
    def counts_instructions(self) -> bool:
        """Whether a second of it is 10^9 instructions: QEMU's -icount, no clock was read."""
        return self.params.get("accel") == "icount"

    @property
    def count(self) -> int:
        """What a row of a table and the x axis of a plot go by: simulated CPUs, or threads."""
        return self.threads if self.cpus is None else self.cpus


@dataclass(frozen=True)
class Trial:
    """One timed window of a run."""

    warmup: bool
    s: float  # length of the window in seconds
    ops: int
    cpu_s: float | None  # CPU-seconds of all threads
    counters: dict[str, int | None]
    secondary: dict[str, int]  # operations of threads in another role than the counted one, by role
    thread_ops: list[int]  # operations of each thread, in its own role's unit
    latency: Histogram | None  # ns of single operations of the primary role; a sample on the host


@dataclass(frozen=True)
class Failure:
    kind: str
    message: str


@dataclass(frozen=True)
class Traced:
    """What tracepoints counted in a trial of a kernel. None: not counted, `reason` says why."""

    ops: int
    mmap_lock_read: int | None  # times that mmap_lock was taken for reading
    mmap_lock_write: int | None
    wait_ns: float | None  # mean time from asking for mmap_lock to having it, of a sample
    reason: str | None


@dataclass(frozen=True)
class Run:
    """One fresh process: the unit that n counts."""

    benchmark: Benchmark
    subject: Subject
    round: int
    failure: Failure | None
    trials: list[Trial]  # empty for a failed run: what it measured is not used
    position: int | None  # in the random order of its round; None: simulated or imported
    started: str | None  # RFC 3339, UTC; None: simulated (no clock was read) or imported
    sim: Figures | None = None  # of a simulated run that did not fail
    traced: Traced | None = None  # of a run with --trace that did not fail

    @property
    def measured(self) -> list[Trial]:
        """The trials that count: all but the warm-up."""
        return [trial for trial in self.trials if not trial.warmup]


@dataclass(frozen=True, kw_only=True)
class Result(SessionFile):
    """One result file of a bench that gives throughput."""

    plan: Plan
    benchmarks: list[Benchmark]
    runs: list[Run]

    @property
    def disturbed(self) -> bool:
        """Whether a clock was read on a machine that was unfit for it."""
        return self.env.fitness == "unfit" and not self.plan.repeats

    @property
    def good_runs(self) -> list[Run]:
        return [run for run in self.runs if run.failure is None]

    @property
    def failed_runs(self) -> list[Run]:
        return [run for run in self.runs if run.failure is not None]


@dataclass(frozen=True)
class SimPlan:
    """What the simulator adds to the design of the experiment."""

    first_seed: int
    threads_per_cpu: int
    park: str  # kernel | futex: how tasks sleep


@dataclass(frozen=True, kw_only=True)
class SimResult(Result):
    """One result file of the simulator; a round is a seed, a run is one simulation.

    machine is the host that computed it, which says nothing about the figures; simulated is the
    machine that the figures are of.
    """

    simulated: SimulatedMachine
    sim_plan: SimPlan

    @property
    def disturbed(self) -> bool:
        return False
