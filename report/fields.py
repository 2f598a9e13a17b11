"""fields.py: typed access to parsed JSON that names file and JSON path in every error."""

from __future__ import annotations

import math
from typing import Any, Callable, NoReturn, TypeVar

from report.errors import EXIT_INPUT, ReportError

T = TypeVar("T")

integer_max = 2**53 - 1  # what a double can count up to

_json_types = {
    dict: "an object", list: "an array", str: "a string", bool: "a boolean",
    int: "a number", float: "a number", type(None): "null",
}


class Field:
    """One value of a parsed file and where it stands, e.g. runs[3].trials[0].s.

    The readers below return the plain value or raise ReportError (exit 2) with file and path.
    """

    def __init__(self, value: Any, path: str, file: str) -> None:
        self.value = value
        self.path = path
        self.file = file

    def fail(self, problem: str) -> NoReturn:
        """Raises the error that this value has `problem`."""
        raise ReportError(
            EXIT_INPUT,
            f"{self.file}: {self.path or 'the file'} {problem}; "
            "the file was damaged or edited, record the session again",
        )

    def __getitem__(self, key: str) -> Field:
        """The member `key` of this object; missing is an error, null is not."""
        members = self._of_type(dict, "an object")
        path = f"{self.path}.{key}" if self.path else key
        if key not in members:
            Field(None, path, self.file).fail("is missing")
        return Field(members[key], path, self.file)

    def elements(self) -> list[Field]:
        """The elements of this array."""
        values = self._of_type(list, "an array")
        return [Field(v, f"{self.path}[{i}]", self.file) for i, v in enumerate(values)]

    def members(self) -> dict[str, Field]:
        """The members of this object, in the file's order."""
        return {key: self[key] for key in self._of_type(dict, "an object")}

    def text(self) -> str:
        return self._of_type(str, "a string")

    def flag(self) -> bool:
        return self._of_type(bool, "a boolean")

    def integer(self, minimum: int = 0) -> int:
        """A whole number >= minimum, < 2^53: 3.0 is one, as in JSON Schema, true and "3" not."""
        number = self.number(minimum)
        if number > integer_max:
            self.fail("is 2^53 or more, which not every reader of JSON can hold")
        if number != int(number):
            self.fail(f"is {number}, not an integer")
        return int(number)

    def number(self, minimum: float = 0.0) -> int | float:
        """A finite number >= minimum."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self._wrong_type("a number")
        if not math.isfinite(self.value):
            self.fail("is not finite")
        if self.value < minimum:
            self.fail(f"is {self.value}, less than {minimum}")
        return self.value

    def or_null(self, read: Callable[[Field], T]) -> T | None:
        """None where the file says null (not measured), otherwise what `read` makes of it."""
        return None if self.value is None else read(self)

    def _of_type(self, wanted: type, name: str) -> Any:
        if not isinstance(self.value, wanted):
            self._wrong_type(name)
        return self.value

    def _wrong_type(self, name: str) -> NoReturn:
        self.fail(f"is {_json_types[type(self.value)]}, not {name}")
