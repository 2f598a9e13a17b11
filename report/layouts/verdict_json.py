"""verdict_json.py: the verdict file, schema faultline.verdict 1.0 (schema/, docs/compare.md)."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from report import describe
from report.compare import Comparison, Outcome, Row, Sample, Source
from report.layouts import Options, head
from report.layouts.words import bounded, count_words, verdict_word
from report.result import Result, SimResult

schema_version = "1.0"
method_version = "1"  # raised when the same input may give another verdict


def render(comparison: Comparison, options: Options) -> str:
    return json.dumps(verdict_document(comparison), indent=1, allow_nan=False) + "\n"


def verdict_document(comparison: Comparison) -> dict[str, Any]:
    """The whole file as JSON values. What is not known or not finite is None."""
    inputs: list[Result] = []
    for source in comparison.sources:
        if not any(known.path == source.result.path for known in inputs):
            inputs.append(source.result)
    return {
        "schema": "faultline.verdict",
        "schema_version": schema_version,
        "method": method(comparison),
        "by": comparison.by,
        "inputs": [input_values(one) for one in inputs],
        "base": source_values(comparison.base, inputs),
        "contenders": [source_values(one, inputs) for one in comparison.contenders],
        "rows": [row_values(comparison, row) for row in comparison.rows],
        "counts": count_words(comparison),
        "warnings": list(comparison.warnings),
    }


def method(comparison: Comparison) -> dict[str, Any]:
    """What the figures are: enough to make them again."""
    return {
        "version": method_version,
        "unit_of_n": "seed" if comparison.base.result.session.bench == "sim" else "run",
        "paired": comparison.paired,
        "estimate": "ratio of the medians" if comparison.counted else
        "Hodges-Lehmann ratio new / base (relative: false: difference new - base)",
        "test": "none: counted" if comparison.counted else
        "exact signed-rank" if comparison.paired else "exact rank-sum",
        "level": None if comparison.counted else 0.95,
        "adjustment": "Benjamini-Hochberg over all outcomes of a metric",
        "rule": "the whole interval beyond the threshold, within it, or neither",
        "words": head.test(comparison),
    }


def input_values(result: Result) -> dict[str, Any]:
    simulated = isinstance(result, SimResult)
    return {
        "file": result.path.name,
        "sha256": digest(result),
        "session": result.session.id,
        "bench": result.session.bench,
        "machine": result.simulated.name if isinstance(result, SimResult) else result.machine.id,
        "machine_words": head.machine(result),
        "calibrated": result.simulated.calibrated if isinstance(result, SimResult) else None,
        "kernel": None if simulated else result.kernel_release,
        "fitness": None if simulated else result.env.fitness,
        "tool": describe.tool(result),
    }


def digest(result: Result) -> str | None:
    """SHA-256 of the file as it lies on disk; None where it is not, or no longer, a file."""
    try:
        return hashlib.sha256(result.path.read_bytes()).hexdigest()
    except OSError:
        return None


def source_values(source: Source, inputs: list[Result]) -> dict[str, Any]:
    at = next(i for i, known in enumerate(inputs) if known.path == source.result.path)
    return {"label": source.label, "detail": source.detail, "input": at}


def row_values(comparison: Comparison, row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "workload": row.benchmark.workload,
        "design": None if comparison.by == "design" else row.benchmark.design,
        "placement": None if comparison.by in ("design", "placement") else row.benchmark.placement,
        "count": row.count,
        "oversubscribed": row.benchmark.oversubscribed,
        "benchmark_version": row.benchmark.version,
        "metric": row.metric.name,
        "unit": row.unit,
        "better": row.metric.better,
        "relative": row.metric.relative,
        "threshold": row.threshold,
        "base": sample_values(row.base),
        "outcomes": [outcome_values(comparison, row, one) for one in row.outcomes],
    }


def sample_values(sample: Sample) -> dict[str, Any]:
    return {
        "n": sample.n, "failures": sample.failures, "median": finite(sample.median),
        "sd_percent": finite(sample.sd_percent),
    }


def outcome_values(comparison: Comparison, row: Row, outcome: Outcome) -> dict[str, Any]:
    effect = outcome.effect
    interval = (effect.low, effect.high) if effect and bounded(effect) else (None, None)
    return {
        "new": sample_values(outcome.sample),
        "n": list(effect.n) if effect else None,
        "ratio": finite(effect.ratio) if effect else None,
        "low": interval[0],
        "high": interval[1],
        "p": finite(effect.p) if effect else None,
        "q": finite(outcome.q),
        "mde": finite(effect.mde) if effect else None,
        "rounds_needed": outcome.rounds_needed,
        "verdict": verdict_word(comparison, row, outcome) if outcome.verdict else None,
        "flags": list(outcome.flags),
        "refusal": outcome.refusal,
    }


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
