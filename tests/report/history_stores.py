"""history_stores.py: a git repository with a store of sessions, one a commit, for tests."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any, Callable

from gate_sessions import session

Change = Callable[[int, dict[str, Any]], None]


class Kept:
    """A repository with `count` commits and a session of each in results/, put there directly."""

    def __init__(self, folder: Path, with_git: bool = True) -> None:
        self.root = folder / "repository"
        self.store = self.root / "results"
        self.store.mkdir(parents=True)
        self.commits: list[str] = []
        self.with_git = with_git
        if with_git:
            self.git("init", "-q")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), "-c", "user.name=a", "-c", "user.email=a@example.org",
             *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, count: int) -> None:
        """New commits on one branch, or without git digits that look like them."""
        first = len(self.commits)
        if not self.with_git:
            self.commits += [f"{number:040x}" for number in range(first, first + count)]
            return
        parts = []
        for number in range(first, first + count):
            parent = "from refs/heads/main^0\n" if number == first and first else ""
            parts.append(f"commit refs/heads/main\nmark :{number + 1}\n"
                         f"committer a <a@example.org> {1_700_000_000 + number} +0000\n"
                         f"data 1\nx\n{parent}")
        subprocess.run(["git", "-C", str(self.root), "fast-import", "--quiet"], check=True,
                       input="".join(parts).encode())
        self.commits = self.git("rev-list", "--reverse", "refs/heads/main").split()

    def fill(
        self, count: int, slow_from: int | None = None, fast_from: int | None = None,
        change: Change | None = None, factor: float = 0.9,
    ) -> None:
        """`count` more commits with a session each; rwsem with 2 threads is slow in
        slow_from .. fast_from - 1. change(i, document) may alter a session."""
        first = len(self.commits)
        self.commit(count)
        for i in range(first, first + count):
            slow = slow_from is not None and i >= slow_from and (fast_from is None or i < fast_from)
            document = session(
                i, rounds=6, scale={("rwsem", 2): factor} if slow else {}, commit=self.commits[i],
                number=60 * i)
            if change is not None:
                change(i, document)
            self.put(document)

    def put(self, document: dict[str, Any]) -> Path:
        commit = document["subjects"][0]["vcs"]["commit"] or "unknown"
        folder = self.store / document["machine"]["id"]
        folder.mkdir(exist_ok=True)
        path = folder / f"{commit[:12]}-{document['session']['id']}.json.gz"
        path.write_bytes(gzip.compress(json.dumps(document).encode(), 1, mtime=0))
        return path
