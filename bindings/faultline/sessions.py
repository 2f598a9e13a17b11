"""sessions.py: run(), simulate() and check(): a session each, and its result."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Mapping, cast

from faultline.errors import Error, error_of
from faultline.options import Counts, Names, Options, PathLike, Value
from faultline.profiles import MachineLike, machine_options
from faultline.progress import ProgressLike

if TYPE_CHECKING:
    from report.proof import ProofResult
    from report.result import Result, SimResult

_given: set[str] = set()
_lock = threading.Lock()


def run(
    *,
    designs: Names | None = None,
    workloads: Names | None = None,
    placement: Names | None = None,
    threads: Counts | None = None,
    pin: str | None = None,
    suite: Names | None = None,
    rounds: int | None = None,
    trials: int | None = None,
    seconds: float | None = None,
    set: Mapping[str, Value] | None = None,
    seed: int | None = None,
    deadline: float | None = None,
    output: PathLike | None = None,
    resume: PathLike | None = None,
    progress: ProgressLike = None,
) -> Result:
    """Measures designs under workloads on this host: `faultline run`.

    designs, workloads: all of designs(), workloads() when not given
    placement: where the lock lies: "kernel" (as its source has it), "separate", "embedded"
    threads: numbers of threads; "auto": 1, 2, 3, 4, 6, 8, ... n, n+1, with n CPUs
    pin: thread to CPU: "cores", "compact", "scatter", "none", or a list of CPUs as a text
    suite: "quick", "default" or "rigorous": how many rounds, trials, seconds
    rounds: fresh processes of each configuration; the n of statistics
    trials, seconds: timed windows in a process, and the length of each in seconds
    set: parameters of workloads by name, e.g. {"pages_per_thread": 4096}
    seed: of the random order and of placement; drawn when not given
    deadline: seconds after which a run counts as hung
    output: result file, replaced as runs end; faultline-TIME.json in this folder when not given
    resume: a file whose session is continued; of the other arguments only `progress` may be given
    progress: True for a bar on standard error, or a function (done, total, text)

    Raises LockFailure when a lock failed its check, hung or crashed, InconclusiveError when runs
    failed that say nothing about a lock (`result` and `output` of the exception have the file),
    UsageError, UnsupportedError, NothingError; KeyboardInterrupt with every finished run in the
    file.
    """
    options = Options("run")
    options.names("design", designs)
    options.names("workload", workloads)
    options.names("placement", placement)
    options.counts("threads", threads)
    options.value("pin", pin)
    options.names("suite", suite)
    options.value("rounds", rounds)
    options.value("trials", trials)
    options.value("seconds", seconds)
    options.assignments("set", set)
    options.value("seed", seed)
    options.value("deadline", deadline)
    options.path("resume", resume)
    if resume is None:
        output = output_of(options, output)
    else:
        options.path("output", output)
    return cast("Result", finished(options, Path(resume or output or ""), progress))


def simulate(
    machine: MachineLike,
    *,
    cpus: Counts | None = None,
    designs: Names | None = None,
    workloads: Names | None = None,
    placement: Names | None = None,
    set: Mapping[str, Value] | None = None,
    machine_set: Mapping[str, Value] | None = None,
    threads_per_cpu: int | None = None,
    park: str | None = None,
    seconds: float | None = None,
    seeds: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    trace: PathLike | None = None,
    output: PathLike | None = None,
    progress: ProgressLike = None,
) -> SimResult:
    """Simulates designs under workloads on another machine: `faultline sim`.

    What if a transfer between sockets took 300 ns?
    simulate({"base": "bdw-28c-2s", "transfer.machine_ns": 300}, designs="rwsem,refcount")

    machine: a name of machines(), the path of a .toml file, a Machine, or a dict: the keys of a
        profile with their values, and "base" for what is not among them
    cpus: numbers of CPUs; "auto": 1, 2, 4, ... and the machine's borders
    designs, workloads, placement, set: as in run()
    machine_set: values of the profile, {"TABLE.KEY": VALUE}; times in nanoseconds
    threads_per_cpu: 1 when not given
    park: how tasks sleep: "kernel", or "futex" for system calls
    seconds: simulated length of a run; by its threads when not given
    seeds, seed: runs of each configuration, 8 when not given, and the first seed, 1
    jobs: runs at a time; one for each CPU of this host when not given
    trace: a file for what tasks wait for in the first run, for Perfetto
    output, progress: as in run()

    The same arguments give the same figures to the last bit, on every host. Nothing in the result
    was measured. Raises InconclusiveError when a simulation did not finish its work, otherwise as
    run() does.
    """
    options = Options("sim")
    options.counts("cpus", cpus)
    options.names("design", designs)
    options.names("workload", workloads)
    options.names("placement", placement)
    options.assignments("set", set)
    options.value("threads-per-cpu", threads_per_cpu)
    options.value("park", park)
    options.value("seconds", seconds)
    options.value("seeds", seeds)
    options.value("seed", seed)
    options.value("jobs", jobs)
    options.path("trace", trace)
    with machine_options(options, machine, machine_set):
        path = output_of(options, output)
        return cast("SimResult", finished(options, path, progress))


def check(
    *,
    designs: Names | None = None,
    scenarios: Names | None = None,
    placement: Names | None = None,
    threads: Counts | None = None,
    quick: bool = False,
    mode: str | None = None,
    preemptions: int | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    weaken: str | Iterable[str] | None = None,
    no_prune: bool = False,
    html: PathLike | None = None,
    emit_test: PathLike | None = None,
    output: PathLike | None = None,
    progress: ProgressLike = None,
) -> ProofResult:
    """Explores every schedule of small scenarios: `faultline check`.

    designs, scenarios: all of designs(), scenarios() when not given
    placement: as in run()
    threads: numbers of threads; those that each scenario names when not given
    quick: the fewest threads of each scenario only
    mode: "auto": exhaustive where that ends in time, else by bounds; "exhaustive", "preemptions",
        "random", "pct"
    preemptions: the bound of mode "preemptions", 0 to 3
    seconds: limit of each exploration; 15 when not given, 5 if quick
    seed: of the modes "random" and "pct"
    jobs: explorations at a time; one for each CPU of this host when not given
    weaken: "FILE:LINE", as if its operations were relaxed: what is that order for?
    no_prune: also stale reads that another schedule shows: the same verdicts, slower
    html, emit_test: files for the first counterexample, as a page and as a C++ test
    output, progress: as in run()

    Raises LockFailure when a scenario failed, InconclusiveError when one could not be explored
    (`result` and `output` of the exception have all of them), otherwise as run() does.
    """
    options = Options("check")
    options.names("design", designs)
    options.names("scenario", scenarios)
    options.names("placement", placement)
    options.counts("threads", threads)
    options.flag("quick", quick)
    options.value("mode", mode)
    options.value("preemptions", preemptions)
    options.value("seconds", seconds)
    options.value("seed", seed)
    options.value("jobs", jobs)
    options.names("weaken", weaken)
    options.flag("no-prune", no_prune)
    options.path("html", html)
    options.path("emit-test", emit_test)
    path = output_of(options, output)
    return cast("ProofResult", finished(options, path, progress))


def output_of(options: Options, output: PathLike | None) -> Path:
    """Adds --output: the one that was given, or the command line's name for none.

    Sessions of several threads may begin in the same second, before either has written its file.
    """
    if output is None:
        name = time.strftime("faultline-%Y%m%dT%H%M%SZ", time.gmtime())
        with _lock:
            path, i = f"{name}.json", 2
            while Path(path).exists() or str(Path(path).absolute()) in _given:
                path, i = f"{name}-{i}.json", i + 1
            _given.add(str(Path(path).absolute()))
        output = path
    options.path("output", output)
    return Path(output)


def finished(options: Options, output: Path, progress: ProgressLike) -> Result | ProofResult:
    """Runs the session to its end and reads its file. Raises Error."""
    from faultline.child import carry_out
    from faultline.results import load

    resumed = any(one.startswith("--resume=") for one in options.arguments)
    there_before = output.exists() and not resumed
    try:
        code, errors = carry_out(options.arguments, progress)
    finally:
        _given.discard(str(output.absolute()))
    if code == 0:
        return load(output)
    error = error_of(code, "")
    if output.exists() and not there_before:
        error.output = output
    if code not in range(1, 6):
        how = f"signal {-code}" if code < 0 else "a signal from outside"
        message = f"the program faultline was ended by {how}; what it finished is in {output}"
    else:
        message = message_of(options.command, errors) or worst_of(error)
    error.args = (message,)
    raise error


def message_of(command: str, errors: list[str]) -> str:
    """What the program said went wrong, without its name."""
    prefix = f"faultline {command}: "
    said = [line.removeprefix(prefix) for line in errors if line.startswith(prefix)]
    return (said or errors or [""])[-1 if said else 0]


def worst_of(error: Error) -> str:
    """What is wrong with explorations that ended: of that the program itself says nothing."""
    result = error.result
    verdict = "failed" if error.exit_code == 1 else "inconclusive"
    bad = cast("ProofResult", result).of_verdict(verdict) if result is not None else []
    if not bad:
        return f"ended with {error.exit_code}; run it on the command line to see why"
    first = bad[0]
    why = f"{first.bug.kind}: {first.bug.what}" if first.bug else first.reason
    return (f"{len(bad)} of {len(cast('ProofResult', result).runs)} explorations {verdict}, the "
            f"first one {first.task.name}: {why}; see {error.output}")
