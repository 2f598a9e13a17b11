"""export.py: the command `faultline export`: a result file in another program's format."""

from __future__ import annotations

import argparse

from report.commands.files import load, print_or_write
from report.errors import EXIT_OK
from report.formats import convert, formats

name = "export"
summary = "Write a result file in another format."
epilog = """\
examples:
  faultline export --format gbench x.json -o x.gbench.json      for Google's compare.py
  faultline export --format benchfmt x.json.gz -o x.txt         benchstat -col /design x.txt
  faultline export --format csv - < x.json                      a row a run, on stdout
  faultline export --format text x.json | git commit -F -
  faultline export --format markdown check.json                 what was proved, for a page

exit codes: 0 all right; 2 wrong use or a file that cannot be read; 4 the file needs a newer
faultline or another format; 5 no run in the file, or every run that should have measured failed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="result file of any bench, plain or gzip; -: standard input"
    )
    parser.add_argument(
        "--format", required=True, choices=list(formats), help="see faultline list formats"
    )
    parser.add_argument("-o", dest="out", metavar="OUT", help="file to write (default: stdout)")


def run(arguments: argparse.Namespace) -> int:
    print_or_write(convert(arguments.format, load(name, arguments.file)), arguments.out)
    return EXIT_OK
