"""method.py: the page Method: how the figures came about, and what the words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from report import describe, sim_words
from report.dashboard.markup import Markup, identifier, tag
from report.dashboard.model import Page, Row, Table
from report.dashboard.parts import facts, note, table
from report.dashboard.sources import Source, measured
from report.metrics import metrics
from report.result import Result, SimResult

if TYPE_CHECKING:
    from report.gate.certificate import NoiseCertificate

verdicts = (
    ("BETTER, WORSE", "the 95 % interval lies wholly beyond the threshold"),
    ("SAME", "the 95 % interval lies wholly within the threshold: a positive statement"),
    ("INCONCLUSIVE", "anything else; how many more rounds may settle it stands in the last column "
     "of the table"),
    ("q", "p adjusted for all comparisons of the table (Benjamini and Hochberg)"),
    ("smallest change found with 80 %", "what these runs would have found in four of five cases; a "
     "change below it may be there and unseen"),
    ("multimodal, trend", "the runs fall into two groups, or move with time: look at them before "
     "believing the row"),
)
statistics_used = (
    ("n", "the run: a fresh process, of a simulation a seed. Trials within a run are not counted"),
    ("order", "a round runs every configuration once, in random order; comparisons are made within "
     "rounds, so that drift hits both sides"),
    ("estimate", "Hodges-Lehmann: the median of the means of all pairs of log ratios"),
    ("interval", "95 %, by inverting the exact signed-rank test (of two files: the exact "
     "Mann-Whitney test); it agrees with p always"),
    ("bands, whiskers", "the range from the lowest to the highest run; no confidence interval"),
    ("not measured", "null in a file, \"-\" here; never 0"),
)
exit_codes = (
    ("0", "all right"), ("1", "the thing looked for was found: a regression, a lock bug"),
    ("2", "wrong use or a file that cannot be read"), ("3", "inconclusive"),
    ("4", "this environment cannot do it, or the files cannot be compared"),
    ("5", "nothing to do or to compare"),
)
filters = (
    ("refcount", "rows and charts in whose labels this word occurs"),
    ("design:refcount,rwsem", "one of these designs"),
    ("threads:>=16", "also > < <= and ranges 4..16"),
    ("-workload:fork_storm", "without these"),
    ("verdict:WORSE", "keys: workload, design, placement, threads, cpus, metric, verdict, base, "
     "bench, machine, file, scenario"),
    ("arrow keys", "on a chart: left and right from point to point, up and down between lines"),
    ("t", "light or dark"), ("/", "to the filter"),
)


def page(every: Sequence[Source], certificate: NoiseCertificate | None = None) -> Page:
    sessions = [session(source, result) for source, result in measured(every)]
    certificates = [noise(source, result, certificate) for source, result in measured(every)
                    if not isinstance(result, SimResult)]
    body = tag(
        "div", {"class": "grid pair"},
        section("Verdicts", facts(list(verdicts))),
        section("Statistics", facts(list(statistics_used))),
        section("Thresholds", thresholds()),
        section("Filter and keys", facts(list(filters)), needs_script=True),
        *sessions, *certificates,
        section("Exit codes of every command", facts(list(exit_codes))),
    )
    return Page("method", "Method",
                "What was done, what the words mean and what they do not say.", body=body)


def section(title: str, *inner: object, needs_script: bool = False) -> Markup:
    identity = identifier("method", title)
    return tag(
        "section", {"class": "card" + (" script" if needs_script else ""),
                    "aria-labelledby": identity},
        tag("h2", {"id": identity}, title), *inner,
    )


def thresholds() -> Markup:
    rows = [
        Row((one.title, one.unit, f"{one.better} is better",
             f"{100 * one.threshold:g} %" if one.relative else f"{one.threshold:g}, absolute"))
        for one in metrics.values()
    ]
    return table(Table("changes that do not matter", ("metric", "unit", "direction", "threshold"),
                       rows))


def session(source: Source, result: Result) -> Markup:
    """How one session was made."""
    if isinstance(result, SimResult):
        plan = result.sim_plan
        words = (
            f"Simulated, no clock was read: {describe.count(result.plan.rounds, 'seed')} from "
            f"{plan.first_seed} on; windows of {sim_words.window(result)} of simulated time, "
            f"{describe.count(plan.threads_per_cpu, 'thread')} a CPU; tasks sleep as with "
            f"{plan.park}. The same seed gives the same events to the last bit."
        )
    else:
        words = describe.method(result) + "."
    return section(f"Session: {source.label}", note(words))


def noise(source: Source, result: Result, certificate: NoiseCertificate | None) -> Markup:
    """What is known of the machine's noise: from this session, and from a certificate of it."""
    cells = [c for panel in source.panels for c in panel.cells.values() if c.throughput]
    halves = sorted(
        half for cell in cells if cell.throughput and cell.throughput.n > 1
        and (half := cell.throughput.half_range_percent) is not None
    )
    pairs: list[tuple[str, object]] = [("state", describe.environment(result))]
    if halves:
        pairs.append((
            "half range of the runs, % of the median",
            f"median of the configurations {halves[len(halves) // 2]:.1f}, "
            f"worst {halves[-1]:.1f}",
        ))
    pairs += where_noise_is(result)
    pairs.append(("A/A certificate", certificate_words(result, certificate)))
    return section(f"Noise: {source.label}", facts(pairs))


def certificate_words(result: Result, certificate: NoiseCertificate | None) -> str:
    """What a certificate says, where it is of this machine."""
    if certificate is None or certificate.machine != result.machine.id:
        return (
            "none of this machine: faultline selfcheck compares a build with itself and counts "
            "false verdicts; --certificate shows what it found"
        )
    from report.gate.certificate import footer_for

    return footer_for(certificate, result)


def where_noise_is(result: Result) -> list[tuple[str, object]]:
    """Noise between processes and within them, where a process has two trials or more."""
    try:
        from report.stats import components
    except ImportError:
        return []
    found = []
    for trials in trials_by_configuration(result):
        length = min(map(len, trials))
        if len(trials) > 1 and length > 1:
            found.append(components([one[:length] for one in trials]))
    if not found:
        return []

    def middle(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    between, within = (100 * middle([getattr(one, name) for one in found])
                       for name in ("between", "within"))
    icc, lag = (middle([getattr(one, name) for one in found]) for name in ("icc", "lag1"))
    advice = "raise rounds, not trials" if icc > 0.5 else "trials help as rounds do"
    return [
        ("sd between processes, within one", f"{between:.1f} %, {within:.1f} % (medians of the "
         f"configurations); share between {icc:.2f}: {advice}"),
        ("correlation of a trial with the next", f"{lag:.2f}"),
    ]


def trials_by_configuration(result: Result) -> list[list[list[float]]]:
    """Rates above 0 by configuration and subject, process and trial."""
    found: dict[tuple[int, str], list[list[float]]] = {}
    for run in result.good_runs:
        rates = [trial.ops / trial.s for trial in run.measured if trial.ops]
        if rates:
            found.setdefault((run.benchmark.index, run.subject.id), []).append(rates)
    return list(found.values())
