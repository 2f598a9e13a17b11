"""Fits machine profiles of the simulator to published contention curves, and judges them.

A profile is fitted to two curves of its machine alone: fetch-add and a CAS loop. Everything else
that was published for it is predicted, which is how a profile earns `calibrated = "yes"`.

examples:
  tools/calibrate validate                 model against published, every machine and lock
  tools/calibrate validate --markdown      the same as tables for docs/simulator.md
  tools/calibrate fit bdw-2s               better values for simulator/machines/bdw-2s.toml
  tools/calibrate fit bdw-2s --write       ... and put them there

exit: 0 done; 2 usage; 4 the program `faultline` is missing or failed
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "simulator" / "calibration"
PROFILES = ROOT / "simulator" / "machines"

# threads -> nanoseconds of a pair, all threads together
Curve = dict[int, float]


@dataclass(frozen=True)
class Machine:
    """A machine with published curves: where they are, and which locks they are of."""

    name: str
    file: str
    host: str
    locks: dict[str, str]  # test in the file -> yardstick
    fitted: tuple[str, str]  # the two tests that the profile may be fitted to
    pairs: int  # operations of the file in one pair of ours
    most: int  # threads; beyond it, more than CPUs


LOCKHAMMER = {
    "incdec_refcount": "faa",
    "cas_lockref": "cas",
    "cas_rw_lock": "cas_rw",
    "ticket_spinlock": "ticket",
}
DOWNS = {"atomic add": "faa", "cas add": "cas_reuse"}


def lockhammer(name: str, host: str, most: int) -> Machine:
    """A host of lockhammer's results; its figures are of pairs."""
    fitted = ("incdec_refcount", "cas_lockref")
    return Machine(name, "lockhammer_median.csv", host, LOCKHAMMER, fitted, 1, most)


def downs(name: str, host: str, most: int) -> Machine:
    """A machine of concurrency-hierarchy-bench; its figures are of single additions."""
    fitted = ("atomic add", "cas add")
    return Machine(name, "travisdowns_median.csv", host, DOWNS, fitted, 2, most)


MACHINES = [
    downs("skl4", "skl", 4),
    downs("icl4", "icl", 4),
    downs("graviton2", "g2-16", 16),
    lockhammer("naples-1s", "x86-1", 64),
    lockhammer("skx-24c-1s", "x86-2", 48),
    lockhammer("bdw-2s", "x86-3", 88),
    lockhammer("bdw-10c-2s", "x86-4", 40),
]

# What a fit may change, and within which bounds (nanoseconds).
BOUNDS = {
    "core.rmw_ns": (3, 20),
    "core.hit_ns": (1, 4),
    "core.jitter_ns": (0.1, 5),
    "transfer.request_ns": (0, 20),
    "transfer.cluster_ns": (5, 50),
    "transfer.node_ns": (20, 120),
    "transfer.socket_ns": (30, 180),
    "transfer.machine_ns": (30, 140),
    "read.cluster_ns": (5, 60),
    "read.invalidate_each_ns": (0, 4),
    "read.modified_ns": (0, 80),
    "window.hold_ns": (0, 35),
    "window.jitter_ns": (0, 25),
    "window.far_hold_ns": (0, 60),
    "window.far_jitter_ns": (0, 60),
}


class Problem(Exception):
    """An error that ends the program: one line with its cure, and the exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def program() -> str:
    """The built `faultline`. Raises Problem when there is none."""
    for folder in ("build", "builddir"):
        path = ROOT / folder / "runner" / "faultline"
        if path.exists():
            return str(path)
    raise Problem(4, "there is no build/runner/faultline; build it as the README says")


def published(machine: Machine) -> dict[str, Curve]:
    """The machine's curves by test: threads to nanoseconds of one of our pairs."""
    curves: dict[str, Curve] = {}
    with (DATA / machine.file).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            where = row.get("host") or row.get("machine")
            test = row.get("test") or row.get("impl") or ""
            threads = int(row["threads"])
            if where != machine.host or test not in machine.locks or threads > machine.most:
                continue
            ns = float(row.get("ns_per_pair_system") or row["ns_per_op_system"])
            curves.setdefault(test, {})[threads] = ns * machine.pairs
    return curves


