"""store.py: the append-only store: results/<machine>/<commit>-<session>.json.gz.

A file is never changed, so two people's stores merge without a conflict. <machine> is the machine's
id, or the name of the simulated one; <commit> the first 12 digits, or `unknown`.
"""

from __future__ import annotations

import gzip
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from report.compare.files import machine_known
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, ReportError
from report.load import load_file
from report.proof import ProofResult
from report.result import Result, SimResult

default_store = "results"
file_name = re.compile(r"([0-9a-f]{12}|unknown)-[A-Za-z0-9-]{1,80}\.json\.gz")
folder_name = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")
gzip_magic = b"\x1f\x8b"


@dataclass(frozen=True)
class Added:
    """Where a session lies; new: it was not there before."""

    path: Path
    new: bool


def stored_files(store: Path) -> list[Path]:
    """The sessions of a store, sorted; other files and folders in it are left alone.

    Raises ReportError (exit 2) when the store cannot be read.
    """
    try:
        folders = sorted(p for p in store.iterdir() if folder_name.fullmatch(p.name) and p.is_dir())
        return [
            path for folder in folders for path in sorted(folder.iterdir())
            if file_name.fullmatch(path.name) and path.is_file()
        ]
    except OSError as error:
        raise ReportError(
            EXIT_INPUT,
            f"cannot read the store {store}: {error.strerror}; name it with --store, or make it "
            "with faultline history add FILE",
        ) from None


def add(store: Path, path: Path) -> Added:
    """Puts a copy of a result file into the store; adding it again changes nothing.

    Raises ReportError: exit 2 for a file that is not sound or incomplete, or when the store has
    another content under its name; 4 for a file without figures, or
    of a machine that nobody knows.
    """
    if str(path) == "-":
        raise ReportError(EXIT_INPUT, "- is no file to keep; write it to a file first")
    result = load_file(path)
    if isinstance(result, ProofResult):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{path} is from the model checker and has no figures to follow; compare proofs with "
            "faultline gate",
        )
    if not result.session.complete:
        raise ReportError(
            EXIT_INPUT,
            f"{path} is incomplete, and what is stored never changes; finish it with faultline run "
            f"--resume {path}",
        )
    if not machine_known(result):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{path} does not say of what machine it is, so it belongs to no series; import it "
            "again with --machine NAME",
        )
    text = content(path)
    target = store / place_of(result)
    if not target.exists() and write_new(target, gzip.compress(text, 9, mtime=0)):
        return Added(target, True)
    if content(target) != text:
        raise ReportError(
            EXIT_INPUT,
            f"{target} is there with another content than {path}; a session has one result, so "
            "find out which of the two is right",
        )
    return Added(target, False)


def place_of(result: Result) -> Path:
    """Machine and file name of a result, safe as names whatever the file says."""
    machine = result.simulated.name if isinstance(result, SimResult) else result.machine.id
    commit = main_subject(result).commit
    name = f"{commit[:12] if commit else 'unknown'}-{result.session.id}.json.gz"
    if not folder_name.fullmatch(machine) or not file_name.fullmatch(name):
        raise ReportError(
            EXIT_INPUT,
            f"{result.path}: machine, commit and session are no names of files ({machine}, "
            f"{name}); record the session with faultline",
        )
    return Path(machine) / name


def main_subject(result: Result):  # type: ignore[no-untyped-def]
    """The build that the session is about: the first one that is no anchor."""
    others = [subject for subject in result.subjects if subject.role != "anchor"]
    return (others or result.subjects)[0]


def content(path: Path) -> bytes:
    """The bytes of a result file, unpacked. It was loaded before, so it is not too large."""
    data = path.read_bytes()
    if not data.startswith(gzip_magic):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError):
        raise ReportError(
            EXIT_INPUT, f"{path} is damaged gzip; restore it from a copy or from git"
        ) from None


def write_new(target: Path, data: bytes) -> bool:
    """Writes a file that must not be there; False when somebody else was quicker."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            os.link(part, target)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {target}: {error.strerror}; name another place with --store"
        ) from None
    return True
