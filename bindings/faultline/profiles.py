"""profiles.py: a machine for the simulator, given by name, by path, as an object or as a dict."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Iterator, Mapping, Union

from faultline.catalog import Machine, flat
from faultline.errors import UsageError
from faultline.options import Options, PathLike, Value, text_of

MachineLike = Union[PathLike, Machine, Mapping[str, Any]]
"""A name of machines(), the path of a .toml file, a Machine, or a dict.

A dict has the keys of a profile: {"base": "bdw-2s", "transfer.machine_ns": 300} is that machine
with one value changed, {**machine.profile, "core.pause_ns": 40} as well; a table may be a dict of
its own, {"base": "bdw-2s", "transfer": {"machine_ns": 300}}. With a "name" the machine is called
so in the result; without one it keeps the name of its base. Times are nanoseconds.
"""

HEAD = ("name", "summary", "calibrated", "made_up")


@contextlib.contextmanager
def machine_options(
    options: Options, machine: MachineLike, machine_set: Mapping[str, Value] | None
) -> Iterator[None]:
    """Adds --machine and --machine-set; a profile that has to be a file exists for that long.

    Raises UsageError.
    """
    if not isinstance(machine, Mapping):
        options.path("machine", name_or_path(machine))
        options.assignments("machine-set", machine_set)
        yield
        return
    values = flat(machine)
    base = values.pop("base", None)
    if base is not None and not any(map(is_about, values)):
        options.path("machine", name_or_path(base))
        options.assignments("machine-set", {**values, **(machine_set or {})})
        yield
        return
    with tempfile.TemporaryDirectory(prefix="faultline-") as folder:
        options.path("machine", write_profile(Path(folder), values, base))
        options.assignments("machine-set", machine_set)
        yield


def write_profile(folder: Path, values: Mapping[str, Any], base: Any) -> Path:
    """A profile of these values; of its base, where there is one, with them instead."""
    import tomllib

    from faultline import _core

    about = {key: value for key, value in values.items() if is_about(key)}
    measures = {key: value for key, value in values.items() if not is_about(key)}
    if base is not None:
        changes = [f"{key}={text_of(value)}" for key, value in measures.items()]
        text = _core.machine_text(os.fsencode(name_or_path(base)), changes)
        whole = {**flat(tomllib.loads(text)), **about}
    else:
        whole = {f"sources.{key}": "given in Python" for key in measures}
        whole = {"name": "machine", "calibrated": "no", **whole, **values}
        whole.setdefault("summary", str(whole["name"]))
    name = str(whole["name"])
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", name):
        raise UsageError(f"machine: the name '{name}' is none for a file; take letters, digits, "
                         "'.', '_', '+' and '-'")
    try:
        text = _core.checked_machine_text(toml_of(whole))
    except UsageError as error:  # its lines are of a text that nobody has seen
        raise UsageError(re.sub(r"^machine:\d+:", "machine:", str(error))) from None
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def is_about(key: str) -> bool:
    """Whether a key describes the machine and is none of its measures."""
    return key in HEAD or key.startswith("sources.")


def name_or_path(machine: PathLike | Machine) -> PathLike:
    return machine.name if isinstance(machine, Machine) else machine


def toml_of(values: Mapping[str, Any]) -> str:
    """Values by "table.key" as TOML."""
    lines = [f"{key} = {toml_value(value)}" for key, value in values.items() if "." not in key]
    tables: dict[str, list[str]] = {}
    for key, value in values.items():
        table, dot, name = key.partition(".")
        if dot:
            tables.setdefault(table, []).append(f"{toml_value(name)} = {toml_value(value)}")
    for table, rows in tables.items():
        lines += [f"[{toml_value(table)}]", *rows]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """A text, number, true or false as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
