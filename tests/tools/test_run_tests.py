"""tools/test and tools/run_tests.py, with a meson and a ninja that only pretend."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from fake_repository import ROOT, FakeRepository

MESON = """
if [[ $1 == setup ]]; then mkdir -p "$2/meson-logs" && touch "$2/build.ninja"; exit; fi
while [[ $# -gt 0 ]]; do
  case $1 in -C) build=$2 ;; --logbase) log=$2 ;; esac
  shift
done
[[ ! -f "$build-$log.sh" ]] || source "$build-$log.sh"
cp "$build-$log.json" "$build/meson-logs/$log.json"
"""
PASSING = ("[==========] Running 1 test from 1 test suite.\n[ RUN      ] A.Ok\n"
           "[       OK ] A.Ok (0 ms)\n[==========] 1 test from 1 test suite ran. (0 ms total)\n")
FAILING = PASSING.replace("[       OK ]", "the reason\n[  FAILED  ]")
LOGS = ("build-test-tidy", "build-test-fast", "build-test-stress", "build-tsan-tsan",
        "build-asan-asan", "build-clang-clang")


def entry(name: str, stdout: str = PASSING, result: str = "OK", code: int = 0) -> dict:
    """One line of Meson's test log."""
    return {"name": f"faultline:x / {name}", "stdout": stdout, "result": result,
            "returncode": code}


@pytest.fixture
def repository(tmp_path: Path) -> FakeRepository:
    """A repository in which everything passes: 6 C++ programs, 2 canaries, 2 Python tests."""
    fake = FakeRepository(tmp_path)
    fake.fake("meson", MESON)
    for name in ("ninja", "clang-format-19"):
        fake.fake(name)
    (fake.root / "tests").mkdir()
    (fake.root / "a.cpp").write_text("int main() {}\n", encoding="ascii")
    shutil.copytree(ROOT / "tests" / "canary", fake.root / "tests" / "canary",
                    ignore=shutil.ignore_patterns("__pycache__"))
    (fake.root / "tests" / "test_build.py").write_text(
        "import os\ndef test_build():\n    assert os.environ['FAULTLINE_BUILD'].endswith"
        "('build-test')\n", encoding="ascii")
    (fake.root / "tests" / "kernel").mkdir()
    (fake.root / "tests" / "kernel" / "test_boot.py").write_text(
        "def test_boot():\n    assert True\n", encoding="ascii")
    (fake.root / "tests" / "report").mkdir()
    (fake.root / "tests" / "report" / "test_text.py").write_text(
        "def test_text():\n    assert True\n", encoding="ascii")
    for log in LOGS:
        write_log(fake, log, entry("a"))
    write_log(fake, "build-test-fast", entry("a"), entry("canary", FAILING, "EXPECTEDFAIL", 1))
    return fake


def write_log(fake: FakeRepository, log: str, *entries: dict) -> None:
    """What the pretended `meson test` will say it has run."""
    (fake.root / f"{log}.json").write_text("".join(json.dumps(line) + "\n" for line in entries),
                                           encoding="utf-8")


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """The sum."""
    return done.stdout.splitlines()[-1]


def test_everything_passes_and_is_counted(repository: FakeRepository) -> None:
    done = repository.run("run_tests.py")
    assert done.returncode == 0, done.stdout + done.stderr
    # format, tidy, a and canary of fast, stress, test_build, test_text, Python's canary, test_boot,
    # tsan, asan, clang
    assert last_line(done) == "12 passed, 0 failed"
    builds = [call for call in repository.calls if call.startswith(("meson setup", "ninja"))]
    assert builds == [
        "meson setup build-test -Doptimization=1 -Ddebug=false",
        "ninja -C build-test faultline all-tests python-module",
        "meson setup build-tsan -Doptimization=1 -Ddebug=false -Db_sanitize=thread",
        "ninja -C build-tsan lock-tests",
        "meson setup build-asan -Doptimization=1 -Ddebug=false -Doptimization=0 "
        "-Db_sanitize=address,undefined",
        "ninja -C build-asan lock-tests",
        "meson setup build-clang -Doptimization=1 -Ddebug=false",
        "ninja -C build-clang faultline lock-tests checker-tests",
    ]


def test_an_existing_build_is_used_again(repository: FakeRepository) -> None:
    repository.run("run_tests.py", "fast")
    assert repository.run("run_tests.py", "fast").returncode == 0
    assert sum(call.startswith("meson setup") for call in repository.calls) == 1


def test_chosen_suites_alone_are_run(repository: FakeRepository) -> None:
    done = repository.run("run_tests.py", "stress", "tidy")
    assert last_line(done) == "2 passed, 0 failed"
    assert last_line(repository.run("run_tests.py", "--quick")) == "7 passed, 0 failed"


