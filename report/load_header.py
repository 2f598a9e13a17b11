"""load_header.py: the part of a result file that every bench has, and references into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from report.fields import Field
from report.result import Cache, Environment, Imported, Machine, Session, Subject, Tool


benches = ("host", "sim", "check", "kernel")
import_formats = ("gbench", "will-it-scale", "lockhammer")


def read_header(root: Field, path: Path, warnings: list[str]) -> dict[str, Any]:
    """The fields of SessionFile, as keyword arguments for the result of one bench."""
    subjects = [read_subject(f) for f in root["subjects"].elements()]
    check_unique(root["subjects"], "id")
    return {
        "path": path,
        "session": read_session(root["session"]),
        "subjects": subjects,
        "machine": read_machine(root["machine"]),
        "kernel_release": root["kernel"]["release"].or_null(Field.text),
        "env": read_environment(root["env"]),
        "guest": None if root.get("vm") is None else read_guest(root["vm"]),
        "warnings": warnings,
    }


def read_session(f: Field) -> Session:
    tool, source = f["tool"], f.get("imported")
    imported = None if source is None else read_imported(source)
    if imported and f["bench"].value in ("sim", "check"):
        f["bench"].fail(f'is "{f["bench"].value}", which cannot be imported')
    return Session(
        id=f["id"].matching(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "the time and 8 hex digits"),
        bench=f["bench"].one_of(benches),
        started=f["started"].text(),
        complete=f["complete"].flag(),
        argv=[argument.text() for argument in f["argv"].elements()],
        seed=f["seed"].or_null(Field.integer) if imported else f["seed"].integer(),
        tool=Tool(
            version=tool["version"].text(),
            commit=tool["commit"].or_null(read_commit),
            dirty=tool["dirty"].or_null(Field.flag),
            gbench=tool["gbench"].or_null(Field.text),
        ),
        imported=imported,
    )


def read_imported(f: Field) -> Imported:
    return Imported(
        format=f["format"].one_of(import_formats), file=f["file"].text(), run=f["run"].text()
    )


def read_commit(f: Field) -> str:
    """Ids of sessions, machines and commits name files: they are checked to be what they say."""
    return f.matching("[0-9a-f]{40}", "a commit (40 hex digits)")


def read_subject(f: Field) -> Subject:
    vcs = f["vcs"]
    return Subject(
        id=f["id"].text(),
        label=f["label"].text(),
        role=f["role"].text(),
        commit=None if vcs.value is None else vcs["commit"].or_null(read_commit),
        dirty=None if vcs.value is None else vcs["dirty"].or_null(Field.flag),
        compiler=f["build"]["compiler"].text(),
        flags=f["build"]["flags"].text(),
        buildtype=f["build"]["buildtype"].text(),
        **read_subject_kernel(f.get("kernel")),
    )


def read_subject_kernel(f: Field | None) -> dict[str, str | None]:
    """What a session of kernels says of one of them; nothing of one that never ran."""
    if f is None or f.value is None:
        return {}
    lock = f.get("vma_lock")
    return {
        "release": f["release"].or_null(Field.text),
        "vma_lock": None if lock is None else
        f"VMA lock {lock['generation'].text()}, by {lock['decided_by'].text()}",
    }


def read_machine(f: Field) -> Machine:
    cpu = f["cpu"]
    return Machine(
        id=f["id"].matching("[0-9a-f]{16}", "16 hex digits"),
        arch=f["arch"].text(),
        model=cpu["model"].or_null(Field.text),
        sockets=cpu["sockets"].or_null(Field.integer),
        cores=cpu["cores"].or_null(Field.integer),
        threads=cpu["threads"].or_null(Field.integer),
        numa_nodes=cpu["numa_nodes"].or_null(Field.integer),
        caches=[
            Cache(
                level=cache["level"].integer(minimum=1),
                type=cache["type"].text(),
                bytes=cache["bytes"].or_null(Field.integer),
                shared_by=cache["shared_by"].or_null(Field.integer),
            )
            for cache in cpu["caches"].elements()
        ],
        hypervisor=f["hypervisor"].or_null(Field.text),
    )


def read_guest(f: Field) -> str:
    """'QEMU 7.2.22 with icount, 1 CPU, 512 MiB'."""
    said = (f["qemu"].or_null(Field.text) or "").split()
    version = said[said.index("version") + 1] if "version" in said[:-1] else "of unknown version"
    cpus = f["cpus"].integer(minimum=1)
    return (f"QEMU {version} with {f['accel'].text()}, {cpus} CPU{'s' if cpus > 1 else ''}, "
            f"{f['memory_mib'].integer(minimum=1)} MiB")


def read_environment(f: Field) -> Environment:
    before = f["before"]
    return Environment(
        fitness=f["class"].text(),
        reasons=[reason.text() for reason in f["reasons"].elements()],
        governor=before["governor"].or_null(Field.text),
        load1=before["load1"].or_null(Field.number),
        mhz=[
            float(mhz.number())
            for mhz in before["mhz"].or_null(Field.elements) or []
            if mhz.value is not None
        ],
    )


def index_into(f: Field, things: list[Any], name: str) -> int:
    """The index `f` holds, checked to lie inside `things`."""
    index = f.integer()
    if index >= len(things):
        f.fail(f"is {index}, but there are only {len(things)} {name}")
    return index


def check_unique(array: Field, key: str) -> None:
    """Every element of `array` has a `key` of its own: the report tells them apart by it."""
    seen: set[str] = set()
    for element in array.elements():
        identifier = element[key].text()
        if identifier in seen:
            element[key].fail(f'"{identifier}" is there twice')
        seen.add(identifier)
