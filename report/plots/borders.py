"""borders.py: in a plot over simulated CPUs, where a new part of the machine comes in."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from report.simulated import Border, SimulatedMachine

finest_max = 16  # more borders of clusters, or of nodes, than these are not drawn
styles = {  # by part: (grey, line width in points, dashes)
    "socket": ("0.35", 0.9, (0, (4, 2))),
    "sibling": ("0.35", 0.9, (0, (1, 1.5))),
    "node": ("0.6", 0.7, (0, (4, 3))),
    "cluster": ("0.85", 0.6, "-"),
}
label_height_in = 0.12  # height of a label's letters in inches: labels stand on end
headroom = 1.3  # end of the y axis / highest value, so that labels stand above the lines


def drawn(machine: SimulatedMachine, low: float, high: float) -> list[Border]:
    """The borders that a plot from low to high CPUs shows."""
    inside = [border for border in machine.borders if low < position(border) < high]
    few = {
        part for part in ("cluster", "node")
        if sum(border.part == part for border in machine.borders) <= finest_max
    }
    return [border for border in inside
            if border.part in styles and (border.part in ("socket", "sibling") or
                                          border.part in few)]


def position(border: Border) -> float:
    """Where the line stands: between the last number without the part and the first with it."""
    return math.sqrt((border.cpus - 1) * border.cpus)


def draw_borders(ax: Axes, machine: SimulatedMachine, octaves_per_in: float) -> None:
    """The lines, with labels for sockets and siblings that do not touch each other."""
    low, high = ax.get_xlim()
    across = blended_transform_factory(ax.transData, ax.transAxes)
    last = 0.0
    sockets = 1
    for border in drawn(machine, low, high):
        grey, width, dashes = styles[border.part]
        x = position(border)
        ax.axvline(x, color=grey, linewidth=width, linestyle=dashes, zorder=0.5,
                   gid=f"border-{border.part}-{border.cpus}")
        if border.part not in ("socket", "sibling"):
            continue
        sockets += border.part == "socket"
        room = math.inf if last == 0 else math.log2(x / last) / octaves_per_in
        if room < label_height_in:
            continue
        words = f"socket {sockets}" if border.part == "socket" else "siblings"
        ax.text(x, 0.99, words, transform=across, rotation=90, ha="right", va="top",
                fontsize=6.5, color="0.25", zorder=3)
        last = x


def labelled(machine: SimulatedMachine) -> bool:
    """Whether a plot needs room for labels."""
    return any(border.part in ("socket", "sibling") for border in machine.borders)


def words_for(machine: SimulatedMachine) -> str:
    """What the lines of a plot mean; empty where there are none."""
    names = {"socket": "another socket", "sibling": "SMT siblings",
             "node": "another node (grey dashes)", "cluster": "another cluster (thin)"}
    parts = [names[part] for part in styles
             if any(b.part == part for b in drawn(machine, 1, machine.cpus + 1))]
    return f"Vertical lines: from there on with {', '.join(parts)}." if parts else ""