def simulate(
    command: str,
    machine: Machine,
    locks: list[str],
    threads: list[int],
    values: dict[str, float],
    par_ns: int,
    seeds: int,
    seconds: float,
) -> dict[str, Curve]:
    """Simulated curves by yardstick: medians over seeds, ns of a pair, all threads together.

    `values` replaces values of the profile; `par_ns` is what a thread computes between pairs.
    Raises Problem when the program fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "sim.json"
        arguments = [command, "sim", "--machine", machine.name, "--workload", "pair"]
        arguments += ["--design", ",".join(locks), "--cpus", ",".join(map(str, threads))]
        arguments += ["--set", f"par_ns={par_ns}", "--seeds", str(seeds)]
        arguments += ["--seconds", str(seconds), "--jobs", "1", "--quiet", "-o", str(output)]
        for key, value in values.items():
            arguments += ["--machine-set", f"{key}={value:.3f}"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            raise Problem(4, done.stderr.strip() or "faultline sim failed")
        result = json.loads(output.read_text(encoding="utf-8"))
    found: dict[str, dict[int, list[float]]] = {}
    for run in result["runs"]:
        params = result["benchmarks"][run["bench"]]["params"]
        curve = found.setdefault(params["design"], {})
        if not run["trials"] or run["trials"][0]["ops"] == 0:
            continue
        trial = run["trials"][0]
        curve.setdefault(params["threads"], []).append(trial["s"] * 1e9 / trial["ops"])
    return {
        lock: {n: sorted(all_)[len(all_) // 2] for n, all_ in curve.items()}
        for lock, curve in found.items()
    }


def overhead_ns(command: str, machine: Machine, curves: dict[str, Curve]) -> int:
    """What the published loop does between pairs: its single-threaded fetch-add pair, less ours."""
    test = machine.fitted[0]
    lock = machine.locks[test]
    alone = simulate(command, machine, [lock], [1], {}, 0, 1, 50e-6)[lock][1]
    if machine.pairs != 1:
        return 0  # single additions in a tight loop: the published N = 1 has nothing to take off
    return max(0, int(curves[test][1] - alone))


def rms(model: Curve, data: Curve, threads: list[int]) -> float:
    """Root mean square of the multiplicative error: 1.10 is 10 % off. NaN of nothing."""
    logs = [math.log(model[n] / data[n]) for n in threads if n in model and n in data]
    if not logs:
        return math.nan
    return math.exp(math.sqrt(sum(x * x for x in logs) / len(logs)))


def shown_threads(machine: Machine, data: Curve) -> list[int]:
    """Thread counts that a table shows: all of a small machine, powers of two and borders else."""
    if machine.most <= 16:
        return [n for n in data if n > 1]
    wanted = {2, 3, 4, 8, 12, 16, 24, 32, 40, 44, 48, 56, 64, 76, 88}
    return [n for n in data if n in wanted]


def validate(markdown: bool) -> None:
    """Prints model against published, with the error, for every machine and lock."""
    command = program()
    for machine in MACHINES:
        curves = published(machine)
        par = overhead_ns(command, machine, curves)
        threads = sorted({n for curve in curves.values() for n in shown_threads(machine, curve)})
        locks = [machine.locks[test] for test in curves]
        model = simulate(command, machine, locks, threads, {}, par, 8, 150e-6)
        print_machine(machine, curves, model, par, markdown)


def print_machine(
    machine: Machine,
    curves: dict[str, Curve],
    model: dict[str, Curve],
    par: int,
    markdown: bool,
) -> None:
    """One machine's tables: rows are thread counts, cells simulated / published ns of a pair."""
    tests = list(curves)
    threads = sorted({n for test in tests for n in shown_threads(machine, curves[test])})
    heads = [
        f"{machine.locks[test]} ({test}){', fitted' if test in machine.fitted else ''}"
        for test in tests
    ]
    rows = []
    for n in threads:
        cells = []
        for test in tests:
            ours = model.get(machine.locks[test], {}).get(n)
            theirs = curves[test].get(n)
            cells.append("-" if ours is None or theirs is None else f"{ours:.0f} / {theirs:.0f}")
        rows.append([str(n), *cells])
    errors = [
        rms(model.get(machine.locks[test], {}), curves[test], shown_threads(machine, curves[test]))
        for test in tests
    ]
    rows.append(["rms error", *(f"x{error:.2f}" for error in errors)])
    logs = [math.log(error) for error in errors if not math.isnan(error)]
    total = math.exp(math.sqrt(sum(x * x for x in logs) / len(logs)))
    print(f"\n### {machine.name}\n" if markdown else f"\n{machine.name}:", end="\n")
    print(
        f"Simulated / published ({machine.file}, {machine.host}) ns of a pair, all threads "
        f"together; 8 seeds, par_ns={par}. All locks together: x{total:.2f}."
    )
    if markdown:
        print("\n| threads | " + " | ".join(heads) + " |")
        print("|" + "---|" * (len(heads) + 1))
        for row in rows:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(len(row[i]) for row in [["threads", *heads], *rows]) for i in range(len(rows[0]))]
    for row in [["threads", *heads], *rows]:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def profile_values(name: str) -> dict[str, float]:
    """The values of a profile that a fit may change, in nanoseconds."""
    import tomllib

    profile = tomllib.loads((PROFILES / f"{name}.toml").read_text(encoding="utf-8"))
    values = {}
    for key in BOUNDS:
        table, entry = key.split(".")
        value = profile[table][entry]
        if value != 0 or key.startswith(("transfer.request", "read.inv")):
            values[key] = float(value)
    return values


