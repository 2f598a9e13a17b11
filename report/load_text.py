"""load_text.py: the bytes of a result file as JSON values, strict and bounded.

A result file is data from strangers: whatever is in it, reading ends in values or in one
ReportError, and what is kept in memory is bounded.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any, NoReturn

from report.errors import EXIT_INPUT, ReportError

# 256 MiB, of the file and of what a compressed one unpacks to: a hundred times a session of 1,000
# runs. JSON takes some twenty times its size in memory, so a bound of gigabytes would be none.
bytes_max = 256 * 2**20
standard_input = "-"
gzip_magic = b"\x1f\x8b"


def name_of(path: str | Path) -> str:
    """What messages call the file at `path`."""
    return "standard input" if str(path) == standard_input else str(path)


def read_text(path: str | Path) -> str:
    """The text of the file at `path`, plain or gzip; "-" is standard input.

    gzip is known by its first bytes, not by the name. Raises ReportError (exit 2) when it cannot be
    read, is larger than bytes_max, is damaged gzip or not UTF-8.
    """
    name = name_of(path)
    data = read_bytes(path, name)
    if data.startswith(gzip_magic):
        data = unpack(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportError(
            EXIT_INPUT,
            f"{name} is not UTF-8 (byte {error.start}); give a result file of faultline run",
        ) from None


def read_bytes(path: str | Path, name: str) -> bytes:
    """The bytes as they are. Raises ReportError (exit 2)."""
    try:
        if str(path) == standard_input:
            data = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(bytes_max + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ReportError(
            EXIT_INPUT, f"cannot read {name}: {reason}; give the path of a result file"
        ) from None
    check_size(len(data), name, "larger")
    return data


def unpack(data: bytes, name: str) -> bytes:
    """What the one gzip member `data` holds; zeros may pad it. Raises ReportError (exit 2)."""
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = stream.decompress(data, bytes_max + 1)
    except zlib.error:
        raise ReportError(
            EXIT_INPUT, f"{name} is damaged gzip; copy it again from its host"
        ) from None
    check_size(len(found), name, "unpacks to more")
    if not stream.eof:
        raise ReportError(EXIT_INPUT, f"{name} is truncated gzip; copy it again from its host")
    if stream.unused_data.strip(b"\0"):
        raise ReportError(
            EXIT_INPUT, f"{name} goes on behind the end of its gzip data; give one file at a time"
        )
    return found


def check_size(size: int, name: str, words: str) -> None:
    if size > bytes_max:
        raise ReportError(
            EXIT_INPUT,
            f"{name} {'is ' if words == 'larger' else ''}{words} than {bytes_max // 2**20} MiB; "
            "give a result file of one session",
        )


def parse_strict(text: str, file: str, tolerant: bool = False) -> Any:
    """`text` as RFC 8259 JSON; unlike json.loads it refuses NaN and Infinity, keys that are twice
    in one object, and half a surrogate pair. Numbers that no double can hold are refused where one
    is read (Field): a hook for every number would double the time of reading.

    tolerant: other programs write NaN and Infinity; they become None.

    Raises ReportError (exit 2) that tells an empty and a truncated file from other damage.
    """
    if not text.strip():
        raise ReportError(EXIT_INPUT, f"{file} is empty; record the session again")
    strict = Strict(file)
    try:
        value = json.loads(
            text, parse_constant=(lambda _: None) if tolerant else strict.constant,
            object_pairs_hook=strict.members,
        )
        check_surrogates(text, value, file)
        return value
    except json.JSONDecodeError as error:
        if cut_off(text, error):
            raise ReportError(
                EXIT_INPUT,
                f"{file} is truncated (ends in line {error.lineno}); copy it again from its host "
                "or record the session again",
            ) from None
        raise ReportError(
            EXIT_INPUT,
            f"{file} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}; "
            "give a result file of faultline run",
        ) from None
    except (RecursionError, MemoryError, ValueError):  # ValueError: an integer of 4,300 digits
        raise ReportError(
            EXIT_INPUT,
            f"{file} is not JSON that can be read: nested too deep or a number too long; "
            "give a result file of faultline run",
        ) from None


class Strict:
    """What the parser of the standard library asks about the values of one file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, problem: str, cure: str) -> NoReturn:
        raise ReportError(EXIT_INPUT, f"{self.file}: {problem}; {cure}")

    def constant(self, name: str) -> NoReturn:
        self.refuse(
            f"{name} is not JSON (RFC 8259)", "what was not measured must be null"
        )

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))
            self.refuse(f'the key "{twice[:80]}" is twice in one object', damaged)
        return found


damaged = "the file was damaged or edited, record the session again"


def check_surrogates(text: str, value: Any, file: str) -> None:
    """No string is half a surrogate pair ("\\ud800"), which is no text and no encoding can hold."""
    if re.search(r"\\u[dD][89a-fA-F]", text) is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ReportError(
            EXIT_INPUT, f"{file}: a string is half a surrogate pair, which is no text; {damaged}"
        ) from None


def cut_off(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the error is that `text` ends too soon, maybe in the middle of a word."""
    rest = text[error.pos :].rstrip()
    words = ("true", "false", "null", "-")
    return error.msg.startswith("Unterminated string") or any(w.startswith(rest) for w in words)
