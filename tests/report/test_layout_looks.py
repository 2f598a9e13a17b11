"""What the looks of other tools promise: formats and signs, and true tests behind their marks."""

from __future__ import annotations

import math
import random
import re
import statistics
from pathlib import Path
from typing import Callable, Sequence

import pytest

import synthetic_compare
from report.compare import Comparison, Outcome, Row, Sample
from report.layouts import layouts, lkp, mmtests
from report.layouts.benchstat import four_digits
from report.layouts.words import verdict_word

Write = Callable[..., Path]


def text_of(layout: str, kind: str, write: Write) -> list[str]:
    return layouts[layout].render(synthetic_compare.one(kind, write)).splitlines()


def outcomes(comparison: Comparison, metric: str) -> list[tuple[Row, Outcome]]:
    return [(row, one) for row, one in comparison.outcomes if row.metric.name == metric]


def sample(values: Sequence[float]) -> Sample:
    return Sample(tuple(values), tuple(range(len(values))), 0)


# faultline: the word of a row is the verdict, the sign is arithmetic and the head says which.

def test_the_table_says_which_sign_is_better(write: Write) -> None:
    text = "\n".join(text_of("faultline", "within-sim", write))
    assert re.search(r"throughput, SIMULATED toy-2s: refcount against rwsem; \+ is better", text)
    assert re.search(r"percentile, SIMULATED toy-2s: refcount against\s+rwsem; - is better \(lower",
                     text)


def test_rows_of_the_table(write: Write) -> None:
    comparison = synthetic_compare.one("within-host", write)
    lines = text_of("faultline", "within-host", write)
    rows = [line for line in lines if re.match(r"  +\d+[* ] +\S+ +(\d|-)", line)][:6]
    assert len(rows) == len(comparison.outcomes) == 6
    for line, (row, outcome) in zip(rows, comparison.outcomes):
        effect = outcome.effect
        if effect is None:
            assert line.rstrip().endswith("-!") and "failed" in line
            continue
        assert f"{100 * (effect.ratio - 1):+.1f}%" in line
        assert f"{100 * (effect.low - 1):+.1f}.." in line
        assert line.split()[0].rstrip("*") == str(row.count)
        assert verdict_word(comparison, row, outcome) in line


def test_too_few_runs_have_no_interval(write: Write) -> None:
    lines = text_of("faultline", "few", write)
    text = " ".join(" ".join(lines).split())
    assert "too few runs for a 95% interval (6 pairs, or 4 and 4): pf_shared/threads=1" in text
    assert not re.search(r"\d\.\.", "".join(line for line in lines if re.match(r" +\d+[ *]", line)))
    assert "BETTER," not in text.split("verdicts:")[1]


def test_between_benches_nothing_is_better(write: Write) -> None:
    comparison = synthetic_compare.one("benches", write)
    words = {verdict_word(comparison, row, one) for row, one in comparison.outcomes}
    assert words <= {"HIGHER", "LOWER", "SAME", "INCONCLUSIVE", "refused"}
    assert words & {"HIGHER", "LOWER"}
    for layout in layouts:
        assert not re.search(r"\b(BETTER|WORSE)\b", "\n".join(text_of(layout, "benches", write))
                             .replace("*: BETTER or WORSE", ""))


# mmtests: positive is better in every row; the star is the verdict.

mean_row = re.compile(
    r"^  (Hmean|Amean) +(\S+)-(\d+) +\S+ \(   0\.00%\) +(\S+) ([(*]) *(\S+)%[)*]$")


@pytest.mark.parametrize("metric, name", [("throughput", "Hmean"), ("wait_p99", "Amean")])
def test_mmtests_means(metric: str, name: str, write: Write) -> None:
    comparison = synthetic_compare.one("within-sim", write)
    found = [match for line in text_of("mmtests", "within-sim", write)
             if (match := mean_row.match(line))]
    known = {(row.benchmark.workload, str(row.count), str(n)): (row, one)
             for row in comparison.rows if row.metric.name == metric
             for n, one in enumerate(row.outcomes)}
    seen: dict[tuple[str, str], int] = {}
    checked = 0
    for match in found:
        if match[1] != name or ("." in match[4] and float(match[4]) < 10):  # jain
            continue
        key = (match[2], match[3])
        number = seen.get(key, 0)
        seen[key] = number + 1
        row, outcome = known[*key, str(number)]
        assert outcome.verdict is not None
        assert (match[5] == "*") == (outcome.verdict.value in ("BETTER", "WORSE"))
        if match[5] == "*":
            assert (float(match[6]) > 0) == (outcome.verdict.value == "BETTER")
        mean = (statistics.harmonic_mean if name == "Hmean" else statistics.fmean)(
            outcome.sample.values)
        assert float(match[4]) == pytest.approx(mean, abs=1)
        checked += 1
    assert checked >= 8


def test_mmtests_percentages_are_theirs() -> None:
    """pdiff and pndiff of Compare.pm: a smaller spread is better, whatever the metric."""
    assert mmtests.percent_of("Hmean", "higher", 100.0, 110.0) == pytest.approx(10)
    assert mmtests.percent_of("Amean", "lower", 100.0, 110.0) == pytest.approx(-10)
    assert mmtests.percent_of("HStddev", "higher", 100.0, 110.0) == pytest.approx(-10)
    assert mmtests.percent_of("CoeffVar", "lower", 100.0, 90.0) == pytest.approx(10)
    assert mmtests.percent_of("Max", "higher", 0.0, 5.0) == -99


