"""The plots: what is in them, counted by the ids of the artists; how they look is for the eye."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any, Callable
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import synthetic
from report import load_result
from report.plots import plot_throughput, save_figure
from report.plots.page import legend_columns
from report.plots.style import plain, tick_labels

Write = Callable[..., Path]


def ids(svg: Path, start: str) -> list[str]:
    """The ids in an SVG that begin with `start`."""
    tree = ElementTree.parse(svg)
    return [i for e in tree.iter() if (i := e.get("id", "")).startswith(start)]


def only(document: dict[str, Any], *workloads: str) -> dict[str, Any]:
    """`document` without the runs of other workloads."""
    keep = [i for i, b in enumerate(document["benchmarks"]) if b["family"] in workloads]
    document["runs"] = [one for one in document["runs"] if one["bench"] in keep]
    return document


def draw(document: dict[str, Any], write: Write) -> Figure:
    return plot_throughput(load_result(write(document)))


def lines(figure: Figure, start: str) -> list[Line2D]:
    return [line for ax in figure.axes for line in ax.lines
            if (line.get_gid() or "").startswith(start)]


def test_panel_a_workload_line_a_design(
    document: dict[str, Any], write: Write, tmp_path: Path
) -> None:
    svg, png = save_figure(draw(document, write), tmp_path, "throughput")
    assert ids(svg, "panel-") == [f"panel-{name}" for name in synthetic.workloads]
    assert ids(svg, "line-") == [
        f"line-{workload}-{design}-{placement}-build"
        for workload in synthetic.workloads
        for design, (placement, _) in synthetic.designs.items()
    ]
    assert len(ids(svg, "oversubscribed")) == len(synthetic.workloads)
    text = svg.read_text("utf-8")
    assert "more threads than CPUs" in text and "Measured on this host" in text  # text is text
    assert "<dc:date>" not in text
    header = png.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    assert 1500 <= width <= 3000 and 900 <= height <= 2000
    assert 50_000 < png.stat().st_size < 1_000_000


def test_same_file_same_bytes(document: dict[str, Any], write: Write, tmp_path: Path) -> None:
    first = [p.read_bytes() for p in save_figure(draw(document, write), tmp_path, "one")]
    second = [p.read_bytes() for p in save_figure(draw(document, write), tmp_path, "two")]
    assert first == second


def test_user_settings_change_nothing(
    document: dict[str, Any], write: Write, tmp_path: Path
) -> None:
    import matplotlib

    only(document, "pf_shared")
    plain_bytes = save_figure(draw(document, write), tmp_path, "one")[0].read_bytes()
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.grid": True}):
        changed = save_figure(draw(document, write), tmp_path, "two")[0].read_bytes()
    assert changed == plain_bytes


@pytest.mark.parametrize("threads", [(2,), (1, 2), (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)],
                         ids=["1 count", "2 counts", "12 counts"])
@pytest.mark.parametrize("panels", [1, 4, 5])
def test_nothing_overlaps_or_leaves_the_page(
    threads: tuple[int, ...], panels: int, write: Write
) -> None:
    document = only(synthetic.result(threads, rounds=2), *list(synthetic.workloads)[:panels])
    figure = draw(document, write)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page, renderer = figure.bbox, canvas.get_renderer()
    boxes = [ax.get_tightbbox(renderer) for ax in figure.axes]
    boxes += [figure.legends[0].get_window_extent(renderer)]
    boxes += [text.get_window_extent(renderer) for text in figure.texts]
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1:])
    for ax in figure.axes:
        labels = [label.get_window_extent(renderer) for label in ax.get_xticklabels()
                  if label.get_text()]
        assert labels and not any(a.overlaps(b) for a, b in zip(labels, labels[1:]))


def test_lines_differ_without_colour(document: dict[str, Any], write: Write) -> None:
    found = lines(draw(only(document, "pf_shared"), write), "line-")
    assert len(found) == 4
    for look in (Line2D.get_marker, lambda one: str(one._unscaled_dash_pattern)):
        assert len({look(one) for one in found}) == 4


def test_placements_are_lines_of_their_own(document: dict[str, Any], write: Write) -> None:
    first = len(document["benchmarks"])
    for i in range(3):  # pf_shared, rwsem, again with the lock in the VMA
        twin = synthetic.benchmark("pf_shared", "rwsem", "embedded", i + 1)
        document["benchmarks"].append(twin)
    document["runs"] += [
        one | {"bench": first + one["bench"]} for one in document["runs"] if one["bench"] < 3
    ]
    figure = draw(only(document, "pf_shared"), write)
    separate, embedded = lines(figure, "line-pf_shared-rwsem")
    assert separate.get_color() == embedded.get_color()
    assert separate.get_markerfacecolor() != embedded.get_markerfacecolor() == "white"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "rwsem, separate" in labels and "rwsem, embedded" in labels and "mmap_lock" in labels


def test_a_failed_configuration_leaves_a_gap(document: dict[str, Any], write: Write) -> None:
    figure = draw(only(document, "fork_storm"), write)
    rwsem, atomic = lines(figure, "line-")[:2]
    assert [str(y) == "nan" for y in rwsem.get_ydata()] == [False, False, True]
    assert not any(str(y) == "nan" for y in atomic.get_ydata())
    caption = " ".join(text.get_text() for text in figure.texts)
    assert "6 failed runs left out" in caption


def test_no_shading_where_all_threads_have_a_cpu(write: Write) -> None:
    figure = draw(synthetic.result((1, 2), rounds=1), write)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "more threads than CPUs" not in labels
    assert not any(patch.get_gid() for ax in figure.axes for patch in ax.patches)


def test_the_axis_begins_at_0_and_counts_in_octaves(document: dict[str, Any], write: Write) -> None:
    for ax in draw(document, write).axes:
        assert ax.get_ylim()[0] == 0 and ax.get_xscale() == "log"
        assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3"]
        assert re.fullmatch(r"[a-z]+/s", ax.get_ylabel())


def test_tick_labels_thin_out() -> None:
    assert tick_labels([1, 2, 4, 8], 2.0) == ["1", "2", "4", "8"]
    crowded = tick_labels([1, 2, 3, 64, 72, 128], 3.0)
    assert crowded == ["1", "2", "3", "64", "", "128"]


def test_ticks_share_the_unit_of_the_top() -> None:
    assert [plain(v, 1.2e6) for v in (0, 2.5e5, 1e6)] == ["0", "0.25M", "1M"]
    assert [plain(v, 930) for v in (0, 250, 750)] == ["0", "250", "750"]


def test_the_legend_takes_the_columns_that_fit() -> None:
    assert legend_columns([9, 9, 9, 9], 100) == 4
    assert legend_columns([9, 9, 9, 9], 3.0) == 2
    assert legend_columns([60, 60], 3.0) == 1
