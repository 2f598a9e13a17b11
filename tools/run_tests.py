#!/usr/bin/env python3
"""Builds and runs every test of faultline: the table of steps behind tools/test.

Each step is one command and a way to count what it tested. The last line is the sum.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parent))

from count_tests import Tally, count_junit, count_meson, last_lines
from tidy_rules.source import list_files

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
SUITES = ("format", "tidy", "fast", "stress", "python", "kernel", "tsan", "asan", "clang")
QUICK = ("format", "tidy", "fast", "python")
GXX = ("tidy", "fast", "stress", "python", "kernel")
"""Suites that use build-test, the g++ build without sanitizers."""

BUILD_TIMEOUT_S = 1500
TEST_TIMEOUT_S = 900
PYTHON_TIMEOUT_S = 1500

# UBSan only prints what it finds, and goes on, unless it is told to stop.
SANITIZER_ENV = {
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


@dataclass(frozen=True)
class Finished:
    """How a step's command ended: exit status (None: out of time) and what it printed."""

    status: int | None
    output: str


@dataclass(frozen=True)
class Step:
    """One command of the table.

    command: argument list, or a function that gives it when the step begins; [] means that there
    is nothing to do. count: what the command tested. needs: steps without which it cannot run.
    """

    name: str
    suites: tuple[str, ...]
    command: list[str] | Callable[[], list[str]]
    count: Callable[[Finished], Tally]
    env: dict[str, str] = field(default_factory=dict)
    timeout_s: int = TEST_TIMEOUT_S
    needs: tuple[str, ...] = ()


def ended_badly(finished: Finished) -> Tally:
    """The tally of a command that failed as a whole."""
    how = "ran out of time" if finished.status is None else f"ended with {finished.status}"
    tally = Tally()
    tally.fail("", how + "\n" + last_lines(finished.output, 60))
    return tally


def count_build(finished: Finished) -> Tally:
    """A build is no test, but its failure is one."""
    return Tally() if finished.status == 0 else ended_badly(finished)


def count_check(finished: Finished) -> Tally:
    """A check that is one test."""
    return Tally(passed=1) if finished.status == 0 else ended_badly(finished)


def meson_count(build: str, logbase: str, canary: str | None = None) -> Callable[[Finished], Tally]:
    """Counts the log of `meson test`, which must agree with meson's exit status."""

    def count(finished: Finished) -> Tally:
        log = ROOT / build / "meson-logs" / f"{logbase}.json"
        if not log.is_file():
            return ended_badly(finished)
        tally = count_meson(log, canary)
        if finished.status != 0 and not tally.failed:
            tally.add(ended_badly(finished))
        return tally

    return count


def pytest_count(junit: str) -> Callable[[Finished], Tally]:
    """Counts pytest's result file, which must agree with pytest's exit status."""

    def count(finished: Finished) -> Tally:
        tally = count_junit(RESULTS / junit)
        if finished.status != 0 and not tally.failed:
            tally.add(ended_badly(finished))
        return tally

    return count


def count_pytest_canary(finished: Finished) -> Tally:
    """One test: the canary failed, through its assertion and not through a broken set-up."""
    inside = count_junit(RESULTS / "canary.xml")
    if finished.status == 1 and inside.passed == 0 and len(inside.failed) == 1:
        if "fails on purpose" in inside.failed[0].detail:
            return Tally(passed=1)
    tally = Tally()
    tally.fail("", "the canary that must fail did not: failures may go unnoticed\n"
               + last_lines(finished.output))
    return tally


def format_command() -> list[str]:
    """Checks the layout of every C++ file; an absent clang-format is a failure, not a skip."""
    files = [str(path) for path in list_files(ROOT) if path.suffix in (".hpp", ".cpp")]
    return ["clang-format-19", "--dry-run", "--Werror", *files]


def configure(build: str, *options: str) -> Callable[[], list[str]]:
    """Sets the build folder up unless it is."""

    def command() -> list[str]:
        if (ROOT / build / "build.ninja").is_file():
            return []
        # -O1 without debug information compiles twice as fast, and the tests measure nothing.
        return ["meson", "setup", build, "-Doptimization=1", "-Ddebug=false", *options]

    return command


