"""judge.py: from two samples to an outcome, and the corrections that need all of them."""

from __future__ import annotations

from dataclasses import replace

from report.compare.model import Outcome, Row, Sample
from report.compare.samples import pairs_of
from report.metrics import Metric
from report.stats import (
    Effect, Verdict, benjamini_hochberg, counted_ratio, has_trend, is_multimodal,
    paired_difference, paired_ratio, rounds_needed, unpaired_difference, unpaired_ratio, verdict,
)

shape_needs = 8  # fewest runs of which a shape (two modes, a trend) can be told


def refused(sample: Sample, why: str) -> Outcome:
    return Outcome(sample, None, None, None, None, (), why)


def judge(base: Sample, new: Sample, metric: Metric, threshold: float, paired: bool) -> Outcome:
    """The outcome of one contender in one row; q is not known yet."""
    why = nothing_to_compare(base, new)
    if why is not None:
        return refused(new, why)
    effect = effect_of(base, new, metric.relative, paired)
    if effect is None:
        return refused(new, "no round in which both gave a value")
    found = verdict(effect, threshold, metric.better)
    needed = rounds_needed(effect, threshold) if found == Verdict.INCONCLUSIVE else None
    return Outcome(new, effect, found, None, needed, flags_of(base, new), None)


def nothing_to_compare(base: Sample, new: Sample) -> str | None:
    for name, sample in (("base", base), ("new", new)):
        if sample.n == 0:
            return f"every run of {name} failed" if sample.failures else f"no value in {name}"
    return None


def effect_of(base: Sample, new: Sample, relative: bool, paired: bool) -> Effect | None:
    """Paired where both are of one session or of the same seeds, otherwise unpaired; no test where
    both repeat."""
    if base.repeats and new.repeats:
        return counted_ratio(base.values, new.values)
    if paired:
        a, b = pairs_of(base, new)
        if not a:
            return None
        return paired_ratio(a, b) if relative else paired_difference(a, b)
    if relative:
        return unpaired_ratio(base.values, new.values)
    return unpaired_difference(base.values, new.values)


def flags_of(base: Sample, new: Sample) -> tuple[str, ...]:
    """What a reader should look at before believing the row."""
    flags = []
    for name, sample in (("base", base), ("new", new)):
        if sample.n >= shape_needs and is_multimodal(sample.values):
            flags.append(f"multimodal {name}")
        if sample.n >= shape_needs and has_trend(sample.values):
            flags.append(f"trend {name}")
        if sample.failures:
            flags.append(f"{sample.failures} failed {name}")
    return tuple(flags)


def adjust(rows: list[Row]) -> tuple[Row, ...]:
    """The rows with q: p adjusted for every outcome of the same metric."""
    adjusted: dict[tuple[int, int], float] = {}
    for metric in dict.fromkeys(row.metric.name for row in rows):
        places = [
            (i, j) for i, row in enumerate(rows) if row.metric.name == metric
            for j, outcome in enumerate(row.outcomes) if outcome.effect is not None
        ]
        p = [rows[i].outcomes[j].effect.p for i, j in places]  # type: ignore[union-attr]
        adjusted.update(zip(places, benjamini_hochberg(p) if p else []))
    return tuple(
        replace(row, outcomes=tuple(
            replace(outcome, q=adjusted.get((i, j))) for j, outcome in enumerate(row.outcomes)
        ))
        for i, row in enumerate(rows)
    )
