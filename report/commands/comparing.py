"""comparing.py: what compare and mail share: the options that say what to compare with what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from report.commands.files import load, print_warning
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, ReportError
from report.layouts import Options, layouts, width_default, width_min
from report.metrics import metrics
from report.result import Result

if TYPE_CHECKING:
    from report.compare import Comparison
    from report.compare.rows import Selection

kinds = ("design", "placement", "subject")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+",
        help="result file of faultline run, sim or kernel: one alone, or BASE NEW...",
    )
    parser.add_argument("--by", choices=kinds,
                        help="what to compare within one FILE (default: the first of these in "
                        "which it has several)")
    parser.add_argument("--base", metavar="NAME",
                        help="the one that the others are compared with, within one FILE "
                        "(default: the first)")
    parser.add_argument("--over", choices=("bench",),
                        help="set files of different benches side by side: measured, simulated, "
                        "real kernel")
    parser.add_argument("--across-machines", action="store_true",
                        help="compare files of different machines")
    parser.add_argument("--metric", metavar="A,B", default="throughput",
                        help=f"{', '.join(metrics)}, or all (default: throughput)")
    parser.add_argument("--workload", metavar="A,B", help="only these (default: all)")
    parser.add_argument("--design", metavar="A,B",
                        help="only these; within one FILE the first is the base (default: all)")
    parser.add_argument("--placement", metavar="A,B", help="only these (default: all)")
    parser.add_argument("--threads", "--cpus", dest="counts", metavar="N,M",
                        help="only these numbers of threads, or of simulated CPUs (default: all)")
    parser.add_argument("--threshold", metavar="PERCENT", type=float,
                        help="the smallest change that matters; of fairness: hundredths of the "
                        "index (default: 2 for throughput, more for other metrics and where "
                        "threads share CPUs)")
    parser.add_argument("--width", metavar="N", type=int, default=width_default,
                        help=f"most columns of a line of text, {width_min} at least "
                        f"(default: {width_default})")


def add_layout(parser: argparse.ArgumentParser, names: list[str]) -> None:
    listed = "; ".join(f"{name}: {layouts[name].summary}" for name in names).replace("%", "%%")
    parser.add_argument("--layout", choices=names, default="faultline", metavar="NAME",
                        help=f"{listed} (default: faultline)")


def options_of(arguments: argparse.Namespace) -> Options:
    """Raises ReportError (exit 2) for a width that cannot be."""
    if arguments.width < width_min:
        raise ReportError(EXIT_INPUT,
                          f"--width {arguments.width} is too narrow; give {width_min} or more")
    return Options(arguments.width)


def comparison_of(command: str, arguments: argparse.Namespace) -> Comparison:
    """The files read, their warnings printed, and what was asked for compared.

    Raises ReportError as compare_files and compare_within do, exit 2 for options that do not go
    together, exit 4 for a file of the model checker.
    """
    # Imported here: numpy takes longer to load than --help may take.
    from report.compare import compare_benches, compare_files, compare_within

    selection = selection_of(arguments)
    check_together(arguments)
    results = [checked(load(command, file)) for file in arguments.files]
    if arguments.over:
        comparison = compare_benches(results, selection)
    elif len(results) > 1:
        comparison = compare_files(
            results[0], results[1:], selection, arguments.across_machines)
    else:
        comparison = compare_within(results[0], arguments.by, arguments.base, selection)
    for warning in comparison.warnings:
        print_warning(command, warning)
    return comparison


def selection_of(arguments: argparse.Namespace) -> Selection:
    """Raises ReportError (exit 2) for what is no number, or no threshold."""
    from report.compare.rows import Selection

    threshold = arguments.threshold
    if threshold is not None and not 0 < threshold <= 1000:
        raise ReportError(EXIT_INPUT,
                          f"--threshold {threshold:g} is no such percentage; give one above 0, up "
                          "to 1000")
    wanted = tuple(metrics) if arguments.metric == "all" else names_of(arguments.metric)
    return Selection(
        workloads=names_of(arguments.workload), designs=names_of(arguments.design),
        placements=names_of(arguments.placement), counts=tuple(map(number, names_of(
            arguments.counts))),
        metrics=wanted, threshold=None if threshold is None else threshold / 100,
    )


def names_of(text: str | None) -> tuple[str, ...]:
    """'a,b' as names, each once; nothing for None. Raises ReportError (exit 2) for an empty one."""
    if text is None:
        return ()
    names = tuple(dict.fromkeys(text.split(",")))
    if "" in names:
        raise ReportError(EXIT_INPUT, f"'{text}' has an empty name; give NAME,NAME without blanks")
    return names


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ReportError(EXIT_INPUT, f"'{text}' is no number of threads or CPUs; give e.g. 1,2,4")
    return int(text)


def check_together(arguments: argparse.Namespace) -> None:
    """Raises ReportError (exit 2) for options that would have no effect."""
    several = len(arguments.files) > 1
    if several and (arguments.by or arguments.base):
        option = "--by" if arguments.by else "--base"
        raise ReportError(EXIT_INPUT, f"{option} compares within one FILE, {len(arguments.files)} "
                          "are given; leave it out: the first file is the base")
    if not several and arguments.over:
        raise ReportError(EXIT_INPUT, "--over bench needs a file of each bench; give several")
    if arguments.across_machines and (arguments.over or not several):
        raise ReportError(EXIT_INPUT, "--across-machines is for BASE NEW... of one bench; leave it "
                          "out")


def checked(result: object) -> Result:
    """Raises ReportError (exit 4) for a file that measured nothing."""
    if isinstance(result, Result):
        return result
    raise ReportError(
        EXIT_ENVIRONMENT,
        f"{getattr(result, 'path', 'the file')} is from the model checker, which measures nothing; "
        "see faultline report",
    )
