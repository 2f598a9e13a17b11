"""files.py: what commands share: files read with their warnings, text written, folders made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from report.errors import EXIT_INPUT, ReportError, ascii_line

if TYPE_CHECKING:
    from report.proof import ProofResult
    from report.result import Result


def load(command: str, file: str) -> Result | ProofResult:
    """load_file, its warnings printed to stderr."""
    from report.load import load_file  # the reader and all its classes: --help needs none of it

    result = load_file(file)
    for warning in result.warnings:
        print_warning(command, warning)
    return result


def print_warning(command: str, warning: str) -> None:
    print(f"faultline {command}: warning: {ascii_line(warning)}", file=sys.stderr)


def make_folder(folder: Path) -> None:
    """Raises ReportError (exit 2) when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot make folder {folder}: {error.strerror}; name another one with -o"
        ) from None


def write_text(path: Path, text: str, encoding: str = "ascii") -> None:
    """Raises ReportError (exit 2) when it cannot be written."""
    try:
        path.write_bytes(text.encode(encoding))
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {path}: {error.strerror}; name another place"
        ) from None


def print_or_write(text: str, out: str | None) -> None:
    """To the file `out`, or to standard output."""
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(Path(out), text)
