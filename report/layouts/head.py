"""head.py: what was compared, where and how: the lines over every table, each as (name, words).

A table cut out of a mail must still say machine, kernel, method, n, threshold and noise.
"""

from __future__ import annotations

import statistics
from typing import Callable

from report import describe, sim_words
from report.compare import Comparison, Row
from report.layouts.words import threshold_text
from report.result import Result, SimResult
from report.table import wrap

names_max = 11  # columns of a name


def title(comparison: Comparison) -> str:
    """'faultline compare: new against base; measured on this host, not simulated'."""
    others = ", ".join(source.label for source in comparison.contenders)
    return f"faultline compare: {others} against {comparison.base.label}; {origin(comparison)}"


def origin(comparison: Comparison) -> str:
    """Where the figures come from; SIMULATED stands first where any are."""
    found = dict.fromkeys(
        sim_words.mark(s.result) if isinstance(s.result, SimResult) else describe.bench(s.result)
        for s in comparison.sources
    )
    return " / ".join(found)


def mark(comparison: Comparison) -> str:
    """', SIMULATED toy-2s' for the title of a table, which may be cut out of its mail; '' where
    everything was measured."""
    simulated = dict.fromkeys(s.result.simulated.name for s in comparison.sources
                              if isinstance(s.result, SimResult))
    if not simulated:
        return ""
    part = "" if all(isinstance(s.result, SimResult) for s in comparison.sources) else " in part"
    return f", SIMULATED{part} {', '.join(simulated)}".replace("in part ", "in part: ")


def facts(comparison: Comparison) -> list[tuple[str, str]]:
    """Every line of the head but the title: (name, words)."""
    rows = [("base", f"{comparison.base.label}: {comparison.base.detail}")]
    rows += [("new", f"{one.label}: {one.detail}") for one in comparison.contenders]
    if comparison.by in ("design", "placement"):
        rows += [("subject", describe.subject(s)) for s in comparison.base.result.subjects]
    rows += each(comparison, "session", session)
    rows += each(comparison, "machine", machine)
    rows += each(comparison, "calibrated", lambda r: sim_words.calibration(r)
                 if isinstance(r, SimResult) else "")
    rows += each(comparison, "kernel", measured(describe.kernel))
    rows += each(comparison, "state", measured(describe.environment))
    rows += each(comparison, "tool", describe.tool)
    rows += each(comparison, "runs", plan)
    rows += [("test", test(comparison)), ("threshold", thresholds(comparison)),
             ("n", sizes(comparison)), ("noise", noise(comparison))]
    return rows + [("warning", one) for one in comparison.warnings]


def lines(comparison: Comparison, width: int) -> list[str]:
    """The head as text, wrapped and indented."""
    found = wrap(title(comparison), width)
    for name, words in facts(comparison):
        found += wrap(words, width, first=f"{name:<{names_max}}")
    return found


def each(
    comparison: Comparison, name: str, words: Callable[[Result], str]
) -> list[tuple[str, str]]:
    """One line where all files say the same, otherwise one a source; none for empty words."""
    found = [(source.label, words(source.result)) for source in comparison.sources]
    distinct = list(dict.fromkeys(text for _, text in found))
    if len(distinct) == 1:
        return [(name, distinct[0])] if distinct[0] else []
    return [
        (name, f"{', '.join(label for label, one in found if one == text)}: {text}")
        for text in distinct if text
    ]


def measured(words: Callable[[Result], str]) -> Callable[[Result], str]:
    """Nothing for a simulation: the host that computed it has no part in the figures."""
    return lambda result: "" if isinstance(result, SimResult) else words(result)


def session(result: Result) -> str:
    return f"{result.session.id}, {describe.date(result)}"


def machine(result: Result) -> str:
    if isinstance(result, SimResult):
        return f"simulated: {sim_words.machine(result)}"
    return describe.machine(result)


def plan(result: Result) -> str:
    """How the runs were made, in a line or two."""
    one = result.plan
    if isinstance(result, SimResult):
        return f"{sim_words.seeds(result)}, {sim_words.window(result)} of simulated time each"
    imported = result.session.imported
    if imported is not None:
        return (f"a value of another program is {imported.run}; nothing is known of their order, "
                "processes and CPUs")
    pin = f"pinned {one.pin}" if one.pin else "not pinned"
    return (
        f"{describe.count(one.rounds, 'round')}; each {describe.one_round(result)}, in a "
        f"fresh process; threads {pin}; a run is the median of "
        f"{describe.count(one.trials, 'trial')} of {describe.trial_length(one)}"
    )


def test(comparison: Comparison) -> str:
    """What interval, p and q are."""
    if comparison.counted:
        return ("none, as nothing is chance: instructions were counted, and every boot had the "
                "same seed. Ratio of the medians; interval: the runs that are farthest apart; q: "
                "0 where the runs of both do not overlap, else 1")
    if comparison.by == "bench":
        how = ("not paired; between benches: how far a model is from a measurement; Hodges-Lehmann "
               "ratio, exact rank-sum")
    elif comparison.paired:
        unit = "seeds" if isinstance(comparison.base.result, SimResult) else "rounds"
        how = f"paired within {unit}; Hodges-Lehmann ratio, exact signed-rank"
    else:
        how = ("NOT interleaved: drift between the recordings is not excluded; Hodges-Lehmann "
               "ratio, exact rank-sum")
    return f"{how} 95% interval and p; q is p adjusted for all rows (Benjamini-Hochberg)"


def thresholds(comparison: Comparison) -> str:
    """Each metric's smallest change that matters, and what the verdicts mean."""
    found: dict[str, list[str]] = {}
    for row in comparison.rows:
        words = threshold_text(row) + (" (more threads than CPUs)" if wider(comparison, row)
                                       else "")
        known = found.setdefault(row.metric.name, [])
        if words not in known:
            known.append(words)
    listed = "; ".join(f"{name} {', '.join(texts)}" for name, texts in found.items())
    sure = "HIGHER, LOWER" if comparison.by == "bench" else "BETTER, WORSE"
    return (f"{listed}. {sure}: the whole interval lies beyond it; SAME: within it; "
            "INCONCLUSIVE: neither")


def wider(comparison: Comparison, row: Row) -> bool:
    """Whether a row has a threshold of its own because threads share CPUs in it."""
    return row.benchmark.oversubscribed and any(
        other.metric is row.metric and other.threshold != row.threshold
        for other in comparison.rows)


def sizes(comparison: Comparison) -> str:
    """How many runs of base and new stand behind a row."""
    simulated = [isinstance(source.result, SimResult) for source in comparison.sources]
    imported = any(source.result.session.imported is not None for source in comparison.sources)
    unit = "seeds" if all(simulated) else "values" if imported else "runs (processes)"
    if any(simulated) and not all(simulated) and not imported:
        unit = "runs (processes; seeds of a simulation)"
    found = [one.effect.n for _, one in comparison.outcomes if one.effect]
    mine, theirs = (describe.span([n[i] for n in found]) for i in (0, 1))
    return f"{mine} {unit} a row" if mine == theirs else f"{mine} and {theirs} {unit} a row"


def noise(comparison: Comparison) -> str:
    """The spread of a run, over all configurations."""
    samples = [s for row in comparison.rows for s in (row.base, *(o.sample for o in row.outcomes))]
    found = sorted(s.sd_percent for s in samples if s.sd_percent is not None)
    if not found:
        return "unknown: fewer than two runs of each configuration"
    return (f"sd of a run {statistics.median(found):.1f}% (median of the configurations), "
            f"{found[0]:.1f}% to {found[-1]:.1f}%")
