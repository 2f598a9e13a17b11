"""load.py: read a result file, check what the report relies on, and give it back as objects.

The full contract is schema/faultline-result-1.schema.json, which tests check; this reader needs no
jsonschema and checks every value it uses, so that a damaged file ends in one clear line.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable, Sequence, TypeVar

from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_NOTHING, ReportError
from report.fields import Field, shorten
from report.histogram import Histogram
from report.load_header import check_unique, index_into, read_header
from report.load_histograms import read_histograms, read_latency
from report.load_proof import read_proof
from report.load_sim import read_figures, read_simulated_machine
from report.load_text import name_of, parse_strict, read_text
from report.proof import ProofResult
from report.result import (
    Benchmark, Failure, Plan, Result, Run, Session, SimPlan, SimResult, Subject, Traced, Trial,
)

T = TypeVar("T")

schema_name = "faultline.result"
schema_major = 1
schema_minor = 5  # the newest minor this reader knows


def load_file(path: str | Path) -> Result | ProofResult:
    """The result file at `path`, of whichever bench; plain or gzip, "-" is standard input.

    Raises ReportError: exit 2 for a file that cannot be read, is too large, is not strict JSON, is
    not a result or breaks the schema where the report needs it; 4 for a newer schema major; 5 when
    there is no run, or none that says anything.
    """
    name = name_of(path)
    return read_document(parse_strict(read_text(path), name), Path(path), name)


def read_document(value: Any, path: Path, name: str) -> Result | ProofResult:
    """The result that the parsed file `value` holds; name: what messages call it.

    Raises ReportError as load_file does.
    """
    root = Field(value, "", name)
    header = read_header(root, path, check_version(root))
    if header["session"].bench == "check":
        proof = read_proof(root, header)
        check_some_run(proof.runs, name, "check")
        return proof
    result = read_result(root, header)
    check_some_run(result.runs, name, "sim" if isinstance(result, SimResult) else "run")
    check_something_measured(result, name)
    return result


def load_result(path: str | Path) -> Result:
    """The measured result at `path`.

    Raises ReportError as load_file does, and exit 4 for a file of the model checker.
    """
    result = load_file(path)
    if isinstance(result, ProofResult):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{path} is from the model checker and holds no throughput; "
            "give a file of faultline run, or print this one with faultline report",
        )
    return result


def check_version(root: Field) -> list[str]:
    """Checks name and version of the schema; returns the warnings to print.

    Raises ReportError: exit 2 for another schema, 4 for a major this reader does not know.
    """
    if not isinstance(root.value, dict) or root.value.get("schema") != schema_name:
        raise ReportError(
            EXIT_INPUT,
            f'{root.file} has no "schema": "{schema_name}"; give a result file of faultline run',
        )
    version = root["schema_version"]
    match = re.fullmatch(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", version.text(), re.ASCII)
    if match is None:
        version.fail(f'is "{shorten(version.text(), 60)}", not MAJOR.MINOR')
    major, minor = int(match[1]), int(match[2])
    if major != schema_major:
        cure = "use the newer faultline" if major > schema_major else "record the session again"
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{root.file} has schema version {major}.{minor}, this faultline reads "
            f"{schema_major}.x; {cure}",
        )
    if minor > schema_minor:
        return [
            f"{root.file} has schema version {major}.{minor}, newer than "
            f"{schema_major}.{schema_minor}; what is new in it is ignored"
        ]
    return []


def check_some_run(runs: Sequence[object], name: str, command: str) -> None:
    """Raises ReportError (exit 5) when the file has no run; command: the one that makes it."""
    if not runs:
        cure = f"run --resume {name}" if command == "run" else f"{command} -o {name}"
        raise ReportError(EXIT_NOTHING, f"{name} holds no run; record one with faultline {cure}")


def check_something_measured(result: Result, name: str) -> None:
    """Raises ReportError (exit 5) when every run of the file failed."""
    if not result.good_runs:
        failure = result.runs[0].failure
        reason = f"{failure.kind}: {failure.message[:200]}" if failure else ""
        raise ReportError(
            EXIT_NOTHING,
            f"{name}: all {len(result.runs)} runs failed (the first: {reason}); "
            "mend the cause and record the session again",
        )


def read_result(root: Field, header: dict[str, Any]) -> Result:
    """The whole file as objects, references resolved; header: what read_header made of it."""
    simulated = header["session"].bench == "sim"
    benchmarks = [
        read_benchmark(f, i, simulated) for i, f in enumerate(root["benchmarks"].elements())
    ]
    check_unique(root["benchmarks"], "id")
    check_params_differ(root["benchmarks"])
    hists = read_histograms(root["hists"])
    runs = [
        read_run(f, benchmarks, header["subjects"], header["session"], hists)
        for f in root["runs"].elements()
    ]
    check_rounds(root["runs"], runs)
    found = {
        **header, "plan": read_plan(root["design"], root.get("vm")), "benchmarks": benchmarks,
        "runs": runs,
    }
    if not simulated:
        return Result(**found)
    return SimResult(
        **found,
        simulated=read_simulated_machine(root["simulated_machine"]),
        sim_plan=read_sim_plan(root["design"]),
    )


def read_sim_plan(f: Field) -> SimPlan:
    return SimPlan(
        first_seed=f["first_seed"].integer(),
        threads_per_cpu=f["threads_per_cpu"].integer(minimum=1),
        park=f["park"].one_of(("kernel", "futex")),
    )


def read_plan(f: Field, vm: Field | None) -> Plan:
    return Plan(
        kind=f["kind"].text(),
        suite=f["suite"].or_null(Field.text),
        rounds=f["rounds"].integer(),
        trials=f["trials"].integer(),
        warmup_trials=f["warmup_trials"].integer(),
        trial_s=float(f["trial_s"].number()),
        warmup_s=float(f["warmup_s"].number()),
        pin=f["pin"].or_null(Field.text),
        repeats=vm is not None and vm["accel"].text() == "icount"
        and vm["guest_seeds"].text() == "one",
    )


def read_benchmark(f: Field, index: int, simulated: bool) -> Benchmark:
    for key in ("workload", "design", "placement"):
        f["params"][key].text()
    f["params"]["threads"].integer(minimum=1)
    return Benchmark(
        index=index,
        id=f["id"].text(),
        family=f["family"].text(),
        unit=f["unit"].text(),
        params={name: value.plain() for name, value in f["params"].members().items()},
        oversubscribed=f["oversubscribed"].flag(),
        version=f["version"].text(),
        roles=[role.text() for role in f["roles"].elements()],
        cpus=f["params"]["cpus"].integer(minimum=1) if simulated else None,
    )


def read_run(
    f: Field, benchmarks: list[Benchmark], subjects: list[Subject], session: Session,
    hists: dict[str, Histogram],
) -> Run:
    """One run. Of a failed one the trials are not looked at: nothing in them may be used."""
    simulated = session.bench == "sim"
    failure = f["failure"].or_null(
        lambda g: Failure(kind=g["kind"].text(), message=g["message"].text())
    )
    trials = [] if failure else [read_trial(t, hists) for t in f["trials"].elements()]
    if failure is None:
        check_measured(f["trials"], trials)
    return Run(
        benchmark=benchmarks[index_into(f["bench"], benchmarks, "benchmarks")],
        subject=subjects[index_into(f["subject"], subjects, "subjects")],
        round=f["round"].integer(),
        failure=failure,
        trials=trials,
        position=None if simulated else given(f["pos"], Field.integer, session),
        started=None if simulated else given(f["t0"], Field.text, session),
        sim=read_figures(f["sim"]) if simulated and failure is None else None,
        traced=read_traced(f.get("traced")) if failure is None else None,
    )


def read_traced(f: Field | None) -> Traced | None:
    if f is None or f.value is None:
        return None
    wait = f["mmap_lock_wait"]
    return Traced(
        ops=f["ops"].integer(),
        mmap_lock_read=f["mmap_lock_read"].or_null(Field.integer),
        mmap_lock_write=f["mmap_lock_write"].or_null(Field.integer),
        wait_ns=None if wait.value is None else wait["mean_ns"].or_null(Field.number),
        reason=f["reason"].or_null(Field.text),
    )


def given(f: Field, read: Callable[[Field], T], session: Session) -> T | None:
    """What faultline always records; of an imported session it may be null."""
    return f.or_null(read) if session.imported else read(f)


def check_measured(array: Field, trials: list[Trial]) -> None:
    """A run without failure has a measured trial, and none of them stood still."""
    if all(trial.warmup for trial in trials):
        array.fail("has no measured trial although the run has no failure")
    for element, trial in zip(array.elements(), trials):
        if not trial.warmup and trial.ops == 0:
            element["ops"].fail("is 0 although the run has no failure")


def read_trial(f: Field, hists: dict[str, Histogram]) -> Trial:
    seconds = float(f["s"].number())
    if seconds == 0:
        f["s"].fail("is 0, a trial must last")
    return Trial(
        warmup=f["warmup"].flag(),
        s=seconds,
        ops=f["ops"].integer(),
        cpu_s=f["cpu_s"].or_null(Field.number),
        counters={
            name: value.or_null(Field.integer) for name, value in f["counters"].members().items()
        },
        secondary={role: ops.integer() for role, ops in f["secondary"].members().items()},
        thread_ops=[ops.integer() for ops in f["thread_ops"].elements()],
        latency=read_latency(f["latency"], hists) if "latency" in f.value else None,
    )


def check_params_differ(array: Field) -> None:
    """No two benchmarks have the same parameters: they would share one cell of the table."""
    seen: set[str] = set()
    for element in array.elements():
        params = json.dumps(element["params"].value, sort_keys=True)
        if params in seen:
            element["params"].fail("has the parameters of an earlier benchmark")
        seen.add(params)


def check_rounds(array: Field, runs: list[Run]) -> None:
    """At most one good run for each configuration, subject and round: a copy would inflate n."""
    seen: set[tuple[int, str, int]] = set()
    for element, run in zip(array.elements(), runs):
        key = (run.benchmark.index, run.subject.id, run.round)
        if run.failure is None and key in seen:
            element.fail(f"repeats {run.benchmark.id} in round {run.round}")
        if run.failure is None:
            seen.add(key)
