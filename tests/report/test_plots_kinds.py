"""test_plots_kinds.py: each kind of plot: what is drawn, told apart without colour, on the page."""

from __future__ import annotations

import inspect
import math
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import report.plots as plots
import synthetic
import synthetic_sim
from report import load_result
from report.frames import latency_frame, runs_frame, threads_frame
from report.plots import draw_figure, kinds
from report.plots.save import image
from report.simulated import transfer_classes

Write = Callable[..., Path]
frames = {"runs": runs_frame, "threads": threads_frame, "latency": latency_frame}


def table(designs: list[str], counts: list[int], workloads: list[str], runs: int = 2) -> Any:
    """A runs_frame without About, made by formula."""
    rows = [
        {"workload": workload, "design": design, "count": count, "round": run, "unit": "fault",
         "throughput": 1e6 * count ** (0.9 - 0.05 * i) * (1 + 0.01 * run),
         "cpu_throughput": 1e6 * count ** (-0.05 * i), "oversubscribed": False,
         "t0": pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(minutes=run),
         "share": 1 + 0.1 * run, "jain": 0.99, "value_ns": 10.0 * count * (1 + i + 100 * run),
         "exceeding": 10.0 ** -(run + 1), "points": "histogram", "n": runs,
         "commit": f"{run:08x}", "time": run, "value": 1e6 + i, "low": 9e5, "high": 2e6}
        | {f"transfers_{name}": 0.1 for name in transfer_classes}
        for workload in workloads for i, design in enumerate(designs) for count in counts
        for run in range(runs)
    ]
    return pd.DataFrame(rows)


