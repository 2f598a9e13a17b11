"""Statistics of comparisons: exact tests and intervals, verdicts, histories, diagnostics.

The run (one fresh process) is what n counts. numpy is needed; scipy.special is imported where a
distribution is asked for. docs/statistics.md says what is computed and why.
"""

from report.stats.bootstrap import bootstrap_ratio, quantile_interval
from report.stats.certificate import Certificate, certify, rate_interval
from report.stats.counted import counted_ratio
from report.stats.diagnostics import (
    Components, best_repetitions, components, has_trend, is_multimodal,
)
from report.stats.effect import Effect
from report.stats.history import Change, change_points, suspect
from report.stats.multiple import benjamini_hochberg, holm
from report.stats.paired import paired_difference, paired_ratio
from report.stats.two_stage import confirm, screen
from report.stats.unpaired import unpaired_difference, unpaired_ratio
from report.stats.verdict import Verdict, rounds_needed, verdict

__all__ = [
    "Certificate", "Change", "Components", "Effect", "Verdict", "benjamini_hochberg",
    "best_repetitions", "bootstrap_ratio", "certify", "change_points", "components", "confirm",
    "counted_ratio",
    "has_trend", "holm", "is_multimodal", "paired_difference", "paired_ratio", "quantile_interval",
    "rate_interval", "rounds_needed", "screen", "suspect", "unpaired_difference", "unpaired_ratio",
    "verdict",
]
