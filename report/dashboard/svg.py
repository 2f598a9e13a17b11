"""svg.py: the small pictures that pages carry as SVG, drawn here: no script is needed for them."""

from __future__ import annotations

import math
from typing import Sequence

from report.dashboard.markup import Markup, tag

spark_width, spark_height, spark_air = 104.0, 26.0, 3.0
whisker_width, whisker_height = 180.0, 16.0


def sparkline(
    counts: Sequence[int], values: Sequence[float | None], top: float, look: int, words: str
) -> Markup:
    """A curve over log2 counts, from 0 to `top`. look: number of the colour. words: for those who
    do not see it."""
    low, high = math.log2(counts[0]), math.log2(counts[-1])

    def place(count: int, value: float) -> tuple[float, float]:
        share = (math.log2(count) - low) / (high - low) if high > low else 0.5
        x = spark_air + share * (spark_width - 2 * spark_air)
        y = spark_height - spark_air - value / top * (spark_height - 2 * spark_air)
        return round(x, 1), round(y, 1)

    points = [place(c, v) for c, v in zip(counts, values) if v is not None] if top > 0 else []
    path = "M" + " ".join(f"{x},{y}" for x, y in points) if points else None
    dots = [tag("circle", {"cx": x, "cy": y, "r": 1.6}) for x, y in points]
    return tag(
        "svg", {"class": f"spark s{look}", "width": spark_width, "height": spark_height,
                "viewBox": f"0 0 {spark_width:g} {spark_height:g}", "role": "img",
                "aria-label": words},
        tag("line", {"class": "axis", "x1": 0, "x2": spark_width, "y1": spark_height - 0.5,
                     "y2": spark_height - 0.5}),
        tag("path", {"d": path}) if path else "", *dots,
    )


def whisker(
    middle: float, low: float, high: float, threshold: float, reach: float, kind: str, words: str
) -> Markup:
    """An estimate with its interval on an axis from -reach to +reach, 0 in the middle.

    What lies beyond the axis ends in an arrow. threshold: half the width of the shaded zone.
    kind: CSS class of the verdict.
    """
    half = whisker_width / 2 - 8

    def x(value: float) -> float:
        return round(whisker_width / 2 + half * max(-1.0, min(1.0, value / reach)), 1)

    y = whisker_height / 2
    zone = x(threshold) - x(-threshold)
    parts = [
        tag("rect", {"class": "zone", "x": x(-threshold), "y": 1, "width": round(zone, 1),
                     "height": whisker_height - 2}),
        tag("line", {"class": "axis", "x1": whisker_width / 2, "x2": whisker_width / 2, "y1": 0,
                     "y2": whisker_height}),
        tag("line", {"class": "whisker", "x1": x(low), "x2": x(high), "y1": y, "y2": y}),
    ]
    for end, sign in ((low, -1), (high, 1)):
        if abs(end) > reach and math.copysign(1, end) == sign:
            tip = x(end) + 6 * sign
            parts.append(tag("path", {
                "class": "arrow", "d": f"M{tip:g},{y:g}l{-5 * sign},-3.5v7z"}))
    if abs(middle) <= reach:
        parts.append(tag("circle", {"class": "dot", "cx": x(middle), "cy": y, "r": 3.5}))
    return tag(
        "svg", {"class": f"dot-whisker {kind}", "width": whisker_width, "height": whisker_height,
                "viewBox": f"0 0 {whisker_width:g} {whisker_height:g}", "role": "img",
                "aria-label": words}, *parts,
    )
