"""What `meson install` puts below a prefix is whole, and needs no sources."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from program import ROOT, environment, program

RESULT = ROOT / "results" / "2026-11-23-epyc-2cpu" / "run.json"
SIMULATION = ("sim", "--quiet", "--machine=icl4", "--design=refcount", "--workload=pf_shared",
              "--cpus=2", "--seeds=1", "-o", "sim.json")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with all that this build installs."""
    stage = tmp_path_factory.mktemp("stage")
    build = program("faultline").parents[1]
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", stage],
                          text=True, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = stage.glob("**/bin/faultline")
    # Elsewhere than it was configured for.
    return Path(shutil.move(found.parents[1], tmp_path_factory.mktemp("moved") / "usr"))


def installed(prefix: Path, *args: str | Path, cwd: Path) -> str:
    """What the installed program prints, where it must end with 0."""
    done = subprocess.run([prefix / "bin" / "faultline", *args], cwd=cwd, text=True,
                          env=environment(), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sources(folder: str, suffix: str) -> set[str]:
    """Files of the sources below a folder, as paths from the root."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(f"*{suffix}")
             if "node_modules" not in path.parts}
    assert files
    return files


def test_every_file_that_is_needed_is_there(prefix: Path) -> None:
    data = prefix / "share" / "faultline"
    needed = (sources("report", ".py") | sources("report/web/dist", "") | sources("schema", ".json")
              | sources("simulator/machines", ".toml") | sources("lockimpls", ".hpp")
              | sources("mm", ".hpp") | sources("workloads", ".hpp")
              | sources("checker/scenarios", ".hpp") | {"tools/python", "LICENSE"})
    assert not sorted(name for name in needed if not (data / name).exists())
    assert not (data / "report" / "web" / "src").exists(), "developers only"
    assert os.access(data / "tools" / "python", os.X_OK)
    runner = program("faultline").parent
    built = {path.name for path in runner.glob("faultline*") if path.is_file()}
    assert {"faultline", "faultline-trials"} <= built
    assert not [name for name in built if not os.access(prefix / "bin" / name, os.X_OK)]
    assert list((data / "report" / "compare" / "__pycache__").glob("model.*.pyc"))


def test_the_programs_work_from_there(prefix: Path, tmp_path: Path) -> None:
    installed(prefix, *SIMULATION, cwd=tmp_path)
    assert "SIMULATED icl4" in installed(prefix, "report", "sim.json", cwd=tmp_path)
    assert "against mmap_lock" in installed(prefix, "compare", RESULT, cwd=tmp_path)
    installed(prefix, "report", "sim.json", "-o", "pages", cwd=tmp_path)
    assert (tmp_path / "pages" / "index.html").is_file()
    installed(prefix, "run", "--quiet", "--suite", "quick", "--seconds", "0.02", "--threads", "1",
              "--workload", "pf_shared", "--design", "refcount", "-o", "run.json", cwd=tmp_path)


def test_nothing_is_taken_from_the_sources(prefix: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(prefix, tmp_path / "copy"))
    data = copy / "share" / "faultline"
    machines = data / "simulator" / "machines"
    profile = (machines / "icl4.toml").read_text(encoding="utf-8")
    (machines / "only-here.toml").write_text(profile.replace('"icl4"', '"only-here"', 1),
                                             encoding="utf-8")
    (data / "report" / "__main__.py").write_text("print(__file__)\n", encoding="utf-8")
    listed = json.loads(installed(copy, "list", "machines", "--json", cwd=tmp_path))
    assert len(listed) == len(sources("simulator/machines", ".toml")) + 1
    said = installed(copy, "report", RESULT, cwd=tmp_path).strip()
    assert Path(said).resolve() == (data / "report" / "__main__.py").resolve()


def test_a_counterexample_names_its_words(prefix: Path, tmp_path: Path) -> None:
    """Their names are read from the installed sources."""
    installed(prefix, *SIMULATION, cwd=tmp_path)
    assert "refcnt_ lockimpls/vma_refcount.hpp" in installed(
        prefix, "report", "sim.json", cwd=tmp_path)
    for folder in ("lockimpls", "mm", "workloads"):
        shutil.rmtree(prefix / "share" / "faultline" / folder)
    installed(prefix, *SIMULATION[:-1], "other.json", cwd=tmp_path)
    assert "refcnt_" not in installed(prefix, "report", "other.json", cwd=tmp_path)
