"""gbench.py: Google Benchmark JSON, of any version that writes `run_type` or older.

Only rows of iterations are taken, and of them iterations and real time: a rate may be one of CPU
time, which the file does not say. What real_time means with several threads of the library changed
with its version 1.9.0, so such rows need to say which it was.
"""

from __future__ import annotations

import re
from typing import Any

from report.errors import EXIT_ENVIRONMENT
from report.imports.source import Origin, Row, SourceField, SourceFile, parse_time
from report.load_text import parse_strict

in_seconds = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
aggregate_name = re.compile(r"_(mean|median|stddev|cv|BigO|RMS)$")
# Parts of a name that say how it was timed, and are no parameter.
modifier = re.compile(r"real_time|process_time|manual_time|"
                      r"(iterations|repeats|min_time|min_warmup_time|threads):[^/]*")
placements = ("none", "separate", "embedded")
not_aggregates = ("failed", "no_cpu_time")  # runs that compare.py has to pass over
reserved = {"workload", "cpus", "machine"}  # parameters that mean something else in a result file
per_thread_since = (1, 9, 0)  # from here on real_time is that of one thread's iteration


def read_gbench(source: SourceFile) -> tuple[Origin, list[Row]]:
    """Raises ReportError: exit 2 for what is no such file; 4 for rows nobody can compare."""
    root = SourceField(parse_strict(source.text, source.name, tolerant=True), "", source.name)
    context = root["context"]
    if optional_text(context, "faultline_bench") == "sim":
        raise source.fail("is an export of a simulation, no measurement",
                          "use the file that it was exported from", EXIT_ENVIRONMENT)
    cpus = context.get("num_cpus")
    origin = Origin(
        format="gbench", bench="host",
        run="one repetition of Google Benchmark, several in one process",
        machine=optional_text(context, "host_name"),
        cpus=cpus.or_null(SourceField.integer) if cpus else None,
        started=parse_time(optional_text(context, "date")),
        gbench=optional_text(context, "library_version"),
        label=(optional_text(context, "executable") or "").split("/")[-1] or None,
    )
    ours = context.get("faultline_version") is not None
    rows = [
        row_of(element, source, origin, ours)
        for element in root["benchmarks"].elements() if is_iteration(element)
    ]
    return origin, rows


def optional_text(context: SourceField, key: str) -> str | None:
    found = context.get(key)
    return found.or_null(SourceField.text) if found is not None else None


def is_iteration(row: SourceField) -> bool:
    """Not an aggregate (mean, big O, ...) of other rows, but for those that our export makes."""
    kind = row.get("run_type")
    if kind is not None:
        return kind.text() == "iteration" or optional_text(row, "aggregate_name") in not_aggregates
    plain = row.get("big_o") is None and row.get("rms") is None
    return plain and not aggregate_name.search(row["name"].text())


def row_of(row: SourceField, source: SourceFile, origin: Origin, ours: bool) -> Row:
    """One repetition. ours: faultline's own export, whose CPU time is that of all threads."""
    name = (row.get("run_name") or row["name"]).filled()
    workload, params = split_name(name)
    library_threads = row["threads"].integer(minimum=1) if row.get("threads") else 1
    own_threads = take_threads(row, params)
    design = params.pop("design", None) or params.pop("lock", None)
    placement = params.pop("placement") if params.get("placement") in placements else "none"
    cpu_known = library_threads == 1 and (own_threads == 1 or ours)
    common: dict[str, Any] = {
        "workload": workload,
        "design": str(design or source.given.design or "unnamed"),
        "placement": placement,
        "threads": library_threads * own_threads, "unit": "iteration", "params": params,
        "comparable": comparable(library_threads, source, origin),
        "oversubscribed": bool(origin.cpus and library_threads * own_threads > origin.cpus),
    }
    failure = failure_of(row)
    seconds = 0.0
    if failure is None:
        iterations = row["iterations"].integer()
        seconds = iterations * seconds_of(row, "real_time")
        if library_threads > 1 and version_of(origin.gbench) >= per_thread_since:
            seconds /= library_threads
        if not 1e-12 < seconds < 1e12:
            failure = f"no time: {iterations} iterations in {seconds:g} s"
    if failure is not None:
        return Row(seconds=0, ops=0, failure=failure, **common)
    cpu_s = iterations * seconds_of(row, "cpu_time") if cpu_known else 0.0
    return Row(seconds=seconds, ops=iterations,
               cpu_s=cpu_s if 1e-12 < cpu_s < 1e12 else None, **common)


def split_name(name: str) -> tuple[str, dict[str, str | int]]:
    """"BM_fault/design:rwsem/64/real_time" as workload and parameters: design, arg0."""
    workload, *parts = name.split("/")
    params: dict[str, str | int] = {}
    bare = 0
    for part in parts:
        if modifier.fullmatch(part):
            continue
        key, found, value = part.partition("=" if "=" in part else ":")
        if not found:
            key, value, bare = f"arg{bare}", part, bare + 1
        params[key] = int(value) if re.fullmatch(r"0|-?[1-9]\d{0,14}", value) else value
    for key in reserved & set(params):
        params[f"arg_{key}"] = params.pop(key)
    return workload or "unnamed", params


def take_threads(row: SourceField, params: dict[str, str | int]) -> int:
    """How many threads the benchmark ran itself, by its parameter; it is taken out of `params`."""
    value = params.pop("threads", None)
    if isinstance(value, int) and value >= 1:
        return value
    counter = row.get("t")
    return counter.integer(minimum=1) if counter is not None and value is None else 1


def comparable(threads: int, source: SourceFile, origin: Origin) -> str:
    """What else must be the same: of rows with threads of the library, its version."""
    if threads == 1:
        return ""
    if version_of(origin.gbench) == (0,):
        raise source.fail(
            "has rows of several threads and does not say which version of the library wrote them",
            "record it with version 1.8.4 or newer", EXIT_ENVIRONMENT)
    return f"gbench {origin.gbench}"


def version_of(text: str | None) -> tuple[int, ...]:
    """"v1.9.4-3-gabc" as (1, 9, 4); (0,) when it is not known."""
    match = re.match(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})", text or "")
    return tuple(int(part) for part in match.groups()) if match else (0,)


def failure_of(row: SourceField) -> str | None:
    for flag, message in (("error_occurred", "error_message"), ("skipped", "skip_message")):
        if row.get(flag) is not None and row[flag].value:
            return optional_text(row, message) or flag
    if row["real_time"].value is None:
        return "no finite time"
    return None


def seconds_of(row: SourceField, key: str) -> float:
    """A time of the row in seconds; 0 where it is not finite or missing."""
    unit = row["time_unit"].text()
    if unit not in in_seconds:
        row["time_unit"].fail(f'is "{unit}", not one of {", ".join(in_seconds)}')
    value = row.get(key)
    return float(value.or_null(SourceField.number) or 0) * in_seconds[unit] if value else 0.0
