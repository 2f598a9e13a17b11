"""The files that tidy looks at, and how a finding is written."""

from __future__ import annotations

import os
import subprocess
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

KINDS = {
    ".hpp": "cpp", ".cpp": "cpp", ".py": "python", ".sh": "shell", ".md": "markdown",
}
SCRIPTS = {"python": "python", "bash": "shell", "sh": "shell"}
CODE = ("cpp", "python", "shell", "meson")

# Without git nobody says what is ignored: leave out what a build or a test makes.
GENERATED = ("build", "build-*", "test-results", "__pycache__", ".git", ".pytest_cache", ".cache")


class Finding(NamedTuple):
    """What is wrong at a line (1 is the first) of a file, and what to write instead."""

    path: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; instead: {self.instead}"


class Source:
    """One file of the repository at `root`; `path` is relative to it, with forward slashes."""

    def __init__(self, root: Path, path: str) -> None:
        self.root = root
        self.path = path
        self.file = root / path

    @cached_property
    def raw(self) -> bytes:
        """The file's bytes."""
        return self.file.read_bytes()

    @cached_property
    def text(self) -> str:
        """The file as text; bytes that are not UTF-8 are replaced. "" for a binary file."""
        return "" if b"\0" in self.raw else self.raw.decode("utf-8", errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        """The lines, each without its newline."""
        return self.text.removesuffix("\n").split("\n") if self.text else []

    @cached_property
    def kind(self) -> str:
        """cpp, python, shell, meson, markdown or other; a script without suffix by its shebang."""
        name = PurePosixPath(self.path)
        if name.name in ("meson.build", "meson_options.txt"):
            return "meson"
        if name.suffix in KINDS:
            return KINDS[name.suffix]
        if name.suffix == "" and self.raw.startswith(b"#!"):
            interpreter = self.lines[0].split("/")[-1].split()[-1].rstrip("0123456789.")
            return SCRIPTS.get(interpreter, "other")
        return "other"

    @property
    def folder(self) -> str:
        """The first part of the path: the layer; "" at the root."""
        return self.path.partition("/")[0] if "/" in self.path else ""

    def finding(self, line: int, what: str, instead: str) -> Finding:
        """A finding in this file."""
        return Finding(self.path, line, what, instead)


def git_files(root: Path) -> list[Path] | None:
    """What git tracks or would track under `root`; None when git cannot say."""
    command = ["git", "-C", str(root), "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
    if done.returncode != 0:
        return None
    return [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]


def walk_files(root: Path) -> list[Path]:
    """Every file under `root`, without what is generated."""
    found = []
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = [name for name in folders
                      if not any(Path(name).match(pattern) for pattern in GENERATED)
                      and here / name != Path("results/local")]
        found += [here / name for name in names]
    return found


def list_files(root: Path) -> list[Path]:
    """The repository's files, relative to `root`, sorted; removed ones and links are left out."""
    files = git_files(root)
    if files is None:
        files = walk_files(root)
    present = {file for file in files
               if (root / file).is_file() and not (root / file).is_symlink()}
    return sorted(present)
