"""message.py: text as a mail that git send-email, git am and seven-bit lines leave as it is."""

from __future__ import annotations

import re
import subprocess
import textwrap
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parsedate_to_datetime

from report.errors import EXIT_INPUT, ReportError, ascii_line

line_max = 78  # of a body line; RFC 5322 recommends no more
# What git mailinfo would take for the end of a message, or a mail transport for a separator.
dangerous = re.compile(r"(---|diff -|Index: |From |>+From |-- $|\.$|[A-Za-z-]+: |#)")


@dataclass(frozen=True)
class Headers:
    """The headers of a draft, each one line of ASCII. to, cc: addresses, separated by commas."""

    sender: str
    subject: str
    to: str | None = None
    cc: str | None = None
    date: str | None = None  # RFC 5322; None: git send-email writes it


def message(headers: Headers, body: list[str]) -> str:
    """The whole mail. Raises ValueError for a line of the body that would not survive transport."""
    fields = [("From", headers.sender), ("To", headers.to), ("Cc", headers.cc),
              ("Subject", headers.subject), ("Date", headers.date), ("MIME-Version", "1.0"),
              ("Content-Type", "text/plain; charset=us-ascii"),
              ("Content-Transfer-Encoding", "7bit")]
    lines = [line for name, value in fields if value is not None for line in field(name, value)]
    for line in body:
        problem = unsafe(line)
        if problem:
            raise ValueError(f"a line of a mail {problem}: {line!r}")
    return "\n".join([*lines, "", *body]) + "\n"


def field(name: str, value: str) -> list[str]:
    """A header, folded at blanks where it is long. No control character of the value is left."""
    words = ascii_line(value).split()
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > line_max and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return lines


def unsafe(line: str) -> str | None:
    """What is wrong with a line of a body; None: it survives."""
    if len(line) > line_max:
        return "is too long"
    if line != line.rstrip():
        return "has blanks at its end"
    if not all(" " <= c <= "~" for c in line):
        return "has another character than printable ASCII"
    return "may be taken for the end of the message or a header" if dangerous.match(line) else None


def prose(text: str, width: int) -> list[str]:
    """A paragraph in lines of `width` at most; one that would be dangerous in column 0 begins with
    a blank, a word that is longer than a line is broken."""
    found = textwrap.wrap(ascii_line(text), width - 1, break_on_hyphens=False)
    return [f" {line}" if dangerous.match(line) else line for line in found]


def address(text: str, option: str) -> str:
    """`text`, "Name <user@host>" or "user@host", as git send-email takes it.

    Raises ReportError (exit 2) for anything else: a line break in it would be another header.
    """
    clean = ascii_line(text).strip()
    found = re.fullmatch(r"(?:(?P<name>[^<>]*?)\s*<(?P<a>[^<>\s]+)>|(?P<b>[^<>\s]+))", clean)
    where = (found["a"] or found["b"]) if found else ""
    try:
        if clean != text.strip() or not found or not re.fullmatch(r"[^@,;\"]+@[^@,;\"]+", where):
            raise ValueError
        name = (found["name"] or "").strip().strip('"')
        return str(Address(name, addr_spec=where)) if name else where
    except (ValueError, IndexError):
        raise ReportError(
            EXIT_INPUT,
            f"{option} '{clean}' is no address in ASCII; give 'Name <user@host>'",
        ) from None


def addresses(text: str | None, option: str) -> str | None:
    """Several, separated by commas."""
    if text is None:
        return None
    return ", ".join(address(one, option) for one in text.split(","))


def sender(given: str | None) -> str:
    """--from, or git's user.name and user.email. Raises ReportError (exit 2) without them."""
    if given is not None:
        return address(given, "--from")
    name, mail = git_setting("user.name"), git_setting("user.email")
    if not name or not mail:
        raise ReportError(
            EXIT_INPUT,
            "no sender: git has no user.name and user.email; set them with git config --global, or "
            "give --from 'Name <user@host>'",
        )
    return address(f"{name} <{mail}>", "git's user.name <user.email>")


def git_setting(name: str) -> str:
    """'' where git is not there or does not know it."""
    try:
        done = subprocess.run(["git", "config", "--get", name], text=True, capture_output=True,
                              check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def date(text: str | None) -> str | None:
    """--date in RFC 5322's form, as it is. Raises ReportError (exit 2) for another form."""
    if text is None:
        return None
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        raise ReportError(
            EXIT_INPUT,
            f"--date '{text}' is no date of a mail; give the output of date -R, or leave it out: "
            "git send-email writes one",
        ) from None
    return ascii_line(text)