def test_mmtests_harmonic_deviation() -> None:
    """By the formula as the tool has it: the sum over n, not n - 1."""
    values = [41694.0, 77643.0, 52000.0, 49000.0, 60123.0]
    mean = len(values) / sum(1 / v for v in values)
    wanted = math.sqrt(sum((1 / v - 1 / mean) ** 2 for v in values) * mean**4 / len(values))
    assert mmtests.value_of("HStddev", values) == pytest.approx(wanted)
    assert mmtests.value_of("HCoeffVar", values) == pytest.approx(100 * wanted / mean)
    assert mmtests.value_of("HStddev", values[:1]) is None


def test_mmtests_says_what_a_star_is(write: Write) -> None:
    text = " ".join(" ".join(text_of("mmtests", "within-host", write)).split())
    assert "Positive % is better" in text
    assert "In mmtests a star means that two intervals of +-1.96 SD do not overlap" in text


# lkp: arithmetic change, spread only above 2 %, metric last, the range rule beside the verdict.

def test_lkp_cells() -> None:
    quiet, loud = sample([100.0, 101.0, 99.0]), sample([100.0, 120.0, 80.0])
    assert lkp.spread_text(quiet) == ""
    assert lkp.spread_text(loud) == " +-16%"
    assert lkp.spread_text(sample([5.0])) == ""


def test_lkp_rows(write: Write) -> None:
    comparison = synthetic_compare.one("within-host", write)
    found = [line for line in text_of("lkp", "within-host", write)
             if re.search(r"  [bw=?-][r ] \w+\.\d+$", line)]
    assert len(found) == len(comparison.outcomes)
    for line, (row, outcome) in zip(found, comparison.outcomes):
        assert line.endswith(f" {row.benchmark.workload}.{row.count}")
        if outcome.effect is None:
            assert "fail" in line
            continue
        base, new = (statistics.fmean(s.values) for s in (row.base, outcome.sample))
        assert f"{100 * (new - base) / base:+.1f}%" in line
        assert line[12:].lstrip()[0] != "0"


def test_range_rule() -> None:
    """Each median outside the other's range, three runs on a side, more than 5 %."""
    assert lkp.range_rule(sample([100, 101, 102]), sample([110, 111, 112]))
    assert lkp.range_rule(sample([110, 111, 112]), sample([100, 101, 102]))
    assert not lkp.range_rule(sample([100, 101, 102]), sample([104, 105, 106])), "below 5 %"
    assert not lkp.range_rule(sample([100, 101, 120]), sample([110, 111, 112])), "ranges overlap"
    assert not lkp.range_rule(sample([100, 101]), sample([110, 111])), "two runs"
    assert not lkp.range_rule(sample([]), sample([110, 111, 112]))


def test_range_rule_leaves_out_a_32nd() -> None:
    values = [100.0 + i / 100 for i in range(32)]
    assert lkp.range_rule(sample([*values[:-1], 500.0]), sample([v + 20 for v in values]))


# benchstat: median and interval, ~ from p, n always there.

def test_benchstat_rows(write: Write) -> None:
    comparison = synthetic_compare.one("within-host", write)
    lines = [line for line in text_of("benchstat", "within-host", write)
             if re.match(r"  (pf_shared|fork_storm)-\d ", line)]
    assert len(lines) == len(comparison.outcomes)
    for line, (row, outcome) in zip(lines, comparison.outcomes):
        if outcome.effect is None:
            assert line.endswith("no verdict") and "failed" in line
            continue
        effect = outcome.effect
        assert re.search(r"\(p=\d\.\d{3} n=\d\)$", line)
        assert f"(p={effect.p:.3f} n={effect.n[0]})" in line
        assert ("~" in line) == (effect.p >= 0.05)
        assert len(re.findall(r" \+-\d+%", line)) == 2


def test_benchstat_without_an_interval(write: Write) -> None:
    lines = [line for line in text_of("benchstat", "few", write) if "n=3" in line]
    assert lines and all("~ (p=" in line and line.count("+-inf") == 2 for line in lines)


def test_benchstat_geomean_is_over_common_rows(write: Write) -> None:
    """fork_storm has a row in which the base failed: it is left out, and that is said."""
    comparison = synthetic_compare.one("within-host", write)
    common = [(row.base.median, one.sample.median) for row, one in comparison.outcomes
              if row.benchmark.workload == "fork_storm" and row.base.median]
    ratio = math.exp(statistics.fmean(math.log(new / base) for base, new in common if new))
    lines = [line for line in text_of("benchstat", "within-host", write) if "geomean " in line]
    assert f"{100 * (ratio - 1):+.2f}% (2 of 3 rows)" in lines[-1]


def test_four_digits() -> None:
    """Always four, never a unit prefix too few: rounding may carry into the next one."""
    rng = random.Random(1)
    for _ in range(2000):
        value = 10 ** rng.uniform(-3, 12)
        text = four_digits(value)
        number = re.fullmatch(r"([\d.]+)([kMGT]?)", text)
        assert number is not None
        scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[number[2]]
        assert float(number[1]) * scale == pytest.approx(value, rel=1e-3)
        assert len(number[1].replace(".", "").lstrip("0")) <= 5
    assert four_digits(999.96) == "1.000k"
