"""facts.py: what an export says about its session: machine, kernel, method, n, and what failed."""

from __future__ import annotations

from report import describe, sim_words
from report.exports.names import name_of, ordered_runs, safe_text
from report.fields import shorten
from report.result import Result, SimResult

longest = 1000  # of one line; readers of lines have a limit


def facts(result: Result) -> list[tuple[str, str]]:
    """(name, one harmless line) each; a simulation names the simulated machine, not the host's."""
    found = [
        ("source", describe.bench(result)),
        ("session", result.session.id),
        ("started", result.session.started),
        ("tool", describe.tool(result)),
    ]
    found += [("subject", describe.subject(subject)) for subject in result.subjects]
    if isinstance(result, SimResult):
        found += [
            ("machine", f"{sim_words.mark(result)}; {sim_words.machine(result)}"),
            ("method", sim_words.method(result)),
        ]
    else:
        found += [
            ("machine", describe.machine(result)), ("kernel", describe.kernel(result)),
            ("state", describe.environment(result)), ("method", describe.method(result)),
        ]
    if not result.session.complete:
        found.append(("progress", describe.progress(result) or "incomplete"))
    return [(name, shorten(safe_text(words), longest)) for name, words in found]


def failed(result: Result) -> list[str]:
    """One harmless line a failed run."""
    return [
        shorten(safe_text(f"{name_of(run, result)} round {run.round}: {run.failure.kind}: "
                          f"{run.failure.message}"), longest)
        for run in ordered_runs(result) if run.failure is not None
    ]
