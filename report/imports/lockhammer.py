"""lockhammer.py: the JSON of Arm's lockhammer (--json), one measurement a run.

All measurements of a file are of one process of one lock; the file says the host's name and CPUs of
each thread, and neither kernel nor CPU model nor compiler.
"""

from __future__ import annotations

from report.errors import EXIT_ENVIRONMENT
from report.imports.source import Origin, Row, SourceField, SourceFile
from report.load_text import parse_strict


def read_lockhammer(source: SourceFile) -> tuple[Origin, list[Row]]:
    """Raises ReportError: exit 2 for what is no such file, 4 for one of several hosts."""
    root = SourceField(parse_strict(source.text, source.name, tolerant=True), "", source.name)
    results = root["results"].elements()
    hosts = {result["hostname"].text() for result in results}
    if len(hosts) > 1:
        raise source.fail(f"is of {len(hosts)} hosts", "give a file of one", EXIT_ENVIRONMENT)
    orders: dict[int, set[str]] = {}
    for result in results:
        orders.setdefault(result["num_threads"].integer(minimum=1), set()).add(order_of(result))
    several = any(len(found) > 1 for found in orders.values())
    origin = Origin(
        format="lockhammer", bench="host", run="one measurement of lockhammer, all in one process",
        machine=next(iter(hosts), None), label="lockhammer",
    )
    return origin, [row_of(result, several) for result in results]


def cpus_of(result: SourceField) -> list[int]:
    return [thread["cpu_num"].integer() for thread in result["per_thread_stats"].elements()]


def order_of(result: SourceField) -> str:
    """The CPUs of the threads, in their order: "0,2,4"."""
    return ",".join(map(str, cpus_of(result)))


def row_of(result: SourceField, with_order: bool) -> Row:
    """with_order: threads of one number were placed in several ways, so that is a parameter."""
    params: dict[str, str | int] = {
        "critical": work(result, "nominal_critical"), "parallel": work(result, "nominal_parallel"),
        "limit": limit(result),
    }
    if result["variant_name"].text():
        params["variant"] = result["variant_name"].text()
    if with_order:
        params["order"] = order_of(result)
    threads, cpus = result["num_threads"].integer(minimum=1), cpus_of(result)
    thread_ops = [
        thread["lock_acquires"].integer() for thread in result["per_thread_stats"].elements()
    ]
    if len(thread_ops) != threads:
        result["num_threads"].fail(f"is {threads}, but there are {len(thread_ops)} threads")
    ops, wall = result["total_lock_acquires"].integer(), result["wall_elapsed_ns"].integer()
    overlap = result["full_concurrency_fraction"].or_null(SourceField.number)
    return Row(
        workload="lockhammer", design=result["test_name"].filled(), placement="separate",
        threads=threads, unit="acquire", seconds=wall * 1e-9, ops=ops,
        cpu_s=result["total_cputime_ns"].integer() * 1e-9 or None,
        overlap=None if overlap is None or overlap > 1 else float(overlap),
        thread_ops=thread_ops, cpus=cpus, oversubscribed=len(set(cpus)) < len(cpus), params=params,
        failure=None if ops and wall else "nothing was acquired",
    )


def work(result: SourceField, name: str) -> str:
    """The length of a section as it was asked for: "100ns"."""
    return f"{result[name].integer()}{result[f'{name}_unit'].text()}"


def limit(result: SourceField) -> str:
    """What ended a measurement: "1s", "50000acquires"; how it ends changes what is measured."""
    seconds = float(result["run_limit_seconds"].number())
    ticks, acquires = (result[f"run_limit_{n}"].integer() for n in ("ticks", "num_acquires"))
    if seconds:
        return f"{seconds:g}s"
    return f"{ticks}ticks" if ticks else f"{acquires}acquires"
