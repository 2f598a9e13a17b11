"""about.py: a session in words for a plot: its title and its caption."""

from __future__ import annotations

from report import describe, sim_words
from report.result import Result, SimResult


def title(result: Result) -> str:
    """The machine, and that a simulated one is simulated."""
    if isinstance(result, SimResult):
        return f"{sim_words.mark(result)} ({result.simulated.summary})"
    return f"{describe.machine(result)}; {describe.kernel(result)}"


def caption(result: Result) -> str:
    """Session, tool and state; of a simulation the machine in full."""
    if isinstance(result, SimResult):
        parts = [
            f"simulated machine {sim_words.machine(result)}", sim_words.calibrated(result),
            f"session {result.session.id}", describe.date(result), describe.tool(result),
        ]
        return with_endings(result, parts)
    parts = [
        f"session {result.session.id}", describe.date(result), describe.tool(result),
        "measured: " + ", ".join(subject.label for subject in result.subjects),
        f"state {describe.environment(result)}",
    ]
    return with_endings(result, parts)


def with_endings(result: Result, parts: list[str]) -> str:
    """The parts, and what is missing from the picture."""
    if result.failed_runs:
        failed = describe.count(len(result.failed_runs), "failed run")
        parts.append(f"{failed} left out")
    progress = describe.progress(result)
    return "; ".join(parts + ([progress] if progress else []))
