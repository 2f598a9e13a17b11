"""What the tests of the programs share."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from program import TINY, finished, result_schema, run


@pytest.fixture(scope="session")
def validator() -> Draft202012Validator:
    """The schema of result files, in which every key must be described."""
    return Draft202012Validator(result_schema())


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a complete session of 2 configurations x 2 rounds; not to be changed."""
    path = tmp_path_factory.mktemp("complete") / "complete.json"
    finished(run("run", *TINY, "--rounds", "2", "--seed", "11", "-o", path), path)
    return path
