"""sides.py: BASE and NEW: a result file, or a folder of sessions that were recorded by turns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

from report import describe
from report import load as reading
from report.compare.files import machine_known
from report.compare.samples import key_of
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_NOTHING, ReportError
from report.fields import Field
from report.load_header import read_header
from report.load_proof import read_proof
from report.proof import ProofResult
from report.result import Benchmark, Result, Run, SimResult

file_endings = (".json", ".json.gz")
pairs_need = 2  # fewest sessions of each side that can alternate


@dataclass(frozen=True)
class Side:
    """One of the two: its files, and what they hold together.

    result: one result with the runs of all files; in it round i is the i-th session where every
    session has one round. sha256: of each file, in the order of `paths`.
    """

    name: str  # as the user gave it
    paths: tuple[Path, ...]
    sha256: tuple[str, ...]
    sessions: tuple[Result | ProofResult, ...]
    result: Result | ProofResult

    @property
    def commit(self) -> str | None:
        return self.result.subjects[0].commit

    @property
    def warnings(self) -> list[str]:
        return [warning for session in self.sessions for warning in session.warnings]


def read_side(name: str, allow_incomplete: bool = False) -> Side:
    """The file `name`, or all result files of the folder `name`.

    Files in which every run failed are read as well: for the gate that is an answer. Raises
    ReportError: exit 2 for what cannot be read or is incomplete; 4 for sessions of one side that
    do not belong together, or a file of several builds; 5 for an empty folder or no run.
    """
    paths = files_of(name)
    sessions = [load_any(path) for path in paths]
    if len(paths) > 1:
        order = sorted(range(len(paths)), key=lambda i: (sessions[i].session.started, paths[i]))
        paths, sessions = [paths[i] for i in order], [sessions[i] for i in order]
    for session in sessions:
        if len(session.subjects) > 1:
            raise ReportError(
                EXIT_ENVIRONMENT,
                f"{session.path} holds {len(session.subjects)} builds, a side of the gate is one; "
                "compare them with faultline compare --by subject",
            )
        if not session.session.complete and not allow_incomplete:
            raise ReportError(
                EXIT_INPUT,
                f"{session.path} is incomplete, so what is missing could be what got worse; finish "
                f"it with faultline run --resume {session.path}, or give --allow-incomplete",
            )
    digests = tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return Side(name, tuple(paths), digests, tuple(sessions), merge(sessions))


def files_of(name: str) -> list[Path]:
    if name == "-":
        raise ReportError(
            EXIT_INPUT, "a verdict names its files, and - is none; write it to a file first"
        )
    path = Path(name)
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.name.endswith(file_endings) and p.is_file())
    if not found:
        raise ReportError(
            EXIT_NOTHING, f"{name} holds no .json or .json.gz file; record sessions into it"
        )
    return found


def load_any(path: Path) -> Result | ProofResult:
    """load_file, but a file whose runs all failed is read, too."""
    name = str(path)
    root = Field(reading.parse_strict(reading.read_text(path), name), "", name)
    header = read_header(root, path, reading.check_version(root))
    if header["session"].bench == "check":
        proof = read_proof(root, header)
        reading.check_some_run(proof.runs, name, "check")
        return proof
    result = reading.read_result(root, header)
    command = "sim" if isinstance(result, SimResult) else "run"
    reading.check_some_run(result.runs, name, command)
    return result


def merge(sessions: Sequence[Result | ProofResult]) -> Result | ProofResult:
    """Sessions of the same build on the same machine as one result.

    Raises ReportError (exit 4) for sessions that differ in what they measure; several files of sim
    or check say the same again, so they are refused.
    """
    first = sessions[0]
    if len(sessions) == 1:
        return first
    if isinstance(first, (ProofResult, SimResult)):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{first.path.parent} holds several files of bench {first.session.bench}, which is "
            "deterministic; give one file",
        )
    benchmarks: list[Benchmark] = []
    index_of: dict[str, int] = {}
    runs: list[Run] = []
    offset = 0
    for session in sessions:
        check_same(first, session)
        for run in session.runs:
            key = key_of(run.benchmark, frozenset())
            if key not in index_of:
                index_of[key] = len(benchmarks)
                benchmarks.append(replace(run.benchmark, index=len(benchmarks)))
            mine = benchmarks[index_of[key]]
            runs.append(replace(run, benchmark=mine, round=offset + run.round))
        offset += session.plan.rounds  # type: ignore[union-attr]
    return replace(
        first,
        path=first.path.parent,
        session=replace(first.session, complete=all(s.session.complete for s in sessions)),
        plan=replace(first.plan, rounds=offset),
        benchmarks=benchmarks,
        runs=runs,
        warnings=[],
    )


def check_same(first: Result, other: Result | ProofResult) -> None:
    """Raises ReportError (exit 4) unless two sessions are parts of one side."""
    if isinstance(other, ProofResult) or other.session.bench != first.session.bench:
        what = "bench"
    elif other.machine.id != first.machine.id:
        what = "machine"
    elif other.kernel_release != first.kernel_release:
        what = "kernel"
    elif [identity(s) for s in other.subjects] != [identity(s) for s in first.subjects]:
        what = "build"
    elif any(
        versions(first).get(key, version) != version for key, version in versions(other).items()
    ):
        what = "benchmark version"
    else:
        return
    raise ReportError(
        EXIT_ENVIRONMENT,
        f"{first.path} and {other.path} are of one side but not of one {what}; keep the sessions "
        "of each build in a folder of their own",
    )


def check_machine(result: Result | ProofResult, name: str) -> None:
    """Raises ReportError (exit 4) for figures of a machine that nobody knows.

    Two of them may be of two machines, and no difference says anything of the builds then.
    """
    if isinstance(result, Result) and not machine_known(result):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{name} does not say of what machine it is; import it again with --machine NAME",
        )


def check_sessions_differ(a: Side, b: Side) -> None:
    """Raises ReportError (exit 2) for sides of the same runs, between which nothing can differ."""
    shared = {s.session.id for s in a.sessions} & {s.session.id for s in b.sessions}
    if shared:
        raise ReportError(
            EXIT_INPUT,
            f"{a.name} and {b.name} share a session, {min(shared)}; give recordings of their own",
        )


def machine_words(result: Result) -> str:
    """The machine that the figures are of: a simulation's is not the one that computed it."""
    if isinstance(result, SimResult):
        one = result.simulated
        return f"{one.name}, simulated: {one.summary}; calibrated: {one.calibrated}"
    return describe.machine(result)


def kernel_words(result: Result) -> str:
    return "none, simulated" if isinstance(result, SimResult) else describe.kernel(result)


def identity(subject: object) -> tuple[object, ...]:
    return tuple(getattr(subject, name) for name in ("commit", "compiler", "flags", "buildtype"))


def versions(result: Result) -> dict[str, str]:
    """The version of each configuration."""
    return {key_of(b, frozenset()): b.version for b in result.benchmarks}


def alternate(base: Side, new: Side) -> bool:
    """Whether session i of both sides lie beside each other in time, so that they are a pair.

    Every session must have one round: several rounds of one session share what the machine did just
    then, and would count as more evidence than they are.
    """
    if len(base.sessions) != len(new.sessions) or len(base.sessions) < pairs_need:
        return False
    if any(one_round(session) is False for session in (*base.sessions, *new.sessions)):
        return False
    times = [
        sorted((a.session.started, b.session.started))
        for a, b in zip(base.sessions, new.sessions)
    ]
    return all(earlier[1] < later[0] for earlier, later in zip(times, times[1:]))


def one_round(session: Result | ProofResult) -> bool:
    return isinstance(session, Result) and session.plan.rounds == 1
