"""record.py: the verdict as JSON, schema faultline.gate 1.0; docs/gate.md has its keys."""

from __future__ import annotations

import json
import math
from typing import Any

from report.gate.model import Row, Verdict
from report.gate.sides import Side

schema_version = "1.0"


def verdict_json(verdict: Verdict, strict: bool) -> str:
    """Strict JSON (RFC 8259): what is not known or not finite is null."""
    document = {
        "schema": "faultline.gate",
        "schema_version": schema_version,
        "exit_code": verdict.exit_code(strict),
        "strict": strict,
        "mode": verdict.mode,
        "stage": verdict.stage or None,
        "bench": verdict.base.result.session.bench,
        "machine": verdict.machine,
        "kernel": verdict.kernel,
        "method": list(verdict.method),
        "base": side_values(verdict.base),
        "new": side_values(verdict.new),
        "counts": verdict.counts(),
        "rows": [row_values(row) for row in verdict.rows],
        "notices": list(verdict.notices),
        "confirm_options": list(verdict.confirm_options),
        "unused_accepted": [entry.title for entry in verdict.unused],
        "certificate": list(verdict.certificate),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def side_values(side: Side) -> dict[str, Any]:
    subject = side.result.subjects[0]
    return {
        "name": side.name,
        "label": subject.label,
        "commit": subject.commit,
        "dirty": subject.dirty,
        "files": [
            {"name": path.name, "sha256": digest, "session": session.session.id}
            for path, digest, session in zip(side.paths, side.sha256, side.sessions)
        ],
    }


def row_values(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "benchmark": row.benchmark,
        "metric": row.metric,
        "unit": row.unit,
        "better": row.better,
        "status": row.status.value,
        "reason": row.reason,
        "base": finite(row.base),
        "new": finite(row.new),
        "relative": row.relative,
        "change": finite(row.change),
        "low": finite(row.low),
        "high": finite(row.high),
        "p": finite(row.p),
        "n": list(row.n),
        "threshold": finite(row.threshold),
        "details": list(row.details),
        "accepted": None if row.accepted is None else {
            "entry": row.accepted.number,
            "reason": row.accepted.reason,
            "link": row.accepted.link,
        },
    }


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
