"""load_sim.py: the part of a result file that only the simulator writes."""

from __future__ import annotations

from report.fields import Field
from report.simulated import (
    Border, Figures, Line, Place, SimulatedMachine, transfer_classes,
)


def read_simulated_machine(f: Field) -> SimulatedMachine:
    """The key simulated_machine.

    Raises ReportError (exit 2) for what breaks the schema, 4 for a value that a newer faultline
    may know.
    """
    return SimulatedMachine(
        name=f["name"].filled(),
        summary=f["summary"].text(),
        calibrated=f["calibrated"].one_of(("yes", "partly", "no")),
        made_up=f["made_up"].flag(),
        cpus=f["cpus"].integer(minimum=1),
        sockets=f["sockets"].integer(minimum=1),
        cores=f["cores"].integer(minimum=1),
        smt=f["smt"].integer(minimum=1),
        borders=[
            Border(border["cpus"].integer(minimum=2), border["part"].text())
            for border in f["borders"].elements()
        ],
    )


def read_figures(f: Field) -> Figures:
    """The key sim of a run that did not fail."""
    waits, fairness = f["wait_ns"], f["fairness"]
    return Figures(
        hash=f["hash"].text(),
        waits=waits["n"].integer(),
        wait_p50_ns=waits["p50"].integer(),
        wait_p99_ns=waits["p99"].integer(),
        wait_p999_ns=waits["p999"].integer(),
        wait_max_ns=waits["max"].integer(),
        jain=fairness["jain"].or_null(Field.number),
        min_max=fairness["min_max"].or_null(Field.number),
        transfers=read_classes(f["transfers"]),
        lines=[read_line(line) for line in f["lines"].elements()],
    )


def read_line(f: Field) -> Line:
    return Line(
        transfers=f["transfers"].integer(),
        sources=read_classes(f["from"]),
        waited_ns=f["waited_ns"].integer(),
        queue_mean=float(f["queue_mean"].number()),
        queue_max=f["queue_max"].integer(),
        places=[
            Place(
                field=place["field"].or_null(Field.text),
                where=place["where"].text(),
                transfers=place["transfers"].integer(),
            )
            for place in f["fields"].elements()
        ],
    )


def read_classes(f: Field) -> dict[str, int]:
    """Transfers by class; a class that this reader does not know is left out."""
    return {name: f[name].integer() for name in transfer_classes}
