"""test_bindings_types.py: types that mypy accepts, and that are those of the objects."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from built import PACKAGE_PARENT, ROOT
from faultline.results import report

needs_mypy = pytest.mark.skipif(shutil.which("mypy") is None, reason="mypy is not installed")

GOOD = """
import faultline

designs: list[faultline.Design] = [one for one in faultline.designs() if one.kind == "vma"]


def tell(done: int, total: int, text: str) -> None:
    print(f"{done}/{total} {text}")


def measure() -> float | None:
    try:
        result = faultline.run(designs=designs, workloads="pf_shared", threads=[1, 2, "n"],
                               set={"pages_per_thread": 64}, progress=tell)
    except faultline.LockFailure as error:
        print(error.exit_code, error.output, error.result)
        raise
    return result.runs[0].measured[0].cpu_s


def simulate(nanoseconds: float) -> list[str]:
    machine: dict[str, str | float] = {"base": "bdw-2s", "transfer.machine_ns": nanoseconds}
    result = faultline.simulate(machine, cpus=range(1, 5), designs="refcount",
                                machine_set={"prefetch.pair": True}, progress=True)
    faultline.plot.plot_throughput(result)
    return [result.simulated.name, faultline.version]


def prove() -> list[str]:
    result = faultline.check(designs="refcount", quick=True)
    return [f"{one.task.name}: {one.bug.kind}" for one in result.runs if one.bug is not None]


def judge() -> list[str | None]:
    comparison = faultline.compare("base.json", faultline.simulate("bdw-2s"))
    return [outcome.verdict for row in comparison.rows for outcome in row.outcomes]


frequency: dict[str, str | int | float | bool] = faultline.machines()[0].profile
"""

BAD = {
    'faultline.run(design="rwsem")': "call-arg",
    'faultline.run(rounds="many")': "arg-type",
    'faultline.run(designs=3)': "arg-type",
    'faultline.simulate()': "call-arg",
    'faultline.simulate("bdw-2s", progress="yes")': "arg-type",
    'faultline.designs()[0].nmae': "attr-defined",
    'faultline.designs()[0].name = "x"': "misc",
    'faultline.simulate("bdw-2s").simulated.nmae': "attr-defined",
    'faultline.check().runs[0].bug.kind': "union-attr",
    'faultline.desings()': "attr-defined",
}
"""Lines that are wrong, and what mypy calls that."""


def mypy(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """mypy --strict over a script in a folder of its own."""
    (folder / "sample.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        ["mypy", "--strict", "--cache-dir", str(folder / "cache"), *arguments, "sample.py"],
        cwd=folder, text=True, capture_output=True, check=False, timeout=300,
        env={**os.environ, "MYPYPATH": str(PACKAGE_PARENT)})


@needs_mypy
def test_mypy_accepts_a_script(tmp_path: Path) -> None:
    done = mypy(tmp_path, GOOD)
    assert done.returncode == 0, done.stdout


@needs_mypy
def test_mypy_finds_what_is_wrong(tmp_path: Path) -> None:
    lines = ["import faultline", *BAD]
    done = mypy(tmp_path, "\n".join(lines) + "\n")
    found = {int(line.split(":")[1]): line.rsplit("[", 1)[1].rstrip("]")
             for line in done.stdout.splitlines() if ": error: " in line}
    assert found == {number: kind for number, kind in enumerate(BAD.values(), 2)}, done.stdout


@needs_mypy
def test_mypy_accepts_the_package(tmp_path: Path) -> None:
    done = mypy(tmp_path, "", *map(str, sorted((PACKAGE_PARENT / "faultline").glob("*.py"))))
    assert done.returncode == 0, done.stdout


def test_the_compiled_module_has_what_its_types_say() -> None:
    core = importlib.import_module("faultline._core")
    tree = ast.parse((ROOT / "bindings" / "faultline" / "_core.pyi").read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {node.target.id for node in tree.body
              if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    assert names == {name for name in vars(core) if not name.startswith("_")}


def test_an_effect_has_the_fields_that_its_type_has() -> None:
    stats = report("stats")
    tree = ast.parse((ROOT / "bindings" / "report" / "stats.pyi").read_text(encoding="utf-8"))
    effect, verdict = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    fields = {node.target.id: ast.unparse(node.annotation) for node in effect.body
              if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    assert fields == {one.name: one.type for one in dataclasses.fields(stats.Effect)}
    assert [ast.unparse(node) for node in verdict.body] == [
        f"{one.name} = {one.value!r}" for one in stats.Verdict]
