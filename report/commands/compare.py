"""compare.py: the command `faultline compare`: two or more of something, with verdicts."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from report.commands import comparing
from report.commands.files import print_or_write, write_text
from report.errors import EXIT_INPUT, EXIT_OK, ReportError
from report.layouts import layouts

if TYPE_CHECKING:
    from report.compare import Comparison

name = "compare"
summary = "Compare files, designs of one file, or benches: change, interval, verdict."
epilog = """\
examples:
  faultline compare base.json new.json              two builds, or two kernels
  faultline compare run.json                        the designs of one file, paired in rounds
  faultline compare run.json --base rwsem --design rwsem,refcount --workload pf_shared
  faultline compare run.json --by placement --metric all
  faultline compare host.json sim.json --over bench how far a model is from a measurement
  faultline compare base.json new.json --layout mmtests -o table.txt --json verdict.json

It states and does not judge: faultline gate is what a CI asks.

exit codes: 0 all right, whatever the verdicts are; 2 wrong use or a file that cannot be read; 4 the
files are not comparable, or need a newer faultline; 5 nothing in common to compare
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    comparing.add_arguments(parser)
    comparing.add_layout(parser, list(layouts))
    parser.add_argument("-o", dest="out", metavar="OUT", help="file to write (default: stdout)")
    parser.add_argument("--certificate", metavar="FILE",
                        help="noise certificate of faultline selfcheck, printed below a text table")
    parser.add_argument("--json", metavar="OUT",
                        help="write the verdict file as well, schema faultline.verdict")


def run(arguments: argparse.Namespace) -> int:
    if arguments.out is not None and arguments.out == arguments.json:
        raise ReportError(EXIT_INPUT, f"-o and --json both name {arguments.out}; name two files")
    options = comparing.options_of(arguments)
    comparison = comparing.comparison_of(name, arguments)
    text = layouts[arguments.layout].render(comparison, options)
    if arguments.certificate is not None:
        text += certificate_lines(arguments, comparison, options.width)
    if arguments.json is not None:
        write_text(Path(arguments.json), layouts["json"].render(comparison, options))
    print_or_write(text, arguments.out)
    return EXIT_OK


def certificate_lines(
    arguments: argparse.Namespace, comparison: Comparison, width: int
) -> str:
    """The certificate in words, indented as the table. Raises ReportError: exit 2 for a layout that
    is no text, 4 for another machine's certificate."""
    from report.gate.certificate import footer_for, read_certificate

    if not layouts[arguments.layout].text:
        raise ReportError(
            EXIT_INPUT,
            f"--certificate goes with a layout of plain text, not {arguments.layout}; leave it out",
        )
    words = footer_for(read_certificate(Path(arguments.certificate)), comparison.base.result)
    lines = textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="    ")
    return "\n" + "\n".join(lines) + "\n"
