"""mail.py: the command `faultline mail`: a draft of a mail about a comparison."""

from __future__ import annotations

import argparse

from report.commands import comparing
from report.commands.files import print_or_write
from report.errors import EXIT_INPUT, EXIT_OK, ReportError
from report.layouts import layouts

name = "mail"
summary = "Write a comparison as a mail, ready for git send-email."
epilog = """\
examples:
  faultline mail base.json new.json --to linux-mm@kvack.org -o result.eml
  git send-email result.eml
  faultline mail run.json --by design --base rwsem --from 'A Name <name@example.org>'
  faultline mail sim.json --link https://example.org/throughput.svg

The list of the memory management developers is linux-mm@kvack.org. Read the draft before you send
it: the first paragraph is yours to write.

exit codes: 0 all right, whatever the verdicts are; 2 wrong use, no sender, or a file that cannot be
read; 4 the files are not comparable, or need a newer faultline; 5 nothing in common to compare
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    comparing.add_arguments(parser)
    comparing.add_layout(parser, [one for one, layout in layouts.items() if layout.text])
    parser.add_argument("--from", dest="sender", metavar="ADDRESS",
                        help="the sender (default: git's user.name and user.email)")
    parser.add_argument("--to", metavar="A,B", help="the receivers (default: no such header)")
    parser.add_argument("--cc", metavar="A,B", help="further receivers")
    parser.add_argument("--subject", metavar="TEXT",
                        help="the subject (default: '[RESULT] mm: ...' with the verdicts)")
    parser.add_argument("--date", metavar="DATE",
                        help="as date -R prints it (default: none, git send-email writes it)")
    parser.add_argument("--link", metavar="URL", action="append", default=[],
                        help="where a plot is; may be given several times (default: room for it)")
    parser.add_argument("-o", dest="out", metavar="OUT", help="file to write (default: stdout)")


def run(arguments: argparse.Namespace) -> int:
    from report.mail.message import Headers, addresses, date, message, sender

    options = comparing.options_of(arguments)
    who = sender(arguments.sender)
    to, cc = addresses(arguments.to, "--to"), addresses(arguments.cc, "--cc")
    when = date(arguments.date)
    links = [checked_link(link) for link in arguments.link]
    comparison = comparing.comparison_of(name, arguments)
    from report.mail.draft import body_of, subject_of

    subject = arguments.subject or subject_of(comparison)
    body = body_of(comparison, arguments.layout, options, links)
    print_or_write(message(Headers(who, subject, to, cc, when), body), arguments.out)
    return EXIT_OK


def checked_link(link: str) -> str:
    """Raises ReportError (exit 2) for what would not survive a mail as one line."""
    if len(link) > 74 or not link or not all("!" <= letter <= "~" for letter in link):
        raise ReportError(
            EXIT_INPUT,
            f"--link '{link[:40]}' does not fit a line of a mail; give up to 74 letters of ASCII",
        )
    return link