def two_threads(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as two threads of one run each."""
    return frame.assign(session="s", thread=frame["round"], round=0)


def forest_rows() -> pd.DataFrame:
    return pd.DataFrame([
        {"label": "a", "ratio": 1.1, "low": 1.05, "high": 1.15, "verdict": "BETTER"},
        {"label": "b", "ratio": 0.9, "low": 0.85, "high": 0.95, "verdict": "WORSE"},
        {"label": "c", "ratio": 1.0, "low": 0.99, "high": 1.01, "verdict": "SAME"},
        {"label": "d", "ratio": 1.0, "low": 0.0, "high": math.inf, "verdict": "INCONCLUSIVE"},
    ]).assign(threshold=0.02)


def frame_for(name: str, designs: list[str], counts: list[int], workloads: list[str]) -> Any:
    if name == "forest":
        return forest_rows()
    frame = table(designs, counts, workloads)
    return two_threads(frame) if name == "fairness" else frame


def gids(figure: Figure, start: str) -> list[str]:
    return [gid for ax in figure.axes for child in ax.get_children()
            if (gid := child.get_gid() or "").startswith(start)]


def lines(ax: Axes, start: str = "line-") -> list[Line2D]:
    return [line for line in ax.lines if (line.get_gid() or "").startswith(start)]


def check_page(figure: Figure) -> None:
    """Nothing leaves the page, no text lies on another panel, no tick label on its neighbour."""
    figure.canvas.draw()
    page, renderer = figure.bbox, figure.canvas.get_renderer()
    boxes = [ax.get_tightbbox(renderer) for ax in figure.axes]
    boxes += [text.get_window_extent(renderer) for text in figure.texts]
    boxes += [legend.get_window_extent(renderer) for legend in figure.legends]
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 + 1
        assert page.y0 <= box.y0 and box.y1 <= page.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1:])
    for ax in figure.axes:
        labels = [one for one in ax.get_xticklabels() if one.get_text()]
        extents = [one.get_window_extent(renderer) for one in labels
                   if one.get_rotation() in (0, 90)]  # the box of a slanted one says little
        extents.sort(key=lambda one: one.x0)
        assert not any(a.overlaps(b) for a, b in zip(extents, extents[1:]))


def test_every_kind_is_a_function_of_a_frame_and_axes() -> None:
    for kind in kinds.values():
        function = getattr(plots, kind.function)
        names = list(inspect.signature(function).parameters)
        assert names[:2] == ["frame", "ax"] and "ValueError" in function.__doc__


@pytest.mark.parametrize("name", list(kinds))
def test_into_the_callers_axes_or_onto_a_page(name: str) -> None:
    function = getattr(plots, kinds[name].function)
    frame = frame_for(name, ["rwsem", "refcount"], [1, 2, 4], ["pf_shared"])
    ax = Figure(figsize=(6, 4)).add_subplot()
    assert function(frame, ax) is ax and ax.has_data()
    assert not ax.figure.legends and len(ax.figure.axes) == 1  # the page is the caller's
    own = function(frame)
    assert own.figure is not ax.figure and own.figure.texts
    check_page(own.figure)


many = [f"design_{i}" for i in range(9)] + ["a_design_with_a_name_longer_than_a_page_can_show" * 3]
shapes = {
    "10 series": (many, [1, 2, 3, 4, 6, 8, 12, 16, 512, 1000, 1024], ["pf_shared"]),
    "1 point": (["rwsem"], [64], ["pf_shared"]),
    "6 workloads": (["rwsem", "refcount"], [2, 4], list(synthetic.workloads)),
    "long workload": (["rwsem"], [2, 4], ["workload " * 30, "b"]),
}


@pytest.mark.parametrize("shape", list(shapes))
@pytest.mark.parametrize("name", [name for name in kinds if name != "forest"])
def test_nothing_overlaps_or_leaves_the_page(name: str, shape: str) -> None:
    frame = frame_for(name, *shapes[shape])
    if name == "efficiency":
        frame.loc[frame["count"] == frame["count"].min(), "count"] = 1
    check_page(draw_figure(kinds[name], frame))


@pytest.mark.parametrize("name", ["throughput", "efficiency", "cpu-throughput", "history"])
def test_lines_differ_without_colour(name: str) -> None:
    frame = table(["a", "b", "c", "d", "e", "f"], [1, 2, 4], ["pf_shared"])
    found = lines(getattr(plots, kinds[name].function)(frame))
    assert len(found) == 6
    for look in (Line2D.get_marker, lambda one: str(one._unscaled_dash_pattern)):
        assert len({look(one) for one in found}) == 6


def test_bars_differ_without_colour() -> None:
    ax = plots.transfers(table(["a"], [4], ["pf_shared"]))
    assert len({bar.get_hatch() for bar in ax.patches}) == len(ax.patches) == 9


def test_throughput_draws_medians_and_gaps() -> None:
    frame = table(["a", "b"], [1, 2, 4], ["pf_shared"], runs=3)
    frame = frame[(frame["design"] != "b") | (frame["count"] != 2)]
    one, two = lines(plots.throughput(frame))
    medians = frame[frame["design"] == "a"].groupby("count")["throughput"].median()
    assert one.get_ydata().tolist() == medians.tolist()
    assert np.isnan(two.get_ydata()).tolist() == [False, True, False]


def test_efficiency_is_1_at_1_and_falls() -> None:
    frame = table(["a"], [1, 2, 4], ["pf_shared"], runs=1)
    (line,) = lines(plots.efficiency(frame))
    assert line.get_ydata() == pytest.approx([1, 2**0.9 / 2, 4**0.9 / 4])
    with pytest.raises(ValueError, match="no run with 1 thread"):
        plots.efficiency(frame[frame["count"] > 1])


def test_a_simulation_has_bands_and_borders(write: Write) -> None:
    frame = runs_frame(load_result(write(synthetic_sim.result())))
    figure = draw_figure(kinds["throughput"], frame)
    assert len(gids(figure, "border-socket")) == len(gids(figure, "border-sibling")) == 2
    words = " ".join(text.get_text() for text in figure.texts)
    assert "SIMULATED toy-2s" in words and "n = 4 runs" in words and "measured" not in words.lower()
    assert {ax.get_xlabel() for ax in figure.axes} == {"CPUs"}


def test_a_host_is_called_measured(document: dict[str, Any], write: Write) -> None:
    frame = runs_frame(load_result(write(document)))
    figure = draw_figure(kinds["throughput"], frame[frame["workload"] == "pf_shared"])
    words = " ".join(text.get_text() for text in figure.texts)
    assert "measured on Synthetic CPU 9000" in words and "Linux 6.18.44" in words
    assert "n = 5..6 runs" in words and len(gids(figure, "oversubscribed")) == 1


def test_quantiles_are_called_so(write: Write) -> None:
    frame = latency_frame(load_result(write(synthetic_sim.result())))
    figure = draw_figure(kinds["latency"], frame)
    words = " ".join(text.get_text() for text in figure.texts)
    assert "straight lines that are not data" in words and "p99.9" in words
    assert all(ax.get_xscale() == ax.get_yscale() == "log" for ax in figure.axes)
    histogram = plots.latency(table(["a"], [4], ["pf_shared"], runs=3))
    words = " ".join(text.get_text() for text in histogram.figure.texts)
    assert "not data" not in words and "all runs of a configuration together" in words


def test_a_dot_a_thread_and_jain_above(document: dict[str, Any], write: Write) -> None:
    frame = threads_frame(load_result(write(document)))
    ax = plots.fairness(frame[frame["panel"] == "pf_shared"])
    assert [len(dots.get_ydata()) for dots in lines(ax, "dots-")] == [12] * 4  # 6 runs x 2 threads
    assert [text.get_text() for text in ax.texts] == ["J 1.000"] * 4
    with pytest.raises(ValueError, match="2 threads of the counted role"):
        plots.fairness(frame[(frame["panel"] == "pf_shared") & (frame["count"] == 1)])


def test_forest_has_marker_words_and_arrows() -> None:
    ax = plots.forest(forest_rows())
    points = lines(ax, "point-")
    assert [point.get_marker() for point in points] == ["^", "v", "s", "o"]
    assert [text.get_text().split()[-1] for text in ax.texts] == [
        "BETTER", "WORSE", "SAME", "INCONCLUSIVE"]
    assert ax.texts[0].get_text().startswith("+10.0 % [+5.0, +15.0]")
    assert {"<", ">"} <= {line.get_marker() for line in ax.lines}  # 0 and inf leave the axis
    low, high = ax.get_xlim()
    assert low < 0.85 and high > 1.15 and high < 2


def test_forest_of_differences_and_mixtures() -> None:
    frame = forest_rows().assign(relative=False, low=-0.1, high=0.1, ratio=0.01)
    ax = plots.forest(frame)
    assert ax.get_xscale() == "linear" and "%" not in ax.texts[0].get_text()
    with pytest.raises(ValueError, match="one metric"):
        plots.forest(frame.assign(relative=[True, False, True, False]))


def test_order_shows_drift_by_round(document: dict[str, Any], write: Write) -> None:
    frame = runs_frame(load_result(write(document)))
    ax = plots.order(frame)
    dots = lines(ax, "dots-")
    assert sum(len(one.get_ydata()) for one in dots) == len(frame)
    assert len(lines(ax, "round-")) == 6
    assert all(abs(np.median(one.get_ydata()) - 1) < 0.02 for one in dots)
    by_position = plots.order(frame.assign(t0=pd.NaT))
    assert by_position.get_xlabel() == "runs since the first one"


def test_designs_look_the_same_in_all_plots(document: dict[str, Any], write: Write) -> None:
    document["runs"].reverse()
    frame = runs_frame(load_result(write(document)))
    shared = frame[frame["workload"] == "pf_shared"]
    lined = [line.get_color() for line in lines(plots.throughput(shared))]
    dotted = [dots.get_color() for dots in lines(plots.order(frame), "dots-")]
    assert lined == dotted and len(set(lined)) == 4


def test_order_of_a_simulation_is_nothing(write: Write) -> None:
    with pytest.raises(ValueError, match="no order"):
        plots.order(runs_frame(load_result(write(synthetic_sim.result()))))


def test_heatmap_cells_are_relative_to_the_best(document: dict[str, Any], write: Write) -> None:
    frame = table(["a", "b"], [4], ["v", "w"])
    frame.loc[(frame["design"] == "b") & (frame["workload"] == "v"), "throughput"] = 1.0
    cells = {text.get_gid(): text.get_text() for text in plots.heatmap(frame).texts}
    assert cells == {"cell-0-0": "1.00", "cell-0-1": "1.00", "cell-1-0": "3e-07",
                     "cell-1-1": "0.93"}
    lower = frame.assign(wait_p99_ns=[10.0 if d == "a" else 40.0 for d in frame["design"]])
    words = [text.get_text() for text in plots.heatmap(lower, value="wait_p99_ns").texts]
    assert words == ["1.00", "1.00", "0.25", "0.25"]
    gap = frame[(frame["design"] == "a") | (frame["workload"] == "w")]
    assert len(plots.heatmap(gap).texts) == 3


def test_transfers_stack_to_their_sum() -> None:
    ax = plots.transfers(table(["a", "b"], [4], ["pf_shared"]))
    assert [text.get_text() for text in ax.texts] == ["0.9", "0.9"]
    assert len(gids(ax.figure, "bar-")) == 18


def test_history_marks_changes_and_accepted_commits() -> None:
    frame = table(["a"], [4], ["pf_shared"], runs=6)
    ax = plots.history(frame, changes=[("00000002", "00000004"), ("gone", "lost")],
                       accepted=["00000004"])
    assert gids(ax.figure, "change-") == ["change-00000004"]
    assert gids(ax.figure, "accepted-") == ["accepted-00000004"]
    labels = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert labels == ["a", "a change lies between", "accepted change"]


def test_several_workloads_do_not_fit_one_axes() -> None:
    with pytest.raises(ValueError, match=r"2 panels \(v, w\)"):
        plots.throughput(table(["a"], [1], ["v", "w"]))


@pytest.mark.parametrize("name", list(kinds))
def test_nothing_to_draw_is_said(name: str) -> None:
    empty = frame_for(name, ["a"], [1], ["v"]).head(0)
    with pytest.raises(ValueError, match="nothing to draw"):
        getattr(plots, kinds[name].function)(empty)


def test_more_than_a_page_holds_is_said() -> None:
    frame = table([f"d{i}" for i in range(30)], [2], ["v"], runs=1)
    figure = draw_figure(kinds["throughput"], frame)
    assert len(gids(figure, "line-")) == 24
    assert "first 24 of 30 series" in " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_same_frame_same_bytes(form: str) -> None:
    frame = table(["a", "b"], [1, 2], ["v"])
    first, second = (image(draw_figure(kinds["throughput"], frame), form) for _ in range(2))
    assert first == second and b"CreationDate" not in first and b"dc:date" not in first


def test_hostile_names_are_harmless() -> None:
    bad = ["$\\frac{x$", "<script>alert(1)</script>", "_hidden", "a\x1b[31m\nb\x00", "$$", "%s{0}"]
    frame = table(bad, [1, 2], ["$x^2$ & <b>"])
    for name in ("throughput", "fairness", "heatmap", "transfers", "order"):
        one = two_threads(frame) if name == "fairness" else frame
        svg = image(draw_figure(kinds[name], one), "svg").decode("utf-8")
        assert "<script" not in svg and "\x1b" not in svg and "<b>" not in svg
        assert "$x^2$ &amp; &lt;b&gt;" in svg or name == "order"
    svg = image(draw_figure(kinds["throughput"], frame), "svg").decode("utf-8")
    assert "_hidden" in svg and "$\\frac{x$" in svg and "&lt;script&gt;" in svg
