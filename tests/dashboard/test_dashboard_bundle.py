"""test_dashboard_bundle.py: the committed scripts are what their sources give."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_bundle_can_be_built_again() -> None:
    """Skipped where there is no npm, or no registry that it can reach."""
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "web"), "--check"], text=True,
                          capture_output=True, check=False, timeout=240)
    if done.returncode == 4:
        pytest.skip(done.stderr.strip())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tools/web: 5 files are what the sources give\n"


def test_without_npm_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "web"), "--check"], text=True,
                          capture_output=True, check=False, timeout=60,
                          env={"PATH": str(tmp_path)})
    assert done.returncode == 4
    assert done.stderr == "tools/web: no npm here; install node and npm\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("query, labels, found", [
    ("design:refcount", {"design": "refcount"}, True),
    ("design:refcount", {"design": "refcount2"}, False),
    ("design:rwsem,REFCOUNT", {"design": "refcount"}, True),
    ("design:(rwsem OR refcount)", {"design": "refcount"}, True),
    ("-design:refcount", {"design": "refcount"}, False),
    ("threads:>=16", {"threads": 16}, True), ("threads:>16", {"threads": 16}, False),
    ("threads:<16", {"threads": 2}, True), ("threads:4..16", {"threads": 17}, False),
    ("threads:4..16", {"threads": 4}, True), ("threads:>=9", {"threads": 16}, True),
    ("threads:>=16", {"design": "refcount"}, True),  # says nothing of what has no threads
    ("count", {"design": "refcount"}, True), ("-count", {"design": "refcount"}, False),
    ('"two words"', {"file": "has two words in it"}, True), ("design:", {"design": "x"}, True),
    ("", {}, True), ("((", {"design": "x"}, False), ("a:b:c", {}, True),
])
def test_the_language_of_the_filter(query: str, labels: dict[str, object], found: bool) -> None:
    module = (ROOT / "report" / "web" / "src" / "query.js").as_uri()
    script = (f"import {{ parseQuery }} from {json.dumps(module)};"
              f"console.log(parseQuery({json.dumps(query)}).matches({json.dumps(labels)}, ''))")
    done = subprocess.run(["node", "--input-type=module", "-e", script], text=True,
                          capture_output=True, check=False, timeout=30)
    assert done.stdout.strip() == str(found).lower(), done.stderr
