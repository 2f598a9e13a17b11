"""progress.py: what is called, or drawn, each time a run ends."""

from __future__ import annotations

import sys
from typing import Callable, Union

Tell = Callable[[int, int, str], object]
"""tell(done, total, text): so many of all runs have ended; text says which one, and how."""
ProgressLike = Union[Tell, bool, None]
"""A function to call, or True for a bar on standard error."""

WIDTH = 72
BAR = 20


class Bar:
    """One line on standard error that is drawn over itself, in a terminal and in a notebook."""

    def __init__(self) -> None:
        self._drawn = False

    def __call__(self, done: int, total: int, text: str) -> None:
        filled = BAR * done // total if total else BAR
        printable = "".join(c if c.isprintable() else " " for c in text)
        line = f"[{'#' * filled:<{BAR}}] {done}/{total} {printable}"
        print(f"\r{line[:WIDTH]:<{WIDTH}}", end="", file=sys.stderr, flush=True)
        self._drawn = True

    def end(self) -> None:
        """Leaves the line."""
        if self._drawn:
            print(file=sys.stderr)