def fit(name: str, iterations: int, write: bool) -> None:
    """Searches better values for a profile by differential evolution over its two curves."""
    try:
        from scipy.optimize import differential_evolution
    except ImportError:
        raise Problem(4, "fit needs scipy; apt-get install python3-scipy") from None

    machine = next((m for m in MACHINES if m.name == name), None)
    if machine is None:
        known = ", ".join(m.name for m in MACHINES)
        raise Problem(2, f"no curves were published for '{name}'; choose one of {known}")
    command = program()
    curves = {test: c for test, c in published(machine).items() if test in machine.fitted}
    par = overhead_ns(command, machine, curves)
    start = profile_values(name)
    threads = sorted({n for curve in curves.values() for n in shown_threads(machine, curve)})
    locks = [machine.locks[test] for test in curves]

    def loss(point: list[float]) -> float:
        values = dict(zip(start, point, strict=True))
        model = simulate(command, machine, locks, threads, values, par, 1, 60e-6)
        logs = [
            math.log(rms(model.get(machine.locks[test], {}), curves[test], threads)) ** 2
            for test in curves
        ]
        return math.sqrt(sum(logs) / len(logs))

    with ThreadPoolExecutor(2) as pool:
        found = differential_evolution(
            loss,
            [BOUNDS[key] for key in start],
            x0=list(start.values()),
            maxiter=iterations,
            popsize=4,
            seed=1,
            polish=False,
            updating="deferred",
            workers=lambda function, points: list(pool.map(function, points)),
        )
    print(f"{name}: x{math.exp(loss(list(start.values()))):.3f} -> x{math.exp(found.fun):.3f}")
    best = dict(zip(start, found.x, strict=True))
    for key, value in best.items():
        print(f"  {key} = {value:.3f}")
    if write:
        write_values(name, best)


def write_values(name: str, values: dict[str, float]) -> None:
    """Puts values into a profile, leaving everything else of the file as it is."""
    path = PROFILES / f"{name}.toml"
    table = ""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        head = re.match(r"\[(\w+)\]", line)
        table = head[1] if head else table
        entry = re.match(r"(\w+) = ", line)
        key = f"{table}.{entry[1]}" if entry else ""
        lines.append(f"{entry[1]} = {values[key]:.3f}" if entry and key in values else line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Parses the command line and carries it out. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools/calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    judge = commands.add_parser("validate", help="model against published curves")
    judge.add_argument("--markdown", action="store_true", help="as tables for docs/simulator.md")
    search = commands.add_parser("fit", help="better values for one profile")
    search.add_argument("machine")
    search.add_argument("--iterations", type=int, default=12, help="generations; default: 12")
    search.add_argument("--write", action="store_true", help="put them into the profile")
    options = parser.parse_args()
    try:
        if options.command == "validate":
            validate(options.markdown)
        else:
            fit(options.machine, options.iterations, options.write)
    except Problem as problem:
        print(f"tools/calibrate: {problem}", file=sys.stderr)
        return problem.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