def test_failed_and_skipped_tests_are_named(repository: FakeRepository) -> None:
    skipped = PASSING.replace("[       OK ]", "a.cpp:1: Skipped\nno perf\n[  SKIPPED ]")
    write_log(repository, "build-test-stress", entry("hammer", FAILING, "FAIL", 1),
              entry("perf", skipped), entry("a"))
    done = repository.run("run_tests.py", "stress")
    assert done.returncode == 1
    assert last_line(done) == "1 passed, 1 failed, 1 skipped"
    assert "  stress: hammer: A.Ok\n      the reason\n" in done.stdout
    assert "  stress: perf: A.Ok: no perf\n" in done.stdout


def test_a_dead_canary_is_a_failure(repository: FakeRepository) -> None:
    write_log(repository, "build-test-fast", entry("a"), entry("canary", result="UNEXPECTEDPASS"))
    canary = repository.root / "tests" / "canary" / "canary.py"
    canary.write_text("def test_canary_must_fail():\n    pass\n", encoding="ascii")
    done = repository.run("run_tests.py", "fast", "python")
    assert done.returncode == 1
    assert "  fast: canary\n" in done.stdout and "  python canary\n" in done.stdout


def test_a_failing_python_test_is_named(repository: FakeRepository) -> None:
    (repository.root / "tests" / "test_bad.py").write_text(
        "def test_sum():\n    assert 1 + 1 == 3\n", encoding="ascii")
    done = repository.run("run_tests.py", "python")
    assert done.returncode == 1 and last_line(done) == "3 passed, 1 failed"
    assert "  python: tests.test_bad::test_sum\n" in done.stdout


def test_a_run_without_a_test_is_a_failure(repository: FakeRepository) -> None:
    write_log(repository, "build-tsan-tsan")
    (repository.root / "tests" / "test_build.py").unlink()
    done = repository.run("run_tests.py", "tsan", "python")
    assert done.returncode == 1 and last_line(done) == "2 passed, 2 failed"


def test_an_earlier_log_is_not_counted_again(repository: FakeRepository) -> None:
    assert repository.run("run_tests.py", "asan").returncode == 0
    (repository.root / "build-asan-asan.sh").write_text("echo no suitable tests; exit 0\n",
                                                        encoding="ascii")
    done = repository.run("run_tests.py", "asan")
    assert done.returncode == 1 and "no suitable tests" in done.stdout


def test_meson_that_ends_badly_is_a_failure(repository: FakeRepository) -> None:
    (repository.root / "build-asan-asan.sh").write_text("echo broken; trap 'exit 3' EXIT\n",
                                                        encoding="ascii")
    done = repository.run("run_tests.py", "asan")
    assert done.returncode == 1 and last_line(done) == "1 passed, 1 failed"
    assert "ended with 3" in done.stdout


def test_a_build_that_fails_stops_only_what_needs_it(repository: FakeRepository) -> None:
    repository.fake("ninja", "[[ $2 != build-tsan ]] || { echo 'error: no such file'; exit 1; }")
    done = repository.run("run_tests.py", "tsan", "asan")
    assert done.returncode == 1 and last_line(done) == "1 passed, 2 failed"
    assert "  tsan compile\n      ended with 1\n      error: no such file\n" in done.stdout
    assert "  tsan\n      not run, because tsan compile failed\n" in done.stdout


def test_an_absent_program_is_a_failure(repository: FakeRepository) -> None:
    repository.fake("clang-format-19", "exit 127")
    done = repository.run("run_tests.py", "format")
    assert done.returncode == 1 and last_line(done) == "0 passed, 1 failed"


def test_wrong_usage_is_refused(repository: FakeRepository) -> None:
    unknown = repository.run("run_tests.py", "nonsense")
    assert unknown.returncode == 2 and "no suite is named 'nonsense'" in unknown.stderr
    assert repository.run("run_tests.py", "--quick", "fast").returncode == 2


def test_interrupt_ends_the_step_that_runs(repository: FakeRepository) -> None:
    repository.fake("ninja", "exec sleep 100")
    process = subprocess.Popen([str(repository.root / "tools" / "run_tests.py"), "fast"],
                               stdout=subprocess.PIPE, text=True,
                               env=repository.environment({}))
    deadline = time.monotonic() + 20
    while not any(call.startswith("ninja") for call in repository.calls):
        assert time.monotonic() < deadline, "the compile step did not begin"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130 and "interrupted" in output


def test_tools_test_installs_and_then_runs(repository: FakeRepository) -> None:
    help_text = repository.run("test", "--help")
    assert help_text.returncode == 0 and "sanitizer" in help_text.stdout
    repository.fake("dpkg-query", "exit 1")
    done = repository.run("test", "--no-install", "stress")
    assert done.returncode == 4 and "missing: g++" in done.stderr and done.stdout == ""
    repository.fake("dpkg-query", 'shift 3; printf "%s installed\\n" "$@"')
    done = repository.run("test", "--no-install", "stress")
    assert done.returncode == 0 and last_line(done) == "1 passed, 0 failed"
