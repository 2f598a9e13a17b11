"""files.py: one file against others: builds, commits, or the same design on several benches."""

from __future__ import annotations

from typing import Sequence

from report import describe
from report.compare.model import Comparison, Source
from report.compare.rows import Selection, check_selection, make_rows
from report.compare.samples import Samples
from report.errors import EXIT_ENVIRONMENT, EXIT_NOTHING, ReportError
from report.result import Result, SimResult


def compare_files(
    base: Result,
    contenders: Sequence[Result],
    selection: Selection = Selection(),
    across_machines: bool = False,
) -> Comparison:
    """The same configurations of one file and of others.

    Paired only for simulations of the same seeds; measured files of two sessions are not
    interleaved, and the comparison says so. Raises ReportError: exit 4 for files of different
    benches or, unless across_machines, of different machines; 5 where they have no configuration
    in common; 2 for a selection that names what is not there.
    """
    everything = [base, *contenders]
    for other in contenders:
        check_comparable(base, other, across_machines)
    check_selection(selection, [b for result in everything for b in result.benchmarks])
    paired = isinstance(base, SimResult) and all(same_seeds(base, other) for other in contenders)
    leave_out = ("machine",) if across_machines else ()
    rows = make_rows(
        Samples(base, leave_out), [Samples(other, leave_out) for other in contenders], selection,
        paired,
    )
    if not rows:
        raise ReportError(
            EXIT_NOTHING,
            f"{base.path} and {contenders[0].path} have no configuration in common; record both "
            "with the same options",
        )
    labels = labels_of(everything)
    sources = [
        Source(label, describe.subject(result.subjects[0]), result)
        for label, result in zip(labels, everything)
    ]
    return Comparison(
        sources[0], tuple(sources[1:]), "file", paired, rows, tuple(warnings_of(base, contenders))
    )


def compare_benches(results: Sequence[Result], selection: Selection = Selection()) -> Comparison:
    """The same configurations on several benches: measured, simulated, real kernel.

    Configurations are matched by workload, design and number of threads (of simulated CPUs). The
    effects are ratios between benches, which say how far a model is from a measurement; that one
    of them is the better one means nothing. Raises ReportError as compare_files does.
    """
    check_selection(selection, [b for result in results for b in result.benchmarks])
    leave_out = {
        name for result in results for b in result.benchmarks for name in b.params
    } - {"workload", "design", "threads"}
    base, *contenders = [Samples(result, leave_out) for result in results]
    rows = make_rows(base, contenders, selection, paired=False, check_versions=False)
    if not rows:
        raise ReportError(
            EXIT_NOTHING,
            "the files have no workload, design and number of threads in common; give --design, "
            "--workload and --threads (of sim: --cpus) alike to both commands",
        )
    labels = [label_of_bench(result) for result in results]
    if len(set(labels)) != len(labels):
        labels = labels_of(list(results))
    sources = [
        Source(label, describe.bench(result), result) for label, result in zip(labels, results)
    ]
    return Comparison(sources[0], tuple(sources[1:]), "bench", False, rows)


def label_of_bench(result: Result) -> str:
    return result.simulated.name if isinstance(result, SimResult) else result.session.bench


def check_comparable(base: Result, other: Result, across_machines: bool) -> None:
    """Raises ReportError (exit 4) unless a ratio between the files means something."""
    if isinstance(base, SimResult) != isinstance(other, SimResult) or (
        base.session.bench != other.session.bench
    ):
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{base.path} is of bench {base.session.bench}, {other.path} of "
            f"{other.session.bench}: no ratio between them is a change; set them side by side with "
            "--over bench",
        )
    mine, theirs = machine_of(base), machine_of(other)
    if mine != theirs and not across_machines:
        for result in (base, other):
            if not machine_known(result):
                raise ReportError(
                    EXIT_ENVIRONMENT,
                    f"{result.path} does not say of what machine it is; import it again with "
                    "--machine NAME, or give --across-machines to compare all the same",
                )
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{base.path} is of machine {mine}, {other.path} of {theirs}; record both on one, or "
            "give --across-machines to compare the machines",
        )


def machine_known(result: Result) -> bool:
    """False of an imported file that names no machine; a simulation knows its own."""
    return isinstance(result, SimResult) or result.machine.known


def machine_of(result: Result) -> str:
    if isinstance(result, SimResult):
        return result.simulated.name
    return f"{result.machine.id} ({result.machine.model or result.machine.arch})"


def same_seeds(base: SimResult, other: Result) -> bool:
    """Whether run i of both had the same chance: then they are pairs."""
    return isinstance(other, SimResult) and (
        base.sim_plan.first_seed == other.sim_plan.first_seed
        and base.simulated.name == other.simulated.name
    )


def labels_of(results: list[Result]) -> list[str]:
    """File names without their ending, made unique by their folder, then by a number."""
    names = [stem(result) for result in results]
    if len(set(names)) < len(names):
        names = [f"{result.path.parent.name}/{stem(result)}" for result in results]
    return [
        name if names.count(name) == 1 else f"{name}#{names[: i + 1].count(name)}"
        for i, name in enumerate(names)
    ]


def stem(result: Result) -> str:
    return result.path.name.removesuffix(".gz").removesuffix(".json")


def warnings_of(base: Result, contenders: Sequence[Result]) -> list[str]:
    """What makes the comparison weaker than it looks."""
    found = []
    for other in contenders:
        if other.session.id == base.session.id:
            found.append(f"{base.path} and {other.path} are the same session")
        if not isinstance(base, SimResult):
            if other.kernel_release != base.kernel_release:
                found.append(
                    f"kernel {base.kernel_release} in {base.path}, {other.kernel_release} in "
                    f"{other.path}"
                )
    for result in (base, *contenders):
        if result.disturbed:
            found.append(f"{result.path}: the machine was unfit ({'; '.join(result.env.reasons)})")
        if not machine_known(result):
            found.append(f"{result.path}: the machine is not known, it need not be that of the "
                         "others")
        if not result.session.complete:
            found.append(f"{result.path} is incomplete")
    return found
