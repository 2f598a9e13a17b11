"""commits.py: what git knows of the commits that results are of; without git nothing is known."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Iterable

seconds_max = 60  # for one question to git


def git(folder: Path, *arguments: str, text: str = "") -> str | None:
    """The output of a git command; None when git is not there, fails or takes too long."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], input=text, capture_output=True, text=True,
            check=False, timeout=seconds_max, errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@lru_cache(maxsize=64)
def is_ancestor(folder: Path, old: str, new: str) -> bool:
    """Whether git knows both commits and `new` contains `old`. Both are hexadecimal digits."""
    return git(folder, "merge-base", "--is-ancestor", old, new) is not None


def lies_between(folder: Path, commit: str, base: str | None, new: str | None) -> bool:
    """Whether the change of `commit` (7 to 40 digits) is in the build `new` and not in `base`."""
    if new is None:
        return False
    if base is not None and base.startswith(commit):
        return False
    if new.startswith(commit):
        return True
    return is_ancestor(folder, commit, new) and (
        base is None or not is_ancestor(folder, commit, base)
    )


def known_commits(folder: Path, commits: Iterable[str]) -> set[str]:
    """Those that the repository around `folder` has."""
    asked = list(dict.fromkeys(commits))
    answer = git(folder, "cat-file", "--batch-check=%(objectname) %(objecttype)",
                 text="".join(f"{commit}\n" for commit in asked))
    if answer is None:
        return set()
    lines = [line.split() for line in answer.splitlines()]
    return {words[0] for words in lines if len(words) == 2 and words[1] == "commit"}


def topological(folder: Path, commits: Iterable[str]) -> dict[str, int] | None:
    """The rank of each commit, ancestors first; None when git does not know all of them.

    Commits of several branches stand as `git rev-list --topo-order` has them.
    """
    wanted = set(commits)
    if not wanted or known_commits(folder, wanted) != wanted:
        return None
    listed = git(folder, "rev-list", "--topo-order", "--reverse", "--stdin",
                 text="".join(f"{commit}\n" for commit in sorted(wanted)))
    if listed is None:
        return None
    ranks = {commit: rank for rank, commit in enumerate(listed.split()) if commit in wanted}
    return ranks if len(ranks) == len(wanted) else None
