"""ci_stub.py: plays build/runner/faultline for tests of tools/ci: records by formula, gates truly.

Lies in the tree of a build; a file `slow` there makes rwsem 10 % slower with 2 threads, a file
`crash` lets every run of refcount crash, a file `refuse` makes recording end with 4.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]


def main(tree: Path, log: Path, words: list[str]) -> int:
    """One call of `faultline`; log: every call so far, a line each."""
    with log.open("a", encoding="ascii") as file:
        file.write(f"{tree.name} {' '.join(words)}\n")
    import gate_sessions  # registers the gate where it is not registered yet

    if words[0] not in ("run", "sim", "check"):
        from report.__main__ import main as report

        return report(words)
    if (tree / "refuse").exists():
        print("faultline: this machine cannot do it", file=sys.stderr)
        return 4
    options = dict(zip(words[1:], words[2:]))
    number = len(log.read_text(encoding="ascii").splitlines())
    document = record(gate_sessions, words[0], tree, number, options)
    document["session"]["argv"] = ["faultline", *words]
    commit = subprocess.run(["git", "-C", str(tree), "rev-parse", "HEAD"], check=True, text=True,
                            capture_output=True).stdout.strip()
    gate_sessions.set_commit(document, commit)
    Path(options["-o"]).write_text(json.dumps(document), encoding="ascii")
    return 1 if (tree / "crash").exists() else 0


def record(sessions, bench: str, tree: Path, number: int, options: dict[str, str]) -> dict:
    """A session of the bench, at the time `number`."""
    import synthetic_check
    import synthetic_sim

    if bench == "check":
        return synthetic_check.result()
    if bench == "sim":
        document = synthetic_sim.result()
        if (tree / "slow").exists():
            document["runs"][4]["trials"][0]["ops"] -= 1
        return document
    threads = tuple(int(word) for word in options.get("--threads", "1,2").split(","))
    document = sessions.session(
        number, int(options["--rounds"]), {("rwsem", 2): 0.9} if (tree / "slow").exists() else {},
        number=number, threads=threads)
    if (tree / "crash").exists():
        sessions.break_runs(document, "refcount", 99)
    return document


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
