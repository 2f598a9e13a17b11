"""errors.py: the exceptions of faultline, one for each exit code of its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from report.proof import ProofResult
    from report.result import Result


class Error(Exception):
    """What ends a command of faultline with an exit code other than 0.

    str() is one line, "<what is wrong>; <cure>", as the command line prints it behind
    "faultline <command>: ".
    """

    exit_code: int = 4
    """What the command line ends with."""

    output: Path | None = None
    """The result file with the runs that ended; None where nothing was started."""

    @property
    def result(self) -> Result | ProofResult | None:
        """What the file `output` holds; None without one, and where every run of it failed."""
        from faultline.results import load

        if self.output is None or not self.output.exists():
            return None
        try:
            return load(self.output)
        except Error:
            return None


class LockFailure(Error):
    """What was looked for was found: a lock failed its check, hung or crashed (exit code 1)."""

    exit_code = 1


class UsageError(Error, ValueError):
    """Wrong use, or a file that cannot be read (exit code 2)."""

    exit_code = 2


class InconclusiveError(Error):
    """Runs failed or explorations did not end, which says nothing about a lock (exit code 3)."""

    exit_code = 3


class UnsupportedError(Error):
    """This environment cannot do it, or the files are not comparable (exit code 4)."""

    exit_code = 4


class NothingError(Error):
    """Nothing to do or to compare (exit code 5)."""

    exit_code = 5


def error_of(exit_code: int, message: str) -> Error:
    """The exception of an exit code; of one that is not known, UnsupportedError."""
    kinds = (LockFailure, UsageError, InconclusiveError, UnsupportedError, NothingError)
    kind = next((kind for kind in kinds if kind.exit_code == exit_code), UnsupportedError)
    return kind(message)
