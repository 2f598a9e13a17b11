"""csv_rows.py: a comparison as CSV (RFC 4180): a line an outcome, every figure in full."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from report.compare import Comparison
from report.errors import ascii_line
from report.layouts import Options
from report.layouts.words import verdict_word

columns = (
    "configuration", "workload", "design", "placement", "count", "metric", "unit", "better", "base",
    "new", "by", "bench", "machine", "kernel", "paired", "n_base", "n_new", "failed_base",
    "failed_new", "median_base", "median_new", "sd_percent_base", "sd_percent_new", "relative",
    "change", "low", "high", "p", "q", "threshold", "mde", "rounds_needed", "verdict", "flags",
    "refusal",
)


def render(comparison: Comparison, options: Options) -> str:
    """Empty is not known. `change`, `low` and `high` are ratios new / base where `relative` is 1,
    otherwise differences new - base."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for values in lines(comparison):
        writer.writerow([cell(values[name]) for name in columns])
    return out.getvalue()


def lines(comparison: Comparison) -> list[dict[str, Any]]:
    """A value for each column, of every outcome."""
    base = comparison.base.result
    simulated = getattr(base, "simulated", None)
    common = {
        "by": comparison.by, "bench": base.session.bench, "paired": comparison.paired,
        "machine": simulated.name if simulated else base.machine.model or base.machine.arch,
        "kernel": None if simulated else base.kernel_release, "base": comparison.base.label,
    }
    found = []
    for row in comparison.rows:
        for source, outcome in zip(comparison.contenders, row.outcomes):
            effect, sample = outcome.effect, outcome.sample
            found.append(common | {
                "configuration": row.label, "workload": row.benchmark.workload,
                "design": None if comparison.by == "design" else row.benchmark.design,
                "placement": None if comparison.by in ("design", "placement")
                else row.benchmark.placement,
                "count": row.count, "metric": row.metric.name, "unit": row.unit,
                "better": row.metric.better, "new": source.label, "n_base": row.base.n,
                "n_new": sample.n, "failed_base": row.base.failures,
                "failed_new": sample.failures, "median_base": row.base.median,
                "median_new": sample.median, "sd_percent_base": row.base.sd_percent,
                "sd_percent_new": sample.sd_percent, "relative": row.metric.relative,
                "change": effect and effect.ratio, "low": effect and effect.low,
                "high": effect and effect.high, "p": effect and effect.p, "q": outcome.q,
                "threshold": row.threshold, "mde": effect and effect.mde,
                "rounds_needed": outcome.rounds_needed,
                "verdict": verdict_word(comparison, row, outcome),
                "flags": "; ".join(outcome.flags), "refusal": outcome.refusal,
            })
    return found


def cell(value: Any) -> str:
    """One value: numbers in full, nothing for what is not known or not finite, text as one line
    that no spreadsheet takes for a formula."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(float(value)) if isinstance(value, float) else str(value)
    text = ascii_line(str(value))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
