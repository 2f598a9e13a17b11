"""Options and fixtures that every folder of Python tests shares."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the golden files anew; look at the difference before a commit."""
    parser.addoption("--update-golden", action="store_true",
                     help="write golden files instead of comparing with them")


def pytest_configure() -> None:
    """Ctrl-C reaches the programs that tests interrupt, also where the tests run in the background:
    a shell starts background jobs with SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden(name, text) compares with golden/<name> beside the test file, or writes it."""
    folder = Path(request.node.path).parent / "golden"

    def compare(name: str, text: str) -> None:
        file = folder / name
        if request.config.getoption("--update-golden"):
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"no golden file {name}; write it with --update-golden"
        assert text == file.read_text(encoding="utf-8")

    return compare
