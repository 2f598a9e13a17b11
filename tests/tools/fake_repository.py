"""A copy of tools/ in an empty repository, with programs on PATH that only pretend."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = "/usr/bin:/bin"


class FakeRepository:
    """`root` is the repository, `bin` comes first on PATH, `calls` is what the fakes were asked."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.bin = folder / "bin"
        self.log = folder / "calls.txt"
        self.bin.mkdir()
        shutil.copytree(ROOT / "tools", self.root / "tools",
                        ignore=shutil.ignore_patterns("__pycache__"))

    def fake(self, name: str, script: str = "") -> None:
        """Puts a bash script on PATH that first writes down how it was called."""
        file = self.bin / name
        file.write_text(f'#!/bin/bash\nprintf "%s\\n" "{name} $*" >>"{self.log}"\n{script}\n',
                        encoding="ascii")
        file.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """The command lines of the fakes, in order."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def environment(self, env: dict[str, str], path: str = SYSTEM) -> dict[str, str]:
        """A small environment, so that nothing of the caller's decides the test."""
        return {"PATH": f"{self.bin}:{path}", "HOME": str(self.root), "LC_ALL": "C", **env}

    def run(self, *command: str, cwd: Path | None = None, path: str = SYSTEM,
            **env: str) -> subprocess.CompletedProcess[str]:
        """Runs tools/<command> of the copy, by default from a folder outside of it.

        It has a process group of its own, so a fake can play Ctrl-C with `kill -INT 0`.
        """
        return subprocess.run([str(self.root / "tools" / command[0]), *command[1:]], text=True,
                              capture_output=True, check=False, cwd=cwd or self.bin,
                              stdin=subprocess.DEVNULL, env=self.environment(env, path),
                              start_new_session=True)

    def only(self, *names: str) -> str:
        """A PATH folder with nothing but these programs of the system."""
        folder = self.bin.parent / "only"
        folder.mkdir(exist_ok=True)
        for name in names:
            found = shutil.which(name, path=SYSTEM)
            assert found, f"{name} is not on this system"
            if not (folder / name).exists():
                os.symlink(found, folder / name)
        return str(folder)
