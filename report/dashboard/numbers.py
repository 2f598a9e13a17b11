"""numbers.py: numbers as a reader wants to see them, and as cells of a table."""

from __future__ import annotations

from report.dashboard.model import Cell
from report.describe import compact


def number(value: float | None) -> Cell:
    """Three digits and a prefix; all digits for CSV."""
    if value is None:
        return Cell("-", "", "none")
    return Cell(compact(value), f"{value:.10g}")


def plain(value: float | None, digits: int = 3) -> Cell:
    """A number with a fixed number of decimals, for shares and indices."""
    return Cell("-", "", "none") if value is None else Cell(f"{value:.{digits}f}", f"{value:.10g}")


def percent(value: float | None, digits: int = 1) -> Cell:
    """A share 0..1 as percent."""
    if value is None:
        return Cell("-", "", "none")
    return Cell(f"{100 * value:.{digits}f}%", f"{value:.10g}")


def change(ratio: float | None) -> str:
    """A ratio as a change: 1.05 is "+5.0%"; beyond tenfold as a factor."""
    if ratio is None:
        return "-"
    if ratio != ratio or ratio in (float("inf"), float("-inf")):
        return "unknown"
    if ratio > 10:
        return f"x{ratio:.3g}"
    return f"{100 * (ratio - 1):+.1f}%"


def nanoseconds(value: float | None) -> Cell:
    """A time with its unit: 850 ns, 12.3 us, 4.10 ms."""
    if value is None:
        return Cell("-", "", "none")
    for limit, scale, unit in ((999.5, 1, "ns"), (999.5e3, 1e3, "us"), (999.5e6, 1e6, "ms")):
        if value < limit:
            return Cell(f"{compact(value / scale)} {unit}", f"{value:.10g}")
    return Cell(f"{compact(value / 1e9)} s", f"{value:.10g}")
