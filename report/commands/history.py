"""history.py: the command `faultline history`: sessions over commits."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report.commands.files import print_warning
from report.errors import (
    EXIT_FOUND, EXIT_INCONCLUSIVE, EXIT_NOTHING, EXIT_OK, ReportError, ascii_line,
)

if TYPE_CHECKING:
    from report.gate.accepted import Accepted
    from report.history.series import Series

name = "history"
summary = "Keep sessions over commits; show what changed when, and the range to bisect."
epilog = """\
The store is a folder: DIR/<machine>/<commit>-<session>.json.gz. Files in it never change, so that
stores merge. DIR/index.json is derived and may be deleted. DIR/accepted.toml is read where it is.

examples:
  faultline history add session.json
  faultline history show --workload pf_shared --design rwsem,refcount --last 40
  faultline history bisect-range --workload pf_shared --design rwsem
  git bisect start BAD GOOD       with the two ends of GOOD..BAD

exit codes: 0 all right, bisect-range: no lasting change for the worse; 1 bisect-range: there is
one; 2 wrong use, a file or store that cannot be read; 3 bisect-range: inconclusive; 4 a file
without figures; 5 no session, or none of what was asked for
"""

problems_shown = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="put result files into the store")
    adding.add_argument("files", metavar="FILE", nargs="+", help="result file of run or sim")
    add_store(adding)
    show = actions.add_parser("show", help="print a line a configuration, and what changed")
    show.add_argument("--workload", default="", metavar="A,B", help="workloads, by commas")
    show.add_argument("--design", default="", metavar="A,B", help="designs, by commas")
    show.add_argument("--last", type=positive, metavar="N", help="the newest N points alone")
    add_selection(show)
    finding = actions.add_parser("bisect-range", help="print GOOD..BAD of the newest change "
                                 "for the worse")
    finding.add_argument("--workload", required=True, metavar="W", help="workload")
    finding.add_argument("--design", required=True, metavar="D", help="design")
    add_selection(finding)


def add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", default="results", metavar="DIR",
                        help="folder of the store (default: results)")


def add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--metric", default="throughput", metavar="A,B",
                        help="metrics, by commas (default: throughput)")
    parser.add_argument("--placement", default="", metavar="P", help="placements, by commas")
    parser.add_argument("--threads", default="", metavar="N", help="numbers of threads or of "
                        "simulated CPUs, by commas")
    parser.add_argument("--machine", default="", metavar="M", help="machines, by commas")
    parser.add_argument("--accepted", metavar="FILE",
                        help="accepted changes (default: accepted.toml of the store)")
    add_store(parser)


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return number


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "add":
        return run_add(arguments)
    series = select(arguments)
    return run_show(series, arguments.last) if arguments.action == "show" else run_bisect(series)


def run_add(arguments: argparse.Namespace) -> int:
    """Adds what can be added before an unsound file ends it; each file is said on a line."""
    from report.history.store import add

    store = Path(arguments.store)
    for file in arguments.files:
        added = add(store, Path(file))
        print(ascii_line(f"{added.path}: {'added' if added.new else 'there already'}"))
    return EXIT_OK


def select(arguments: argparse.Namespace) -> list[Series]:
    """The series that were asked for, at least one."""
    return stored_series(
        Path(arguments.store), accepted_file=arguments.accepted,
        workloads=words(arguments.workload), designs=words(arguments.design),
        metrics=words(arguments.metric), machines=words(arguments.machine),
        placements=words(arguments.placement), counts=numbers(arguments.threads),
    )


def stored_series(
    store: Path, command: str = name, accepted_file: str | None = None,
    **selection: tuple[Any, ...],
) -> list[Series]:
    """The series of a store by the `selection` of history_series, at least one; files that cannot
    be read are warned of. accepted_file: accepted changes, default accepted.toml of the store.

    Raises ReportError: exit 5 when there is no such series, 2 for a store that cannot be read.
    """
    from report.history.index import read_index
    from report.history.series import history_series

    index = read_index(store)
    for problem in index.problems[:problems_shown]:
        print_warning(command, f"left out: {problem}")
    if len(index.problems) > problems_shown:
        print_warning(command, f"left out: {len(index.problems) - problems_shown} further files")
    if not index.entries:
        raise ReportError(
            EXIT_NOTHING,
            f"the store {store} holds no session; add one with faultline history add",
        )
    series = history_series(index, accepted=read_accepted_of(store, accepted_file), **selection)
    if not series:
        raise ReportError(
            EXIT_NOTHING,
            f"no session of {store} has these together; ask for less, see faultline history show",
        )
    return series


def read_accepted_of(store: Path, file: str | None) -> tuple[Accepted, ...]:
    from report.gate.accepted import read_accepted

    if file:
        return read_accepted(Path(file))
    usual = store / "accepted.toml"
    return read_accepted(usual) if usual.is_file() else ()


def run_show(series: list[Series], last: int | None) -> int:
    from report.history.text import history_text

    sys.stdout.write(history_text(series, last))
    return EXIT_OK


def run_bisect(series: list[Series]) -> int:
    """The range alone on standard output, for a script; the words on standard error."""
    from report.commands.gate import print_whole
    from report.history.bisect import bisect_range
    from report.history.text import shift_words

    answer = bisect_range(series)
    if answer.found is not None:
        shift, one = answer.found.shift, answer.found.series
        print_whole(f"{shift.good}..{shift.bad}\n")
        say(f"{one.label} on {one.machine}: {shift_words(one, shift)}")
        if one.ordered_by == "time":
            say("git does not know every commit: the order is that of the sessions in time")
        say(f"git bisect start {shift.bad} {shift.good}")
        return EXIT_FOUND
    for doubt in answer.doubts:
        say(doubt)
    if answer.doubts:
        return EXIT_INCONCLUSIVE
    say("no lasting change for the worse")
    return EXIT_OK


def say(text: str) -> None:
    print(ascii_line(text), file=sys.stderr)


def words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def numbers(text: str) -> tuple[int, ...]:
    """Raises ReportError (exit 2) for what is no list of numbers."""
    try:
        return tuple(int(word) for word in words(text))
    except ValueError:
        from report.errors import EXIT_INPUT

        raise ReportError(
            EXIT_INPUT, f"--threads needs numbers by commas, not '{text}'; e.g. 1,2,4"
        ) from None
