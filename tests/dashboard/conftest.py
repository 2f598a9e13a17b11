"""conftest.py: result files made by formula, dashboards of them, and one browser for all tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "report")]

import synthetic  # noqa: E402
import synthetic_check  # noqa: E402
import synthetic_sim  # noqa: E402
from browser import Browser, Page, chromium  # noqa: E402
from documents import HOSTILE, fewer, hostile, later, save, with_latency  # noqa: E402
from report import load_file  # noqa: E402
from report.dashboard import make_pages, write_dashboard, write_single  # noqa: E402


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two sessions of one host, a simulation, a file of the model checker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic_sim, "counts", (1, 2, 4, 8, 12, 16))  # enough for bands
        simulated = synthetic_sim.result()
    folder = tmp_path_factory.mktemp("files")
    host = fewer(synthetic.result(), ("pf_shared", "pf_vs_mprotect", "fork_storm"))
    tuesday = later(host)
    return [
        save(folder, "monday.json", with_latency(host)), save(folder, "tuesday.json", tuesday),
        save(folder, "toy.json", simulated),
        save(folder, "check.json", synthetic_check.result()),
    ]


@pytest.fixture(scope="session")
def dashboard(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a dashboard of all of them."""
    folder = tmp_path_factory.mktemp("dashboard")
    write_dashboard(make_pages([load_file(path) for path in files]), folder, "tests", "0")
    return folder


@pytest.fixture(scope="session")
def single(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same dashboard as one file."""
    file = tmp_path_factory.mktemp("single") / "index.html"
    return write_single(make_pages([load_file(path) for path in files]), file, "tests", "0")


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dashboard of files that attack its reader."""
    folder = tmp_path_factory.mktemp("attacked")
    host = hostile(fewer(synthetic.result(threads=(1, 2)), ("pf_shared",)))
    simulated = hostile(fewer(synthetic_sim.result(), ("pf_shared",)))
    simulated["simulated_machine"] |= {"name": HOSTILE, "summary": HOSTILE}
    paths = [
        save(folder / "in", "..%2f..%2f<b>.json", host),
        save(folder / "in", "sim'\">.json", simulated),
    ]
    write_dashboard(make_pages([load_file(p) for p in paths]), folder / "out", HOSTILE, HOSTILE)
    write_single(make_pages([load_file(p) for p in paths]), folder / "one.html", HOSTILE, HOSTILE)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One process for all tests."""
    if chromium() is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    one = Browser()
    yield one
    one.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab."""
    one = browser.page()
    one.media("light")
    yield one
    one.close()
