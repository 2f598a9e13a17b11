"""test_bindings_catalog.py: what there is, in Python as on the command line."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest

import faultline
from built import ROOT, listed, program, script


@pytest.mark.parametrize("kind", ["designs", "workloads", "machines", "scenarios", "suites"])
def test_a_list_is_that_of_the_command_line(kind: str) -> None:
    objects = [dataclasses.asdict(one) for one in getattr(faultline, kind)()]
    assert json.loads(json.dumps(objects)) == listed(kind)


def test_what_is_listed_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        faultline.designs()[0].name = "mine"  # type: ignore[misc]


def test_a_parameter_has_its_unit_and_its_default() -> None:
    params = {one.name: one for workload in faultline.workloads() for one in workload.params}
    assert params["pages_per_thread"].unit == "pages"
    assert params["pages_per_thread"].default == 1024


@pytest.mark.parametrize("machine", faultline.machines(), ids=lambda one: one.name)
def test_a_profile_has_every_value_of_its_file(machine: faultline.Machine) -> None:
    file = ROOT / "simulator" / "machines" / f"{machine.name}.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    sources = tables.pop("sources")
    assert machine.sources == sources
    expected = {}
    for key, value in tables.items():
        expected |= ({f"{key}.{name}": one for name, one in value.items()}
                     if isinstance(value, dict) else {key: value})
    assert machine.profile == expected


def test_the_version_is_that_of_the_program() -> None:
    assert f"faultline {faultline.version}\n" == program("--version").stdout


def test_an_import_loads_no_large_library(tmp_path: Path) -> None:
    done = script(
        "import sys, faultline\n"
        "faultline.designs(), faultline.machines()[0].profile, dir(faultline)\n"
        "print([m for m in ('numpy', 'matplotlib', 'pandas', 'scipy') if m in sys.modules])",
        tmp_path)
    assert done.stdout == "[]\n", done.stderr


def test_a_wrong_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'desings'"):
        faultline.desings
    with pytest.raises(AttributeError, match="no attribute 'plot_nothing'"):
        faultline.plot.plot_nothing


def test_every_public_name_is_there() -> None:
    assert [name for name in faultline.__all__ if not hasattr(faultline, name)] == []
    assert dir(faultline) == sorted(faultline.__all__)
