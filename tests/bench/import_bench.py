#!/usr/bin/env python3
"""import_bench.py: what `import faultline` takes, in fresh processes; prints, and judges nothing.

usage: tests/bench/import_bench.py BUILD [PROCESSES]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

TIMED = """
import sys, time
begin = time.perf_counter()
{statement}
print(time.perf_counter() - begin)
"""
STATEMENTS = {
    "import faultline": "import faultline",
    "... and faultline.designs()": "import faultline; faultline.designs()",
    "... and faultline.machines()": "import faultline; faultline.machines()",
    "import numpy (to compare with)": "import numpy",
}


def seconds(statement: str, parent: Path) -> float:
    """One statement in a Python of its own, without that Python's start."""
    done = subprocess.run([sys.executable, "-c", TIMED.format(statement=statement)], text=True,
                          env={**os.environ, "PYTHONPATH": str(parent)}, capture_output=True,
                          check=True)
    return float(done.stdout)


def main(build: str, processes: str = "21") -> None:
    """A line a statement: the median and the range, in milliseconds."""
    parent = Path(build).resolve() / "bindings"
    for name, statement in STATEMENTS.items():
        ms = sorted(1000 * seconds(statement, parent) for _ in range(int(processes)))
        print(f"{name:<32} {statistics.median(ms):7.1f} ms  ({ms[0]:.1f} to {ms[-1]:.1f}, "
              f"{len(ms)} processes)")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
