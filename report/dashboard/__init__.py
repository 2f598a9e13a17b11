"""The dashboard: result files as static pages that open from disk.

    from report import load_file
    from report.dashboard import make_pages, write_dashboard
    pages = make_pages([load_file("run.json"), load_file("check.json")])
    write_dashboard(pages, Path("dashboard"), "my locks", "")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from report.dashboard import (
    compare, fairness, history, latency, machines, method, overview, proofs, scaling,
)
from report.dashboard.comparisons import compare as comparisons_of
from report.dashboard.model import Page
from report.dashboard.sources import Looks, sources
from report.dashboard.write import write_dashboard, write_single
from report.proof import ProofResult
from report.result import Result

if TYPE_CHECKING:
    from report.gate.certificate import NoiseCertificate

__all__ = ["make_pages", "write_dashboard", "write_single"]


def make_pages(
    results: Sequence[Result | ProofResult], lines: Sequence[history.Line] = (),
    certificate: NoiseCertificate | None = None,
) -> list[Page]:
    """The pages of a dashboard of these files, in the order of its navigation.

    lines: a history from a store of results; without one, the files themselves are the history
    where they are of several sessions. certificate: of faultline selfcheck, shown with the files of
    its machine.
    """
    every = sources(results)
    looks = Looks(every)
    found, refused = comparisons_of(every)
    return [
        overview.page(every, found, looks), scaling.page(every, looks),
        latency.page(every, looks), fairness.page(every, looks),
        compare.page(found, refused, looks), history.page(lines or history.lines_of(every)),
        proofs.page(every), machines.page(every), method.page(every, certificate),
    ]
