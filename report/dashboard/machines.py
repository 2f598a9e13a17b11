"""machines.py: the page Machines: what each file ran on, and in what two files differ."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from report import describe
from report.dashboard.markup import Markup, identifier, join, tag
from report.dashboard.model import Cell, Page, Row, Table
from report.dashboard.parts import facts, table
from report.dashboard.sources import Source
from report.errors import ReportError
from report.load_text import parse_strict, read_text
from report.proof import ProofResult
from report.result import SimResult

compared_keys = ("session.tool", "subjects", "machine", "kernel", "env", "design",
                 "simulated_machine")
fact_max = 600  # facts of a file that are compared; more are a file of somebody who plays
letters_max = 400


def page(every: Sequence[Source]) -> Page:
    body = [tag("div", {"class": "grid pair"}, *[machine(source) for source in every])]
    known = {source.label: file_facts(source) for source in every}
    first = every[0]
    for other in every[1:]:
        body.append(difference(first, other, known))
    if len(every) == 1:
        body.append(alone(first, known[first.label]))
    return Page(
        "machines", "Machines",
        "Where the figures come from, and what differs between the environments of two files: "
        "differences first. Not recorded is shown as null.",
        body=join(*body),
    )


def machine(source: Source) -> Markup:
    result = source.result
    pairs: list[tuple[str, object]] = [("session", result.session.id)]
    if isinstance(result, SimResult):
        played = result.simulated
        pairs += [
            ("SIMULATED machine", f"{played.name}: {played.summary}"),
            ("calibrated", played.calibrated
             + ("; made up, no such machine exists" if played.made_up else "")),
            ("sockets x cores x SMT",
             f"{played.sockets} x {played.cores // max(played.sockets, 1)} x {played.smt}, "
             f"{describe.count(played.cpus, 'CPU')}"),
            ("computed on", describe.machine(result)),
        ]
    else:
        pairs += [
            ("machine", describe.machine(result)), ("kernel", describe.kernel(result)),
            ("caches", caches(source)), ("state", describe.environment(result)),
        ]
    pairs += [
        ("recorded", describe.date(result)), ("tool", describe.tool(result)),
        ("subject", "; ".join(describe.subject(one) for one in result.subjects)),
        ("command", " ".join(result.session.argv)),
    ]
    if not isinstance(result, ProofResult) and not isinstance(result, SimResult):
        pairs.append(("method", describe.method(result)))
    identity = identifier("machine", source.label)
    return tag(
        "section", {"class": "card", "aria-labelledby": identity},
        tag("h2", {"id": identity}, f"{source.label} - {source.machine}"),
        tag("p", {"class": "caption"}, describe.bench(result)), facts(pairs),
    )


def caches(source: Source) -> str:
    """'L1 data 32 KiB by 1, L3 unified 32 MiB by 8'."""
    found = []
    for cache in source.result.machine.caches:
        size = "size unknown" if cache.bytes is None else binary(cache.bytes)
        shared = "" if cache.shared_by is None else f" by {cache.shared_by}"
        found.append(f"L{cache.level} {cache.type} {size}{shared}")
    return ", ".join(found) or "unknown"


def binary(size: int) -> str:
    for unit, power in (("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):g} {unit}"
    return f"{size} B"


def file_facts(source: Source) -> dict[str, str]:
    """What a file says of tool, build, machine, kernel and state: JSON path to text."""
    path = source.result.path
    try:
        root = parse_strict(read_text(path), str(path))
    except ReportError:
        return {}  # gone or changed since it was read: its figures stand, its facts are unknown
    found: dict[str, str] = {}
    for key in compared_keys:
        value: Any = root
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            flatten(key, value, found)
    return found


def flatten(path: str, value: Any, found: dict[str, str]) -> None:
    """Adds every leaf below `value`, lists of plain values in one piece."""
    if len(found) >= fact_max:
        return
    if isinstance(value, Mapping) and value:
        for key, one in value.items():
            flatten(f"{path}.{key}", one, found)
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for i, one in enumerate(value):
            flatten(f"{path}[{i}]", one, found)
    else:
        words = ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)
        found[path] = words if len(words) <= letters_max else words[:letters_max] + "..."


def plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def difference(first: Source, other: Source, known: dict[str, dict[str, str]]) -> Markup:
    """Two columns, differences first, what is equal folded away."""
    mine, theirs = known[first.label], known[other.label]
    paths = list(dict.fromkeys((*mine, *theirs)))
    differing = [path for path in paths if mine.get(path) != theirs.get(path)]
    equal = [path for path in paths if path not in set(differing)]

    def rows(names: list[str], kind: str) -> list[Row]:
        return [Row((name, Cell(mine.get(name, "not in the file"), kind=kind),
                     Cell(theirs.get(name, "not in the file"), kind=kind)))
                for name in names]

    head = ("what", first.label, other.label)
    title = f"{other.label} against {first.label}"
    identity = identifier("difference", title)
    return tag(
        "section", {"class": "card wide", "aria-labelledby": identity},
        tag("h2", {"id": identity}, f"Environment: {title}"),
        tag("p", {"class": "caption"},
            f"{len(differing)} differ, {len(equal)} are equal"),
        table(Table(f"what differs between {first.label} and {other.label}", head,
                    rows(differing, "differs"))),
        tag("details", {"class": "more"}, tag("summary", {}, f"Equal ({len(equal)})"),
            table(Table(f"what is equal in {first.label} and {other.label}", head,
                        rows(equal, "")))),
    )


def alone(source: Source, found: dict[str, str]) -> Markup:
    """Everything recorded of a lone file."""
    identity = identifier("facts", source.label)
    return tag(
        "section", {"class": "card wide", "aria-labelledby": identity},
        tag("h2", {"id": identity}, f"Everything recorded: {source.label}"),
        tag("p", {"class": "caption"}, "Give a second file to see what differs."),
        table(Table(f"what {source.label} says of its environment", ("what", source.label),
                    [Row((path, words)) for path, words in found.items()])),
    )
