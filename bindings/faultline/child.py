"""child.py: the program `faultline` as a child process: its progress, its end, its interruption.

It is started by a system call that is safe in a process with threads, in a session of its own, so
that Ctrl-C in a terminal reaches Python alone, which passes it on. It ends with this process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from typing import IO, NamedTuple

from faultline.build import program
from faultline.errors import UnsupportedError, UsageError
from faultline.progress import Bar, ProgressLike, Tell

LOOK_S = 0.1
"""How often the child is looked at, in seconds."""
PATIENCE_S = 10.0
"""How long an interrupted child may take to write its file, in seconds."""
ERRORS_MAX = 64 * 1024
"""How much of its standard error is read, in bytes."""


class End(NamedTuple):
    """How the child ended."""

    code: int  # exit status; -signal
    errors: list[str]  # lines of its standard error


def carry_out(arguments: list[str], progress: ProgressLike) -> End:
    """Runs `faultline ARGUMENTS` to its end; other threads go on meanwhile.

    On Ctrl-C, or when `progress` raises, the session is interrupted, its file written, and the
    exception goes on; KeyboardInterrupt then says where the finished runs are.
    Raises UnsupportedError when the program cannot be started, UsageError for text that cannot be
    an argument.
    """
    bar = Bar() if progress is True else None
    tell: Tell | None = bar or (progress if callable(progress) else None)
    with tempfile.TemporaryFile() as errors:
        try:
            code = follow(arguments, errors, tell)
        except KeyboardInterrupt:
            said = lines_of(errors)
            raise KeyboardInterrupt(*said[-1:]) from None
        finally:
            if bar:
                bar.end()
        return End(code, lines_of(errors))


def follow(arguments: list[str], errors: IO[bytes], tell: Tell | None) -> int:
    """Starts the child and waits for its end, whatever happens; returns its exit status."""
    reader, writer = os.pipe()
    try:
        child = start(arguments, errors, writer)
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    with open(reader, "rb", buffering=0) as events:
        try:
            listen(child, events, tell)
        except BaseException:
            interrupt(child)
            raise
        finally:
            reap(child)
    return child.returncode


def start(arguments: list[str], errors: IO[bytes], writer: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, pass_fds=(writer,), start_new_session=True,
            env={**os.environ, "FAULTLINE_PROGRESS_FD": str(writer)})
    except OSError as error:
        raise UnsupportedError(f"cannot start {program}: {error.strerror}; build it with: "
                               "ninja -C BUILD python-module") from None
    except ValueError as error:
        raise UsageError(f"an option cannot be passed on: {error}; correct it") from None


def listen(child: subprocess.Popen[bytes], events: IO[bytes], tell: Tell | None) -> None:
    """Passes progress on until the child has ended."""
    waiting = select.poll()  # select() cannot take the descriptors of a process that has many
    waiting.register(events, select.POLLIN)
    rest = b""
    while True:
        last = has_ended(child)  # what it wrote before is then read once more
        while waiting.poll(0 if last else LOOK_S * 1000):
            part = os.read(events.fileno(), 65536)
            if not part:
                has_ended(child, wait=True)
                return
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                event = json.loads(line)
                if tell is not None:
                    tell(event["done"], event["total"], event["text"])
        if last:
            return


def has_ended(child: subprocess.Popen[bytes], wait: bool = False) -> bool:
    """Whether it has; its number stays its own until reap(). wait: until it has."""
    options = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
    try:
        return os.waitid(os.P_PID, child.pid, options) is not None
    except ChildProcessError:  # SIGCHLD is ignored in this process: it is gone already
        return True


def interrupt(child: subprocess.Popen[bytes]) -> None:
    """Ends the session as Ctrl-C does, and waits until its file is written.

    The signal is sent again and again: one that comes just before a wait is seen after it only.
    """
    end = time.monotonic() + PATIENCE_S
    while not has_ended(child) and time.monotonic() < end:
        os.kill(child.pid, signal.SIGINT)
        time.sleep(LOOK_S / 2)


def reap(child: subprocess.Popen[bytes]) -> None:
    """Reads its exit status; it, and what is left of its group, is killed if need be."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def lines_of(errors: IO[bytes]) -> list[str]:
    """The lines of standard error that are not empty."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - ERRORS_MAX))
    text = errors.read().decode("utf-8", "backslashreplace")
    return [line for line in text.splitlines() if line.strip()]
