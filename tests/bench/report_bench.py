#!/usr/bin/env python3
"""report_bench.py: how long the commands of the report take, beside an empty Python.

    tests/bench/report_bench.py [--rounds N] [--repeat N]

Makes a session of about 1,000 runs by formula and times each command in a process of its own, as a
user starts it. Prints the median and the range; nothing fails here, the machine decides the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "report")]

import synthetic  # noqa: E402


def make_session(rounds: int) -> tuple[str, int]:
    """A session of 96 configurations as JSON, and its number of runs."""
    document = synthetic.result(threads=(1, 2, 3, 4), rounds=rounds)
    return json.dumps(document), len(document["runs"])


def seconds(command: list[str]) -> float:
    """The wall time of one process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the commands of the report.")
    parser.add_argument("--rounds", type=int, default=11, help="of the session (default: 11)")
    parser.add_argument("--repeat", type=int, default=5, help="of each command (default: 5)")
    options = parser.parse_args()
    text, runs = make_session(options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session.json"
        session.write_text(text, encoding="ascii")
        report = [sys.executable, "-m", "report"]
        files = [str(session)]
        sender = ["--from", "a@example.org"]
        commands = {
            "python3 -c pass": [sys.executable, "-c", "pass"],
            "compare --help": [*report, "compare", "--help"],
            f"compare FILE, {runs} runs": [*report, "compare", *files],
            f"compare FILE --metric all, {runs} runs": [
                *report, "compare", *files, "--metric", "all"],
            f"compare FILE FILE, {runs} runs each": [*report, "compare", *files, *files],
            f"mail FILE, {runs} runs": [*report, "mail", *files, *sender],
        }
        for name, command in commands.items():
            taken = [seconds(command) for _ in range(options.repeat)]
            print(f"{name:<40} {statistics.median(taken):6.3f} s "
                  f"({min(taken):.3f} to {max(taken):.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
