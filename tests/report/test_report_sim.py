"""Files of the simulator: what the report prints and draws, always as simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from matplotlib.figure import Figure

import synthetic_sim
from report import load_result, simulation_table
from report.plots.borders import drawn, position
from report.plots import plot_throughput
from report.result import SimResult
from report.sim_summary import sim_cells
from report.sim_table import small
from report.simulated import Border, SimulatedMachine
from report.summary import Series

Write = Callable[..., Path]
Golden = Callable[[str, str], None]


@pytest.fixture(name="simulation")
def fixture_simulation() -> dict[str, Any]:
    """A simulation as JSON values, to be changed at will."""
    return synthetic_sim.result()


def loaded(document: dict[str, Any], write: Write) -> SimResult:
    result = load_result(write(document))
    assert isinstance(result, SimResult)
    return result


def table_of(document: dict[str, Any], write: Write, width: int = 100) -> str:
    return simulation_table(loaded(document, write), width)


def words_of(figure: Figure) -> str:
    """All texts of a figure in one line."""
    texts = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    return " ".join(" ".join(text.get_text() for text in texts).split())


def test_the_table(simulation: dict[str, Any], write: Write, golden: Golden) -> None:
    golden("simulation.txt", table_of(simulation, write))


def test_rules_of_the_list(simulation: dict[str, Any], write: Write) -> None:
    simulation["simulated_machine"]["summary"] = "\u00b1 2 sockets\n" + "x" * 200
    for width in (90, 100):
        table = table_of(simulation, write, width)
        assert table.isascii() and table.endswith("\n") and "\t" not in table
        for line in table.splitlines():
            assert len(line) <= width and line == line.rstrip(), line
            assert line == "" or line.startswith("  ")
    with pytest.raises(ValueError, match="width 89"):
        table_of(simulation, write, 89)


@pytest.mark.parametrize("calibrated, made_up, words", [
    ("yes", False, "SIMULATED toy-2s, calibrated: yes"),
    ("partly", False, "SIMULATED toy-2s, calibrated: partly"),
    ("no", True, "SIMULATED toy-2s, calibrated: no, made up"),
])
def test_every_table_and_plot_says_what_it_is(
    simulation: dict[str, Any], write: Write, calibrated: str, made_up: bool, words: str
) -> None:
    simulation["simulated_machine"] |= {"calibrated": calibrated, "made_up": made_up}
    result = loaded(simulation, write)
    table = simulation_table(result)
    assert table.startswith(f"  faultline: {words}; no clock was read\n")
    assert table.count(f"[{words}]") == len(synthetic_sim.workloads)
    drawing = words_of(plot_throughput(result))
    assert f"{words} (2 x 4-core toy)" in drawing
    for text in (table, drawing):
        assert "measured" not in text.lower()
        assert ("no such machine exists" in " ".join(text.split())) is made_up


def test_the_host_is_not_mentioned(simulation: dict[str, Any], write: Write) -> None:
    simulation["machine"]["cpu"]["model"] = "Computing CPU"
    result = loaded(simulation, write)
    assert "Computing" not in simulation_table(result) + words_of(plot_throughput(result))


def test_figures_are_medians_over_seeds(simulation: dict[str, Any], write: Write) -> None:
    cells = sim_cells(loaded(simulation, write))
    cell = cells["pf_shared", Series("rwsem", "separate", "build"), 8]
    assert (cell.wait_p50_ns, cell.wait_p99_ns, cell.wait_max_ns) == (80, 800, 2401.5)
    assert cell.jain == pytest.approx(0.992) and cell.fallback == 0
    assert sum(cell.transfers.values()) == pytest.approx(2, rel=1e-3)
    rates = sorted(run.measured[0].ops for run in loaded(simulation, write).good_runs
                   if run.benchmark.id.startswith("pf_shared/design=rwsem/")
                   and run.benchmark.cpus == 8)
    assert cell.middle.measured[0].ops == rates[1], "of two in the middle the lower one"


def test_every_way_out_of_the_vma_lock_is_a_fallback(
    simulation: dict[str, Any], write: Write
) -> None:
    for one in simulation["runs"][:synthetic_sim.seeds]:
        one["trials"][0]["counters"] |= {
            "vma_lock_success": 60, "vma_lock_abort": 20, "vma_lock_retry": 15,
            "vma_lock_miss": 5}
    cells = sim_cells(loaded(simulation, write))
    cell = cells["pf_shared", Series("rwsem", "separate", "build"), 1]
    assert cell.fallback == pytest.approx(0.4)
    assert cell.shares == pytest.approx({"abort": 0.2, "retry": 0.15, "miss": 0.05})
    assert cells["pf_shared", Series("mmap_lock", "none", "build"), 1].fallback is None


def test_a_failed_configuration_is_no_figure(simulation: dict[str, Any], write: Write) -> None:
    table = table_of(simulation, write)
    assert table.count("failed\n") == 1
    assert "pf_shared mmap_lock none, 16 CPUs: 4 of 4 (simulation: the simulation crashed" in table
    assert "hottest lines: mmap_lock, 8 CPUs" in table and "hottest lines: mmap_lock, 16" in table


def test_a_yardstick_has_no_vma_lock(simulation: dict[str, Any], write: Write) -> None:
    for one in simulation["runs"]:
        for trial in one["trials"]:
            for name in ("success", "abort", "retry", "miss"):
                trial["counters"][f"vma_lock_{name}"] = None
            trial["counters"] |= {"parks": 0, "wakes": 0}
    table = table_of(simulation, write)
    assert "  no park, no wake\n" in table and "fallback to mmap_lock" not in table


def test_threads_share_cpus(simulation: dict[str, Any], write: Write) -> None:
    simulation["design"]["threads_per_cpu"] = 2
    for one in simulation["benchmarks"]:
        one["params"]["threads"] *= 2
        one["oversubscribed"] = True
    result = loaded(simulation, write)
    table = " ".join(simulation_table(result).split())
    assert "2 threads a CPU" in table and "hottest lines: rwsem separate, 16 CPUs" in table
    figure = plot_throughput(result)
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["1", "2", "8", "16"]
    assert not [patch for patch in figure.axes[0].patches if patch.get_gid() == "oversubscribed"]


def test_an_unfinished_simulation_says_so(simulation: dict[str, Any], write: Write) -> None:
    simulation["session"]["complete"] = False
    simulation["runs"] = simulation["runs"][:10]
    assert "INCOMPLETE: 10 of 96 planned runs" in table_of(simulation, write)


def test_the_plot_has_cpus_on_a_log_axis_and_borders(
    simulation: dict[str, Any], write: Write
) -> None:
    figure = plot_throughput(loaded(simulation, write))
    for ax in figure.axes:
        assert ax.get_xscale() == "log" and ax.get_ylim()[0] == 0
        found = [line.get_gid() for line in ax.lines if line.get_gid().startswith("border-")]
        assert found == ["border-cluster-3", "border-socket-5", "border-cluster-7",
                         "border-sibling-9"]
        assert [text.get_text() for text in ax.texts] == ["socket 2", "siblings"]
        bands = [one for one in ax.collections if one.get_gid().startswith("band-")]
        assert len(bands) == len(synthetic_sim.designs)
    assert {ax.get_xlabel() for ax in figure.axes} == {"CPUs"}


def toy(borders: list[Border]) -> SimulatedMachine:
    return SimulatedMachine("toy", "a toy", "no", True, 1024, 4, 512, 2, borders)


def test_many_clusters_are_not_drawn() -> None:
    clusters = [Border(cpus, "cluster") for cpus in range(3, 20)]
    sockets = [Border(2, "socket"), Border(513, "sibling"), Border(600, "rack")]
    assert drawn(toy(clusters[:16] + sockets), 0.8, 1200) == clusters[:16] + sockets[:2]
    assert drawn(toy(clusters + sockets), 0.8, 1200) == sockets[:2]
    assert drawn(toy(clusters + sockets), 0.8, 64) == sockets[:1]
    assert 44 < position(Border(45, "socket")) < 45


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], int, str]] = {
    "no machine": (lambda d: d.pop("simulated_machine"), 2, "simulated_machine is missing"),
    "calibrated as nobody knows": (
        lambda d: d["simulated_machine"].update(calibrated="mostly"), 4, 'calibrated is "mostly"'),
    "no figures": (lambda d: d["runs"][3].update(sim=None), 2, "runs[3].sim is null"),
    "no CPUs": (lambda d: d["benchmarks"][0]["params"].pop("cpus"), 2, "params.cpus is missing"),
    "no run": (lambda d: d.update(runs=[]), 5, "record one with faultline sim -o"),
    "all failed": (lambda d: [synthetic_sim.fail(one, "crashed") for one in d["runs"]], 5,
                   "all 96 runs failed (the first: simulation: crashed)"),
}


@pytest.mark.parametrize("change, code, words", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_one_line(
    change: Callable[[dict[str, Any]], Any], code: int, words: str, simulation: dict[str, Any],
    write: Write, faultline: Callable[..., Any],
) -> None:
    change(simulation)
    done = faultline("report", write(simulation))
    assert (done.code, done.out) == (code, "")
    assert words in done.err and done.err.count("\n") == 1


def test_report_and_export(
    simulation: dict[str, Any], write: Write, faultline: Callable[..., Any]
) -> None:
    path = write(simulation)
    done = faultline("report", path)
    assert (done.code, done.err) == (0, "")
    assert sorted(one.name for one in path.with_suffix("").iterdir()) == [
        "table.txt", "throughput.png", "throughput.svg"]
    assert faultline("export", "--format", "text", path).out == done.out
    refused = faultline("export", "--format", "markdown", path)
    assert refused.code == 4 and "is from the simulator" in refused.err
    context = json.loads(faultline("export", "--format", "gbench", path).out)["context"]
    assert context["host_name"] == "SIMULATED toy-2s, calibrated: partly"
    assert context["num_cpus"] == 16 and "mhz_per_cpu" not in context


@pytest.mark.parametrize("value, text", [
    (None, "-"), (0, "0"), (0.0004, "<.001"), (0.0126, "0.013"), (0.9996, "1.00"),
    (12.345, "12.35"), (101.5, "102"), (2634, "2.63k"),
])
def test_small(value: float | None, text: str) -> None:
    assert small(value) == text
