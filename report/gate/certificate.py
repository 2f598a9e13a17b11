"""certificate.py: the noise certificate: what comparing a build with itself gave on this machine.

Made by `faultline selfcheck` from two recordings of one build (A/A); printed under comparisons.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from report import describe
from report import load as reading
from report.compare.files import machine_of
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, ReportError, ascii_line
from report.fields import Field
from report.gate.sides import Side, alternate, check_machine, check_sessions_differ, identity
from report.proof import ProofResult
from report.result import Result, SimResult

schema = "faultline.certificate"
schema_version = "1.0"
tolerated = 0.05  # share of tests that chance may flag


@dataclass(frozen=True)
class NoiseCertificate:
    """A report.stats.Certificate with the machine and the sessions that it is of.

    tests: configurations times metrics. false_flags: verdicts BETTER or WORSE; rate_low, rate_high:
    the 95 % Clopper-Pearson interval of their share. significant: tests with p < 0.05. spread:
    median s_d of the relative metrics, mde: their median smallest detectable change; None: not
    known. runs: of a configuration on each side, the fewest.
    """

    machine: str
    model: str
    kernel: str
    bench: str
    day: str
    commit: str | None
    sessions: tuple[str, ...]
    paired: bool
    runs: int
    tests: int
    false_flags: int
    rate_low: float
    rate_high: float
    significant: int
    spread: float | None
    mde: float | None

    @property
    def noisy(self) -> bool:
        """Whether false verdicts are certainly more frequent than chance may make them."""
        return self.rate_low > tolerated


def make_certificate(a: Side, b: Side, metrics: tuple[str, ...]) -> NoiseCertificate:
    """From two recordings of one build. Raises ReportError: exit 4 when they are not that."""
    from report.gate.statistical import compare
    from report.stats import certify, rate_interval

    check_pair(a, b)
    paired = alternate(a, b)
    _, rows = compare(a, b, metrics, paired)
    found = [
        (row.metric.relative, outcome.effect, outcome.verdict)
        for row in rows for outcome in row.outcomes
        if outcome.effect is not None and outcome.verdict is not None
    ]
    if not found:
        raise ReportError(EXIT_ENVIRONMENT, f"{a.name} and {b.name}: no configuration ran in both; "
                          "record the sessions again")
    everything = certify([effect for _, effect, _ in found], [word for _, _, word in found])
    ratios = [(effect, word) for relative, effect, word in found if relative]
    noise = certify([e for e, _ in ratios], [w for _, w in ratios]) if ratios else None
    result = a.result
    assert isinstance(result, Result)
    return NoiseCertificate(
        machine=result.machine.id, model=describe.machine(result), kernel=describe.kernel(result),
        bench=result.session.bench, day=max(s.session.started for s in b.sessions)[:10],
        commit=a.commit, sessions=tuple(s.session.id for s in (*a.sessions, *b.sessions)),
        paired=paired, runs=min(min(effect.n) for _, effect, _ in found),
        tests=everything.tests, false_flags=everything.false_flags,
        rate_low=rate_interval(everything.false_flags, everything.tests)[0],
        rate_high=everything.rate_high, significant=everything.significant,
        spread=noise.spread if noise else None,
        mde=noise.mde if noise and math.isfinite(noise.mde) else None,
    )


def check_pair(a: Side, b: Side) -> None:
    """Raises ReportError unless both are of one build, machine and kernel, in other sessions."""
    for side in (a, b):
        if isinstance(side.result, (SimResult, ProofResult)):
            raise ReportError(
                EXIT_ENVIRONMENT,
                f"{side.name} is of bench {side.result.session.bench}, which is deterministic and "
                "has no noise; give sessions of faultline run",
            )
        check_machine(side.result, side.name)
    first, second = a.result, b.result
    for what, mine, theirs in (
        ("bench", first.session.bench, second.session.bench),
        ("machine", machine_of(first), machine_of(second)),  # type: ignore[arg-type]
        ("kernel", first.kernel_release, second.kernel_release),
        ("build", *[[identity(s) for s in side.result.subjects] for side in (a, b)]),
    ):
        if mine != theirs:
            raise ReportError(
                EXIT_ENVIRONMENT,
                f"{a.name} and {b.name} are not of one {what}; record the same build twice on one "
                "machine",
            )
    check_sessions_differ(a, b)


def certificate_json(certificate: NoiseCertificate) -> str:
    values = {"schema": schema, "schema_version": schema_version, **asdict(certificate)}
    return json.dumps(values, indent=2, allow_nan=False) + "\n"


def read_certificate(path: Path) -> NoiseCertificate:
    """Raises ReportError: exit 2 for a file that is none, 4 for a newer version."""
    name = str(path)
    root = Field(reading.parse_strict(reading.read_text(path), name), "", name)
    if not isinstance(root.value, dict) or root.value.get("schema") != schema:
        raise ReportError(
            EXIT_INPUT, f'{name} has no "schema": "{schema}"; give a file of faultline selfcheck'
        )
    if root["schema_version"].text().split(".")[0] != schema_version.split(".")[0]:
        raise ReportError(
            EXIT_ENVIRONMENT, f"{name} is of another version of certificates; make it again"
        )

    def number(key: str) -> float:
        return float(root[key].number())

    return NoiseCertificate(
        machine=root["machine"].text(), model=root["model"].text(), kernel=root["kernel"].text(),
        bench=root["bench"].text(), day=root["day"].text(),
        commit=root["commit"].or_null(Field.text),
        sessions=tuple(f.text() for f in root["sessions"].elements()),
        paired=root["paired"].flag(), runs=root["runs"].integer(),
        tests=root["tests"].integer(minimum=1), false_flags=root["false_flags"].integer(),
        rate_low=number("rate_low"), rate_high=number("rate_high"),
        significant=root["significant"].integer(), spread=root["spread"].or_null(Field.number),
        mde=root["mde"].or_null(Field.number),
    )


def footer(certificate: NoiseCertificate) -> str:
    """The certificate in one sentence, for the foot of a comparison."""
    spread = "" if certificate.spread is None else f"; median s_d {percent(certificate.spread)}"
    mde = "" if certificate.mde is None else (
        f", median smallest detectable change {percent(certificate.mde)}"
    )
    how = "by turns" if certificate.paired else "one after the other"
    return ascii_line(
        f"noise certificate ({certificate.day}, one build against itself, {how}, "
        f"n = {certificate.runs}): {certificate.false_flags} false verdicts in {certificate.tests} "
        f"tests, at most {percent(certificate.rate_high)} (95 %){spread}{mde}"
    )


def percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def footer_for(certificate: NoiseCertificate, result: Any) -> str:
    """footer(). Raises ReportError (exit 4) when the certificate is of another machine."""
    if certificate.machine != result.machine.id:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"the certificate is of machine {certificate.machine}, {result.path} of "
            f"{result.machine.id}; make one there with faultline selfcheck",
        )
    older = describe.kernel(result) != certificate.kernel
    return footer(certificate) + (f"; with {certificate.kernel}" if older else "")
