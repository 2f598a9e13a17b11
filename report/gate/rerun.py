"""rerun.py: the options of `faultline run` that record the candidates of a screen once more."""

from __future__ import annotations

import re
from typing import Sequence

from report.gate.model import Row
from report.gate.sides import Side

# Options of the first recording that are kept. A file comes from strangers and these words may be
# given to a shell, so nothing else of its command line is taken over.
kept = ("--placement", "--pin", "--suite", "--trials", "--seconds", "--set", "--deadline")
plain = re.compile(r"[\w.,=+:-]{1,200}", re.ASCII)


def rerun_options(base: Side, rows: Sequence[Row]) -> list[str]:
    """Words for the command line: kept options, then the rows' designs, workloads and threads.

    Empty when there is no row, or where a name is not plain enough for a command line.
    """
    if not rows:
        return []
    words = kept_options(base.sessions[0].session.argv)
    for option, place in (("--design", 1), ("--workload", 0), ("--threads", 2)):
        names = list(dict.fromkeys(row.group[place] for row in rows))
        if not all(plain.fullmatch(name) for name in names):
            return []
        if option == "--threads":
            names.sort(key=int)
        words += [option, ",".join(names)]
    return words


def kept_options(argv: Sequence[str]) -> list[str]:
    """"--trials 3" and "--trials=3" alike; values that are not plain are left out."""
    words = []
    for i, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name not in kept:
            continue
        if not equals:
            value = argv[i + 1] if i + 1 < len(argv) else ""
        if plain.fullmatch(value) and not value.startswith("-"):
            words += [name, value]
    return words
