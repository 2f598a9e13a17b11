"""load_histograms.py: the histograms of a result file, and which one a trial has."""

from __future__ import annotations

from report.fields import Field
from report.histogram import Histogram

steps = 32  # of every histogram of schema 1.4
buckets = steps * 60  # beyond 2^60 ns there is none


def read_histograms(f: Field) -> dict[str, Histogram]:
    """The key hists. Raises ReportError (exit 2) for counts that contradict each other."""
    return {name: read_histogram(one) for name, one in f.members().items()}


def read_histogram(f: Field) -> Histogram:
    if f["steps"].integer() != steps:
        f["steps"].fail(f"is not {steps}")
    counts = []
    for pair in f["counts"].elements():
        both = pair.elements()
        if len(both) != 2:
            pair.fail("is no pair of bucket and count")
        on, count = both[0].integer(minimum=1 if counts else 0), both[1].integer(minimum=1)
        bucket = on + (counts[-1][0] if counts else 0)
        if bucket >= buckets:
            pair.fail("is beyond the last bucket")
        counts.append((bucket, count))
    n = f["n"].integer()
    if n != sum(count for _, count in counts):
        f["n"].fail("is not the sum of the counts")
    return Histogram(steps, n, f["max"].integer(), tuple(counts))


def read_latency(f: Field, hists: dict[str, Histogram]) -> Histogram | None:
    """The histogram that a trial names; None of an empty one: nothing was timed."""
    name = f["hist"].text()
    if name not in hists:
        f["hist"].fail("names no histogram of the file")
    return hists[name] if hists[name].n else None
