"""Counts test results: GoogleTest's output, Meson's test log, pytest's JUnit file.

A count is never guessed: a program that crashed, was cut off or ran no test is a failure.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

DETAIL_LINES = 30
"""Lines of output shown for one failed test."""

GTEST_LINE = re.compile(r"\[( RUN      |       OK |  FAILED  |  SKIPPED | DISABLED )\] ([^\s,]+)")
GTEST_END = re.compile(r"^\[==========\] (\d+) tests? from \d+ test (?:suite|case)s? ran\.", re.M)


class Failure(NamedTuple):
    """A failed test: its name, and the lines that say why ("" when nothing is known)."""

    name: str
    detail: str


class Skip(NamedTuple):
    """A test that was not run, and why."""

    name: str
    reason: str


@dataclass
class Tally:
    """What a step of tools/test came to."""

    passed: int = 0
    failed: list[Failure] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Adds the tests of another tally."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def fail(self, name: str, detail: str = "") -> None:
        """Adds a failed test."""
        self.failed.append(Failure(name, detail))

    @property
    def total(self) -> int:
        """Number of tests, skipped ones included."""
        return self.passed + len(self.failed) + len(self.skipped)

    def __str__(self) -> str:
        text = f"{self.passed} passed, {len(self.failed)} failed"
        return text + (f", {len(self.skipped)} skipped" if self.skipped else "")


def last_lines(text: str, count: int = DETAIL_LINES) -> str:
    """The last `count` lines of `text` that are not blank."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-count:])


def count_gtest(output: str) -> Tally | None:
    """Counts what a GoogleTest program printed; None when it is not GoogleTest's output.

    A test that began and did not end, and a program that printed no summary, are failures.
    """
    if "[==========] Running " not in output:
        return None
    tally = Tally()
    ran, disabled, running, begin = 0, 0, "", 0
    listing = False  # within the summary, which names failed tests a second time
    offset = 0
    for line in output.splitlines(keepends=True):
        offset += len(line)
        if line.startswith("[==========]"):
            listing = GTEST_END.match(line) is not None
        match = GTEST_LINE.search(line)
        if match is None or listing:
            continue
        what, name = match[1].strip(), match[2]
        detail = output[begin : offset - len(line)]
        if what == "RUN":
            running, begin = name, offset
            continue
        if what == "DISABLED":
            tally.skipped.append(Skip(name, "disabled in the source"))
            disabled += 1
            continue
        ran, running = ran + 1, ""
        if what == "OK":
            tally.passed += 1
        elif what == "FAILED":
            tally.fail(name, last_lines(detail))
        else:
            reason = " ".join(last_lines(detail).splitlines()[1:]).strip()
            tally.skipped.append(Skip(name, reason or "no reason given"))
    promised = sum(int(count) for count in GTEST_END.findall(output))
    if running:
        tally.fail(running, "began and did not end\n" + last_lines(output[begin:]))
    elif not GTEST_END.search(output):
        tally.fail("(between tests)", "printed no summary\n" + last_lines(output))
    elif ran != promised:
        tally.fail("(count)", f"{promised} tests ran, but {ran} results were printed")
    elif ran + disabled == 0:
        tally.fail("(count)", "ran no test")
    return tally


def count_meson_entry(entry: dict) -> Tally:
    """Counts one line of Meson's JSON test log: the tests inside it, or one when it is no GTest."""
    name = entry["name"].partition(" / ")[2] or entry["name"]
    output, errors = entry.get("stdout", ""), entry.get("stderr", "")
    result, code = entry["result"], entry.get("returncode")
    inside = count_gtest(output)
    if result == "EXPECTEDFAIL":
        if inside is not None and not inside.failed:
            return Tally(failed=[Failure(name, "had to fail through a test, and only ended badly")])
        return Tally(passed=1)
    if result == "UNEXPECTEDPASS":
        return Tally(failed=[Failure(name, "had to fail, and passed")])
    if result == "SKIP":
        reason = last_lines(output + "\n" + errors, 1)
        return Tally(skipped=[Skip(name, reason or f"exit {code}")])
    tally = Tally()
    if inside is None:
        tally.passed = int(result == "OK")
    else:
        tally.passed = inside.passed
        tally.failed = [Failure(f"{name}: {failure.name}", failure.detail)
                        for failure in inside.failed]
        tally.skipped = [Skip(f"{name}: {skip.name}", skip.reason) for skip in inside.skipped]
    if result != "OK" and (inside is None or not inside.failed):
        what = "ran out of time" if result == "TIMEOUT" else f"ended with {code} ({result})"
        tally.fail(name, what + "\n" + last_lines(errors or output))
    return tally


def count_meson(log: Path, canary: str | None = None) -> Tally:
    """Counts a `meson test` run from its JSON log, one object a line.

    With `canary`, a test of this name must be there and have failed as Meson expects of it.
    """
    if not log.is_file():
        return Tally(failed=[Failure("(no test log)", "meson ran no test")])
    tally, canary_failed = Tally(), False
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = json.loads(line)
        tally.add(count_meson_entry(entry))
        if entry["name"].partition(" / ")[2] == canary and entry["result"] == "EXPECTEDFAIL":
            inside = count_gtest(entry.get("stdout", ""))
            canary_failed = inside is not None and len(inside.failed) > 0
    if tally.total == 0:
        tally.fail("(count)", "ran no test")
    if canary is not None and not canary_failed:
        tally.fail(canary, "the canary that must fail did not fail: failures may go unnoticed")
    return tally


def count_junit(file: Path) -> Tally:
    """Counts a JUnit XML file as pytest writes it; a file that is absent or broken is a failure."""
    try:
        root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError) as error:
        return Tally(failed=[Failure("(no result file)", str(error))])
    tally = Tally()
    for case in root.iter("testcase"):
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        bad = [child for child in case if child.tag in ("failure", "error")]
        skip = case.find("skipped")
        if bad:
            tally.fail(name, last_lines(bad[0].text or bad[0].get("message") or ""))
        elif skip is not None:
            tally.skipped.append(Skip(name, skip.get("message") or "no reason given"))
        else:
            tally.passed += 1
    if tally.total == 0:
        tally.fail("(count)", "ran no test")
    return tally
