"""Comparisons: from result files to rows with effects and verdicts.

    from report import load_file
    from report.compare import compare_files, compare_within
    comparison = compare_files(load_file("base.json"), [load_file("new.json")])
    comparison = compare_within(load_file("session.json"), by="design", base="rwsem")
    for row in comparison.rows: print(row.label, row.outcomes[0].verdict)
"""

from report.compare.files import compare_benches, compare_files
from report.compare.model import Comparison, Outcome, Row, Sample, Source
from report.compare.within import compare_within

__all__ = [
    "Comparison", "Outcome", "Row", "Sample", "Source", "compare_benches", "compare_files",
    "compare_within",
]
