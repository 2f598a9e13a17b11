"""will_it_scale.py: the CSV of will-it-scale's runtest.py, one file a test.

Its columns are tasks,processes,processes_idle,threads,threads_idle,linear: operations a second of
so many tasks, once as processes and once as threads, each the average of one run. The file names
neither its test nor its machine nor its kernel.
"""

from __future__ import annotations

import csv
import io
import re

from report.fields import integer_max
from report.imports.source import Origin, Row, SourceFile

cure = "give a CSV of will-it-scale's runtest.py"
modes = ("processes", "threads")


def read_will_it_scale(source: SourceFile) -> tuple[Origin, list[Row]]:
    """Raises ReportError (exit 2) for what is no such file."""
    lines = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(lines, [])]
        body = [(lines.line_num, cells) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise source.fail(f"is not CSV ({error})", cure) from None
    if "tasks" not in head or not set(modes) & set(head) or len(set(head)) != len(head):
        raise source.fail("has no columns tasks and processes or threads", cure)
    test = test_name(source)
    rows: list[Row] = []
    for number, cells in body:
        if len(cells) != len(head):
            raise source.fail(f"has {len(cells)} cells in line {number}, not {len(head)}", cure)
        values = dict(zip(head, (cell.strip() for cell in cells)))
        tasks = count(source, number, values["tasks"])
        if tasks:
            rows += rows_of(source, number, test, tasks, values)
    run = "the average of one will-it-scale run, in operations a second"
    label = f"will-it-scale {test}, kernel unknown"
    return Origin(format="will-it-scale", bench="kernel", run=run, label=label), rows


def test_name(source: SourceFile) -> str:
    """The option's, or that of the file: page_fault1.csv. Raises ReportError (exit 2)."""
    name = source.given.workload or re.sub(r"(\.csv)?(\.gz)?$", "", source.file)
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,80}", name) or source.file == "-" == name:
        raise source.fail("does not say which test it is of", "give --workload, e.g. page_fault1")
    return name


def rows_of(
    source: SourceFile, number: int, test: str, tasks: int, values: dict[str, str]
) -> list[Row]:
    """The runs of one line; a mode that did not run has an empty cell."""
    found = []
    for mode in modes:
        if not values.get(mode):
            continue
        rate = count(source, number, values[mode])
        idle = values.get(f"{mode}_idle")
        found.append(Row(
            workload=f"{test}_{mode}", design=source.given.design or "kernel", threads=tasks,
            unit="op", seconds=1.0, ops=rate,
            flags=[f"idle {decimal(source, number, idle):g} %"] if idle else [],
            failure=None if rate else "no operation",
        ))
    return found


def count(source: SourceFile, number: int, text: str) -> int:
    return round(decimal(source, number, text))


def decimal(source: SourceFile, number: int, text: str) -> float:
    """A plain number >= 0. Raises ReportError (exit 2)."""
    if not re.fullmatch(r"\d{1,20}(\.\d{0,20})?", text, re.ASCII) or float(text) > integer_max:
        raise source.fail(f'has "{text[:20]}" for a number in line {number}', cure)
    return float(text)
