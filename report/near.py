"""near.py: what a mistyped name may have meant."""

from __future__ import annotations

import difflib
from typing import Sequence


def near_names(name: str, known: Sequence[str], shown: int = 12) -> str:
    """The cure of an error: "did you mean 'refcount'?", or else the names that there are."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not known:
        return "there is none"
    listed = ", ".join(known[:shown]) + (", ..." if len(known) > shown else "")
    return f"there is {listed}" if len(known) == 1 else f"there are {listed}"
