"""gate.py: the command `faultline gate`: does a new build regress? The exit code says it."""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from report.commands.files import print_warning, write_text
from report.errors import EXIT_INPUT, ReportError

if TYPE_CHECKING:
    from report.gate import Side, Verdict

name = "gate"
summary = "Judge a new build against a base; the exit code is the answer."
epilog = """\
BASE and NEW are result files of one bench, or folders of sessions recorded by turns, one round
each (tools/ci/gate.sh does that): those are paired. Simulations and proofs are compared exactly.

examples:
  faultline gate base.json new.json
  faultline gate base.json new.json --confirm base2.json new2.json --junit gate.xml
  faultline gate base/ new/ --screen options.txt    then record again, then --confirm
  faultline gate sim-base.json sim-new.json --threshold 0.5
  faultline gate proof-base.json proof-new.json --accepted accepted.toml

exit codes: 0 no regression; 1 a regression, or a configuration that fails or is missing in NEW;
2 wrong use, a file that cannot be read or is incomplete; 3 inconclusive (with --strict), or
candidates to be confirmed (with --screen); 4 the machine was unfit, or the files are not
comparable (other machine, kernel, bench or benchmark version); 5 nothing to compare
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("base", metavar="BASE", help="result file, or folder of sessions")
    parser.add_argument("new", metavar="NEW", help="the same of the new build")
    parser.add_argument(
        "--confirm", nargs=2, metavar=("BASE2", "NEW2"),
        help="fresh sessions of both builds: what BASE and NEW make suspect must be there, too",
    )
    parser.add_argument(
        "--screen", metavar="OUT",
        help="only look for candidates; write to OUT the options of faultline run that record them "
        "again",
    )
    parser.add_argument("--metric", default="throughput", metavar="A,B",
                        help="metrics by commas (default: throughput)")
    parser.add_argument("--threshold", type=threshold, metavar="P",
                        help="smallest change that matters, in percent (default: the metric's; "
                        "exact mode: 0)")
    parser.add_argument("--strict", action="store_true",
                        help="exit 3 where a row could not be decided")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--exact", dest="mode", action="store_const", const="exact",
                      help="any change of a deterministic bench counts (its default)")
    mode.add_argument("--statistical", dest="mode", action="store_const", const="statistical",
                      help="seeds of a simulation as a sample")
    parser.add_argument("--accepted", metavar="FILE", help="accepted changes, as TOML")
    parser.add_argument("--certificate", metavar="FILE",
                        help="noise certificate of faultline selfcheck, printed below")
    parser.add_argument("--junit", metavar="OUT", help="write JUnit XML")
    parser.add_argument("--markdown", metavar="OUT",
                        help="append Markdown (default: $GITHUB_STEP_SUMMARY where that is set)")
    parser.add_argument("--json", metavar="OUT", help="write the verdict as JSON")
    parser.add_argument("--allow-kernel", action="store_true",
                        help="the kernels may differ: they are what is compared")
    parser.add_argument("--allow-unfit", action="store_true",
                        help="judge although the machine was unfit to measure on")
    parser.add_argument("--allow-incomplete", action="store_true",
                        help="judge although a session is incomplete")


def threshold(text: str) -> float:
    """A percentage as a share."""
    value = float(text)
    if not 0 <= value <= 1000 or not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a percentage from 0 to 1000")
    return value / 100


def run(arguments: argparse.Namespace) -> int:
    from report.gate.text import verdict_text

    if arguments.screen and arguments.confirm:
        raise ReportError(EXIT_INPUT, "--screen and --confirm exclude each other; screen first, "
                          "record what it names, then confirm")
    verdict = judge(arguments)
    strict = arguments.strict
    write_outputs(verdict, arguments)
    print_whole(verdict_text(verdict, strict))
    return verdict.exit_code(strict)


def print_whole(text: str) -> None:
    """To standard output; a reader (head, less) that has seen enough does not change how the
    command ends: it must not turn a regression into success."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def judge(arguments: argparse.Namespace) -> Verdict:
    from dataclasses import replace

    from report.gate import Options, gate
    from report.gate.accepted import read_accepted
    from report.gate.certificate import footer_for, read_certificate

    accepted = read_accepted(Path(arguments.accepted)) if arguments.accepted else ()
    certificate = read_certificate(Path(arguments.certificate)) if arguments.certificate else None
    options = Options(
        metrics=metric_names(arguments.metric), threshold=arguments.threshold,
        mode=arguments.mode, screen_only=bool(arguments.screen),
        allow_kernel=arguments.allow_kernel, allow_unfit=arguments.allow_unfit, accepted=accepted,
    )
    base, new = read(arguments.base, arguments), read(arguments.new, arguments)
    confirm = tuple(read(name, arguments) for name in arguments.confirm or ())
    verdict = gate(base, new, options, confirm or None)  # type: ignore[arg-type]
    if certificate is None:
        return verdict
    return replace(verdict, certificate=(footer_for(certificate, base.result),))


def read(path: str, arguments: argparse.Namespace) -> Side:
    """One side, its warnings printed."""
    from report.gate import read_side

    side = read_side(path, arguments.allow_incomplete)
    for warning in side.warnings:
        print_warning(name, warning)
    return side


def metric_names(text: str) -> tuple[str, ...]:
    """The metrics of a list by commas. Raises ReportError (exit 2) for one that there is not."""
    from report.metrics import metrics
    from report.near import near_names

    names = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    for one in names:
        if one not in metrics:
            raise ReportError(
                EXIT_INPUT, f"no metric is named '{one}'; {near_names(one, list(metrics))}"
            )
    if not names:
        raise ReportError(EXIT_INPUT, "--metric names no metric; leave it out for throughput")
    return names


def write_outputs(verdict: Verdict, arguments: argparse.Namespace) -> None:
    """The files that were asked for."""
    from report.gate.junit import verdict_junit
    from report.gate.markdown import verdict_markdown
    from report.gate.record import verdict_json

    strict = arguments.strict
    if arguments.junit:
        write_text(Path(arguments.junit), verdict_junit(verdict, strict))
    if arguments.json:
        write_text(Path(arguments.json), verdict_json(verdict, strict))
    if arguments.screen:
        words = " ".join(verdict.confirm_options)
        write_text(Path(arguments.screen), words + "\n" if words else "")
    page = arguments.markdown or os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        append(Path(page), verdict_markdown(verdict, strict))


def append(path: Path, text: str) -> None:
    """A step summary may have words of an earlier step."""
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {path}: {error.strerror}; name another file with --markdown"
        ) from None
