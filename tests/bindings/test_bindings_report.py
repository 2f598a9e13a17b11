"""test_bindings_report.py: what the report makes of a result, asked for through faultline."""

from __future__ import annotations

from pathlib import Path

import pytest

import faultline
from built import SMALL, script


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulation of two designs."""
    path = tmp_path_factory.mktemp("simulation") / "a.json"
    faultline.simulate("bdw-28c-2s", **{**SMALL, "designs": "rwsem,refcount", "seeds": 6},
                       output=path)
    return path


def test_a_plot_is_a_figure(simulation: Path) -> None:
    figure = faultline.plot.plot_throughput(faultline.load(simulation))
    assert figure.axes and figure.axes[0].lines


def test_the_plots_are_listed() -> None:
    assert "plot_throughput" in dir(faultline.plot)
    assert all(callable(getattr(faultline.plot, name)) for name in dir(faultline.plot)
               if name.startswith("plot_"))


def test_a_plot_raises_an_error_of_the_family(monkeypatch: pytest.MonkeyPatch) -> None:
    from faultline.results import report

    def refuse() -> None:
        raise report("errors").ReportError(5, "nothing; record something")

    monkeypatch.setattr(report("plots"), "plot_refusal", refuse, raising=False)
    with pytest.raises(faultline.NothingError, match="^nothing; record something$"):
        faultline.plot.plot_refusal()


def test_the_report_is_found_beside_a_folder_of_types(simulation: Path, tmp_path: Path) -> None:
    done = script("import report, faultline\n"
                  f"print(len(faultline.load({str(simulation)!r}).runs))", tmp_path)
    assert done.stdout == "24\n", done.stderr


def test_a_frame_has_a_row_a_run(simulation: Path) -> None:
    result = faultline.load(simulation)
    frame = faultline.frame(result)
    assert frame.equals(faultline.frames.runs_frame(result)) and len(frame) == 24
    assert {"design", "workload", "threads", "cpus", "round", "throughput"} <= set(frame.columns)
    assert "runs_frame" in dir(faultline.frames)


def test_designs_of_one_result_are_compared(simulation: Path) -> None:
    comparison = faultline.compare_within(simulation, base="rwsem")
    assert comparison == faultline.compare_within(faultline.load(simulation), base="rwsem")
    assert comparison.paired and len(comparison.rows) > 0
    assert {outcome.effect.n for row in comparison.rows for outcome in row.outcomes} == {(6, 6)}
    with pytest.raises(faultline.UsageError, match="has no design 'rwsme'"):
        faultline.compare_within(simulation, base="rwsme")


def test_two_results_are_compared(simulation: Path, folder: Path) -> None:
    faultline.simulate({"base": "bdw-28c-2s", "transfer.machine_ns": 300},
                       **{**SMALL, "designs": "rwsem,refcount", "seeds": 6}, output="slower.json")
    comparison = faultline.compare(simulation, "slower.json")
    slower = [row for row in comparison.rows if row.count == 2 and row.metric.name == "throughput"]
    assert len(slower) == 2
    assert all(outcome.effect.ratio < 1 for row in slower for outcome in row.outcomes)
    faultline.simulate("bdw-2s", **SMALL, output="other.json")
    with pytest.raises(faultline.UnsupportedError, match="of machine"):
        faultline.compare(simulation, "other.json")
