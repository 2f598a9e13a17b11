"""tools/count_tests.py counts what really ran, and takes every doubt as a failure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from count_tests import Failure, Skip, Tally, count_gtest, count_junit, count_meson

GTEST = """Running main() from gtest_main.cc
[==========] Running 5 tests from 2 test suites.
[----------] 4 tests from A
[ RUN      ] A.Ok
printed without a newline[       OK ] A.Ok (0 ms)
[ RUN      ] A.Skip
../a.cpp:4: Skipped
needs two
CPUs
[  SKIPPED ] A.Skip (0 ms)
[ RUN      ] A.Fail
../a.cpp:5: Failure
why
[  FAILED  ] A.Fail (0 ms)
[ DISABLED ] A.DISABLED_Later
[ RUN      ] Ty/0.One
[       OK ] Ty/0.One (0 ms)
[ RUN      ] Ty/1.One
[  FAILED  ] Ty/1.One, where TypeParam = char (0 ms)
[==========] 5 tests from 2 test suites ran. (0 ms total)
[  PASSED  ] 2 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] A.Skip
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] A.Fail
[  FAILED  ] Ty/1.One, where TypeParam = char

 2 FAILED TESTS
"""
PASSING = """[==========] Running 1 test from 1 test suite.
[ RUN      ] A.Ok
[       OK ] A.Ok (0 ms)
[==========] 1 test from 1 test suite ran. (0 ms total)
"""
FAILING = PASSING.replace("[       OK ]", "[  FAILED  ]")


def meson_log(folder: Path, *entries: dict) -> Path:
    """Writes a log as `meson test` does; what an entry leaves out is that of a passed test."""
    file = folder / "testlog.json"
    usual = {"name": "faultline:fast / a", "stdout": "", "result": "OK", "returncode": 0}
    file.write_text("".join(json.dumps({**usual, **entry}) + "\n" for entry in entries),
                    encoding="utf-8")
    return file


def test_gtest_counts_each_test_once() -> None:
    tally = count_gtest(GTEST)
    assert tally is not None
    assert tally.passed == 2
    assert tally.failed == [Failure("A.Fail", "../a.cpp:5: Failure\nwhy"), Failure("Ty/1.One", "")]
    assert tally.skipped == [Skip("A.Skip", "needs two CPUs"),
                             Skip("A.DISABLED_Later", "disabled in the source")]
    assert str(tally) == "2 passed, 2 failed, 2 skipped"


def test_gtest_repeated_is_counted_each_time() -> None:
    tally = count_gtest(PASSING + PASSING)
    assert tally is not None and str(tally) == "2 passed, 0 failed"


def test_other_output_is_not_gtest() -> None:
    assert count_gtest("all fine\n") is None


def cut(text: str, before: str) -> str:
    """The text up to a mark, as after a crash."""
    return text[: text.index(before)]


@pytest.mark.parametrize("output, name", [
    (cut(PASSING, "[       OK ]"), "A.Ok"),
    (cut(PASSING, "[==========] 1 test from"), "(between tests)"),
    (PASSING.replace("[       OK ] A.Ok (0 ms)\n", "").replace("[ RUN      ] A.Ok\n", ""),
     "(count)"),
    (PASSING.replace("1 test from 1 test suite ran", "2 tests from 1 test suite ran"), "(count)"),
    ("[==========] Running 0 tests from 0 test suites.\n"
     "[==========] 0 tests from 0 test suites ran. (0 ms total)\n", "(count)"),
], ids=["crash in a test", "crash between tests", "no result", "lost result",
        "no test"])
def test_gtest_that_was_cut_off_is_a_failure(output: str, name: str) -> None:
    tally = count_gtest(output)
    assert tally is not None
    assert [failure.name for failure in tally.failed] == [name]


def test_meson_counts_the_tests_inside_and_plain_programs(tmp_path: Path) -> None:
    log = meson_log(tmp_path, {"stdout": PASSING}, {"name": "faultline:tidy / tidy"},
                    {"name": "faultline:fast / b", "stdout": GTEST, "result": "FAIL"},
                    {"name": "c", "result": "SKIP", "stderr": "no perf events\n"})
    tally = count_meson(log)
    assert str(tally) == "4 passed, 2 failed, 3 skipped"
    assert tally.failed[0].name == "b: A.Fail"
    assert tally.skipped[-1] == Skip("c", "no perf events")


@pytest.mark.parametrize("entry, words", [
    ({"stdout": PASSING, "result": "FAIL", "returncode": 66, "stderr": "data race"}, "data race"),
    ({"stdout": PASSING, "result": "TIMEOUT"}, "ran out of time"),
    ({"result": "FAIL", "returncode": -11}, "ended with -11"),
    ({"result": "ERROR", "returncode": 99}, "ended with 99"),
    ({"stdout": PASSING, "result": "UNEXPECTEDPASS"}, "had to fail"),
    ({"stdout": PASSING, "result": "EXPECTEDFAIL"}, "only ended badly"),
])
def test_meson_result_overrules_what_was_printed(tmp_path: Path, entry: dict, words: str) -> None:
    tally = count_meson(meson_log(tmp_path, entry))
    assert len(tally.failed) == 1
    assert tally.failed[0].name == "a" and words in tally.failed[0].detail


def test_meson_without_a_test_is_a_failure(tmp_path: Path) -> None:
    assert len(count_meson(tmp_path / "absent.json").failed) == 1
    assert len(count_meson(meson_log(tmp_path)).failed) == 1


def test_canary_must_be_there_and_fail(tmp_path: Path) -> None:
    canary = {"name": "faultline:fast / canary", "stdout": FAILING, "result": "EXPECTEDFAIL"}
    dead = {**canary, "stdout": PASSING, "result": "UNEXPECTEDPASS"}
    not_started = {**canary, "stdout": ""}
    assert str(count_meson(meson_log(tmp_path, canary, {}), "canary")) == "2 passed, 0 failed"
    for entries in ([{}], [dead], [not_started]):
        tally = count_meson(meson_log(tmp_path, *entries), "canary")
        assert "canary" in [failure.name for failure in tally.failed]


def test_junit_counts_cases(tmp_path: Path) -> None:
    file = tmp_path / "pytest.xml"
    file.write_text("""<testsuites><testsuite>
      <testcase classname="tests.a" name="ok"/>
      <testcase classname="tests.a" name="bad"><failure>assert 1 == 2</failure></testcase>
      <testcase classname="" name="tests.b"><error message="no module"/></testcase>
      <testcase classname="tests.a" name="later"><skipped message="no perf"/></testcase>
    </testsuite></testsuites>""", encoding="utf-8")
    tally = count_junit(file)
    assert tally == Tally(1, [Failure("tests.a::bad", "assert 1 == 2"),
                              Failure("tests.b", "no module")],
                          [Skip("tests.a::later", "no perf")])


@pytest.mark.parametrize("text", [None, "", "<testsuites><testsuite", "<testsuites/>"])
def test_junit_that_is_absent_broken_or_empty_is_a_failure(tmp_path: Path,
                                                           text: str | None) -> None:
    file = tmp_path / "pytest.xml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert len(count_junit(file).failed) == 1
