"""conftest.py: makes the package importable and files for it to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402
from report.__main__ import main  # noqa: E402


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def document() -> dict[str, Any]:
    """The synthetic result as JSON values, to be changed at will."""
    return synthetic.result()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(value, name) puts a JSON value, or a text as it is, into a file."""

    def to_file(value: Any, name: str = "session.json") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return to_file


@pytest.fixture
def faultline(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """faultline(command, ...) runs a command in this process, which takes no second to start."""

    def run(*arguments: object) -> Done:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse: usage and --help
            code = int(end.code or 0)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """program(command, ...) runs the report as `faultline` does; environment: further variables."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-m", "report", *map(str, arguments)], cwd=tmp_path, text=True,
            capture_output=True, check=False, timeout=120, env=settings | environment)

    return run


@pytest.fixture(scope="session")
def validator() -> Draft202012Validator:
    """The schema of result files."""
    text = (ROOT / "schema" / "faultline-result-1.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
