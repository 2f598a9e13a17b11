"""options.py: values of Python as options of the command line, which says what is wrong in them."""

from __future__ import annotations

import os
from typing import Iterable, Mapping, Protocol, Union

from faultline.errors import UsageError


class Named(Protocol):
    """A Design, Workload, Scenario, Suite or Machine."""

    @property
    def name(self) -> str: ...


Names = Union[str, Named, Iterable[Union[str, Named]]]
"""One or several, by name ("a", "a,b", ["a", "b"]) or as objects of designs(), workloads(), ..."""
Counts = Union[str, int, Iterable[Union[str, int]]]
"""4, [1, 2, 4], range(1, 9), or the command line's "1,2,4", "1-8", "auto", "n+1"."""
Value = Union[str, int, float, bool]
PathLike = Union[str, "os.PathLike[str]"]


class Options:
    """Arguments of a command, in the order in which they are added; None adds nothing."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.arguments = [command, "--quiet"]

    def value(self, name: str, value: Value | None) -> None:
        """--name=value"""
        if value is not None:
            self._add(name, text_of(value))

    def path(self, name: str, path: PathLike | None) -> None:
        """--name=path"""
        if path is not None:
            self._add(name, os.fspath(path))

    def flag(self, name: str, wanted: bool) -> None:
        """--name"""
        if wanted:
            self.arguments.append(f"--{name}")

    def names(self, name: str, values: Names | None) -> None:
        """--name=a,b"""
        if values is not None:
            self._add(name, ",".join(name_of(one) for one in several(values)))

    def counts(self, name: str, values: Counts | None) -> None:
        """--name=1,2,4"""
        if isinstance(values, Iterable) and not isinstance(values, str):
            self._add(name, ",".join(map(str, values)))
        elif values is not None:
            self._add(name, str(values))

    def assignments(self, name: str, values: Mapping[str, Value] | None) -> None:
        """--name=KEY=VALUE for each of them"""
        for key, value in (values or {}).items():
            self._add(name, f"{key}={text_of(value)}")

    def _add(self, name: str, text: str) -> None:
        if not text:
            raise UsageError(f"--{name}: empty; leave it out for all")
        if "\0" in text:
            raise UsageError(f"--{name}: a NUL character in it; leave that out")
        self.arguments.append(f"--{name}={text}")


def several(values: Names) -> list[str | Named]:
    """One name or object, or several of them, as a list."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        return [values]
    return list(values)


def name_of(value: str | Named) -> str:
    """The name of a design, workload, ...; of a name, itself."""
    return value if isinstance(value, str) else value.name


def text_of(value: Value) -> str:
    """A value as it is written on the command line and in a machine's profile."""
    return str(value).lower() if str(value) in ("True", "False") else str(value)
