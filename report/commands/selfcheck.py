"""selfcheck.py: the command `faultline selfcheck`: how noisy is this machine? One build, twice."""

from __future__ import annotations

import argparse
from pathlib import Path

from report.commands.files import print_warning, write_text
from report.errors import EXIT_FOUND, EXIT_OK

name = "selfcheck"
summary = "Make the noise certificate of a machine from two recordings of one build."
epilog = """\
A and B are sessions of the same build on the same machine (or folders of sessions recorded by
turns, one round each): every difference between them is noise. The certificate says how often that
noise would have been called a change; gate and compare print it with --certificate.

examples:
  faultline run --suite default -o a.json
  faultline run --suite default -o b.json
  faultline selfcheck a.json b.json -o certificate.json

exit codes: 0 done; 1 the noise makes more false verdicts than 5 %: do not gate here; 2 wrong use
or a file that cannot be read; 4 the files are not of one build, machine and kernel, or of a
deterministic bench; 5 no configuration in common
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="result file of faultline run, or a folder of them")
    parser.add_argument("b", metavar="B", help="the same build on the same machine, once more")
    parser.add_argument("--metric", default="throughput,cpu_throughput", metavar="A,B",
                        help="metrics by commas (default: throughput,cpu_throughput)")
    parser.add_argument("-o", dest="out", metavar="OUT", help="certificate to write, as JSON")


def run(arguments: argparse.Namespace) -> int:
    from report.commands.gate import metric_names, print_whole
    from report.gate.certificate import certificate_json, footer, make_certificate
    from report.gate.sides import read_side
    from report.gate.text import wrap

    sides = [read_side(arguments.a), read_side(arguments.b)]
    for side in sides:
        for warning in side.warnings:
            print_warning(name, warning)
    found = make_certificate(*sides, metric_names(arguments.metric))
    lines = []
    for label, words in (("machine", found.model), ("kernel", found.kernel)):
        lines += wrap(f"{label:<9}{words}", hanging=9)
    lines += wrap(footer(found) + ".")
    lines += wrap(
        f"p < 0.05 in {found.significant} of them; chance alone makes about "
        f"{found.tests * 0.05:.1f}. "
        "s_d: standard deviation of the logarithm of a ratio of two runs."
    )
    if found.noisy:
        lines += wrap("More false verdicts than 5 %: do not gate on this machine as it is.")
    if arguments.out:
        write_text(Path(arguments.out), certificate_json(found))
    print_whole("".join(line + "\n" for line in lines))
    return EXIT_FOUND if found.noisy else EXIT_OK
