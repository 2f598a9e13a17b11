"""conftest.py: makes the built package importable, and gives each test a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from built import PACKAGE_PARENT  # noqa: E402

sys.path.insert(0, str(PACKAGE_PARENT))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the test: results without a name lie there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
