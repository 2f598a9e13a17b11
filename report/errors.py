"""errors.py: how a command of the report ends: exit codes, the exception for bad input."""

from __future__ import annotations

# The codes of every faultline command (docs: "Exit codes").
EXIT_OK = 0
EXIT_FOUND = 1  # the thing looked for was found: a regression
EXIT_INPUT = 2  # wrong use, or input that cannot be read
EXIT_INCONCLUSIVE = 3
EXIT_ENVIRONMENT = 4  # this environment, or this version, cannot do it; or not with such a file
EXIT_NOTHING = 5  # the file is sound but holds nothing to report


class ReportError(Exception):
    """An error that ends the command.

    str() is one line, "<what is wrong>; <cure>"; the command line puts "faultline <command>: "
    before it. exit_code is what the process ends with.
    """

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(ascii_line(message))
        self.exit_code = exit_code


def ascii_line(text: str) -> str:
    """text as one line of printable ASCII.

    Line breaks, tabs and other control characters become blanks, other characters their Python
    escape, so that no CPU model, file name or failure message can break a table or a mail.
    """
    blanked = "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in text)
    return blanked.encode("ascii", "backslashreplace").decode("ascii")