def meson_test(build: str, logbase: str, *options: str) -> Callable[[], list[str]]:
    """Runs tests that are built already; the log of an earlier run is removed first."""

    def command() -> list[str]:
        (ROOT / build / "meson-logs" / f"{logbase}.json").unlink(missing_ok=True)
        return ["meson", "test", "-C", build, "--no-rebuild", "--logbase", logbase, *options]

    return command


def without_aslr(command: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """g++ 12's TSan cannot start where mmap is randomized by more than 28 bits: ask for less."""

    def wrapped() -> list[str]:
        try:
            bits = int(Path("/proc/sys/vm/mmap_rnd_bits").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return command()
        works = bits > 28 and subprocess.run(["setarch", "-R", "true"], check=False,
                                             stderr=subprocess.DEVNULL).returncode == 0
        return (["setarch", "-R"] if works else []) + command()

    return wrapped


def pytest_command(target: str, junit: str, *options: str) -> Callable[[], list[str]]:
    """Runs pytest with this Python; the result file of an earlier run is removed first."""

    def command() -> list[str]:
        (RESULTS / junit).unlink(missing_ok=True)
        return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", target,
                f"--junitxml={RESULTS / junit}", *options]

    return command


def pytest_step(name: str, target: str, *options: str, suite: str = "python",
                needs: tuple[str, ...] = ()) -> Step:
    """Python tests of one folder, on what build-test has."""
    junit = f"{name}.xml"
    return Step(name, (suite,), pytest_command(target, junit, *options), pytest_count(junit),
                {"FAULTLINE_BUILD": str(ROOT / "build-test")}, PYTHON_TIMEOUT_S, needs)


def variant(suite: str, options: tuple[str, ...], cxx: str, targets: tuple[str, ...],
            tests: tuple[str, ...]) -> list[Step]:
    """The three steps of a further build: configure, compile, test."""
    build = f"build-{suite}"
    run = meson_test(build, suite, "--no-suite", "tidy", *tests)
    return [
        Step(f"{suite} configure", (suite,), configure(build, *options), count_build,
             {"CXX": cxx}, BUILD_TIMEOUT_S),
        Step(f"{suite} compile", (suite,), ["ninja", "-C", build, *targets], count_build,
             timeout_s=BUILD_TIMEOUT_S, needs=(f"{suite} configure",)),
        Step(suite, (suite,), without_aslr(run) if suite == "tsan" else run,
             meson_count(build, suite), SANITIZER_ENV, needs=(f"{suite} compile",)),
    ]


def table() -> list[Step]:
    """Every step, in the order in which they run: what fails soonest comes first."""
    cxx = os.environ.get("CXX", "g++")
    sanitized = ("--no-suite", "python", "--no-suite", "runner", "--no-suite", "checker",
                 "--timeout-multiplier", "4")
    return [
        Step("format", ("format",), format_command, count_check),
        Step("configure", GXX, configure("build-test"), count_build, {"CXX": cxx},
             BUILD_TIMEOUT_S),
        Step("tidy", ("tidy",), meson_test("build-test", "tidy", "--suite", "tidy"),
             meson_count("build-test", "tidy"), needs=("configure",)),
        Step("compile", ("fast", "stress", "python", "kernel"),
             ["ninja", "-C", "build-test", "faultline", "all-tests", "python-module"], count_build,
             timeout_s=BUILD_TIMEOUT_S, needs=("configure",)),
        Step("fast", ("fast",),
             meson_test("build-test", "fast", "--suite", "fast", "--no-suite", "tidy"),
             meson_count("build-test", "fast", canary="canary"), needs=("compile",)),
        # Not `--suite stress`: what belongs to no suite must not be left out.
        Step("stress", ("stress",),
             meson_test("build-test", "stress", "--no-suite", "fast", "--no-suite", "tidy",
                        "--no-suite", "python"),
             meson_count("build-test", "stress"), needs=("compile",)),
        # What starts programs of ours or a browser, one after the other; the report's by two.
        pytest_step("python", "tests", "--ignore=tests/report", "--ignore=tests/kernel",
                    needs=("compile",)),
        pytest_step("report", "tests/report", "-n", "2"),
        # Boots kernels of Debian's packages.
        pytest_step("kernel", "tests/kernel", suite="kernel", needs=("compile",)),
        Step("python canary", ("python",), pytest_command("tests/canary/canary.py", "canary.xml"),
             count_pytest_canary),
        # The checker looks at fibers of its own, which sanitizers do not follow. With clang the
        # counterexamples have to be the same.
        # The runner's JSON and command line are compiled by both compilers and tested with g++
        # alone: three more builds of its tests would take tools/test beyond ten minutes.
        *variant("tsan", ("-Db_sanitize=thread",), cxx, ("lock-tests",), sanitized),
        # Optimizing what both of these instrument takes minutes.
        *variant("asan", ("-Doptimization=0", "-Db_sanitize=address,undefined"), cxx,
                 ("lock-tests",), sanitized),
        *variant("clang", (), "clang++-14", ("faultline", "lock-tests", "checker-tests"),
                 ("--suite", "fast", "--no-suite", "runner")),
    ]


def execute(step: Step, log: Path) -> Finished:
    """Runs a step's command in the repository root; its output goes to the file `log`.

    The command has a process group of its own, which is killed when time is up or on Ctrl-C.
    """
    command = step.command if isinstance(step.command, list) else step.command()
    if not command:
        return Finished(0, "")
    with open(log, "wb") as sink:
        try:
            process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **step.env},
                                       stdin=subprocess.DEVNULL, stdout=sink,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            return Finished(127, f"{command[0]}: {error.strerror}")
        try:
            status: int | None = process.wait(step.timeout_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return Finished(status, log.read_text(encoding="utf-8", errors="replace"))


def run_steps(steps: list[Step]) -> Tally:
    """Runs the steps in order, one line each; a step whose needs failed is a failure as well."""
    total, broken = Tally(), set()
    for step in steps:
        print(f"tools/test: {step.name:<15} ", end="", flush=True)
        start = time.monotonic()
        missing = [name for name in step.needs if name in broken]
        if missing:
            tally = Tally()
            tally.fail("", f"not run, because {missing[0]} failed")
        else:
            tally = step.count(execute(step, RESULTS / f"{step.name.replace(' ', '-')}.log"))
        if missing or (tally.failed and step.count is count_build):
            broken.add(step.name)
        what = str(tally) if tally.total else "done"
        print(f"{time.monotonic() - start:6.1f} s  {what}", flush=True)
        tally.failed = [failure._replace(name=f"{step.name}: {failure.name}".removesuffix(": "))
                        for failure in tally.failed]
        tally.skipped = [skip._replace(name=f"{step.name}: {skip.name}") for skip in tally.skipped]
        total.add(tally)
    return total


def report(total: Tally) -> int:
    """Prints what failed and what was skipped, then the sum; returns the exit status."""
    if total.passed == 0 and not total.failed:
        total.fail("tools/test", "ran no test")
    if total.skipped:
        print("\nskipped:")
    for skip in total.skipped:
        print(f"  {skip.name}: {skip.reason}")
    if total.failed:
        print("\nfailed:")
    for failure in total.failed:
        print(f"  {failure.name}")
        for line in failure.detail.splitlines():
            print(f"      {line}")
    print(f"\n{total}" if total.failed or total.skipped else str(total))
    return 1 if total.failed else 0


def interrupt(_signal: int, _frame: object) -> None:
    """SIGTERM ends the run as Ctrl-C does."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Runs the chosen suites; returns 0 (all passed), 1 (a failure) or 130 (interrupted)."""
    parser = argparse.ArgumentParser(prog="tools/test", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--quick", action="store_true", help="only " + ", ".join(QUICK))
    options = parser.parse_args(arguments)
    unknown = [suite for suite in options.suites if suite not in SUITES]
    if unknown:
        parser.error(f"no suite is named '{unknown[0]}'; choose from {', '.join(SUITES)}")
    if options.quick and options.suites:
        parser.error("--quick chooses the suites itself; leave it out, or the suites")
    chosen = set(options.suites or (QUICK if options.quick else SUITES))
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return report(run_steps([step for step in table() if chosen & set(step.suites)]))
    except KeyboardInterrupt:
        print("\ntools/test: interrupted; nothing is summed up. Run it again.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
