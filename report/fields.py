"""fields.py: typed access to parsed JSON that names file and JSON path in every error."""

from __future__ import annotations

import re
from typing import Any, Callable, NoReturn, TypeVar

from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, ReportError

T = TypeVar("T")

integer_max = 2**53 - 1  # what a double can count up to

# No figure of a benchmark is beyond these, and ratios and products of a few that are within them
# stay finite: what is computed from a file can neither overflow nor divide by what is as good as 0.
number_max = 1e18
number_min = 1e-18

_json_types = {
    dict: "an object", list: "an array", str: "a string", bool: "a boolean",
    int: "a number", float: "a number", type(None): "null",
}


class Field:
    """One value of a parsed file and where it stands, e.g. runs[3].trials[0].s.

    The readers below return the plain value or raise ReportError (exit 2) with file and path.
    """

    cure = "the file was damaged or edited, record the session again"

    __slots__ = ("value", "file", "_key", "_parent")

    def __init__(
        self, value: Any, key: str | int, file: str, parent: Field | None = None
    ) -> None:
        """key: the member or element of `parent` that it is; without parent its whole path."""
        self.value = value
        self.file = file
        self._key = key
        self._parent = parent

    @property
    def path(self) -> str:
        """Where it stands; put together when it is asked for, which only errors do."""
        if self._parent is None:
            return str(self._key)
        before = self._parent.path
        if isinstance(self._key, int):
            return f"{before}[{self._key}]"
        return f"{before}.{self._key}" if before else self._key

    def fail(self, problem: str) -> NoReturn:
        """Raises the error that this value has `problem`."""
        raise ReportError(
            EXIT_INPUT,
            f"{self.file}: {shorten(self.path) or 'the file'} {shorten(problem)}; {self.cure}",
        )

    def __getitem__(self, key: str) -> Field:
        """The member `key` of this object; missing is an error, null is not."""
        members = self._of_type(dict, "an object")
        if key not in members:
            type(self)(None, key, self.file, self).fail("is missing")
        return type(self)(members[key], key, self.file, self)

    def get(self, key: str) -> Field | None:
        """The member `key` of this object; None where it is missing: a key of a later minor."""
        return self[key] if key in self._of_type(dict, "an object") else None

    def elements(self) -> list[Field]:
        """The elements of this array."""
        values = self._of_type(list, "an array")
        return [type(self)(v, i, self.file, self) for i, v in enumerate(values)]

    def members(self) -> dict[str, Field]:
        """The members of this object, in the file's order."""
        return {key: self[key] for key in self._of_type(dict, "an object")}

    def text(self) -> str:
        return self._of_type(str, "a string")

    def filled(self) -> str:
        """A text with more in it than blanks."""
        if not self.text().strip():
            self.fail("is empty")
        return self.text()

    def matching(self, pattern: str, words: str) -> str:
        """A text that is wholly of `pattern`; words: what such a text is."""
        if re.fullmatch(pattern, self.text(), re.ASCII) is None:
            self.fail(f'is "{shorten(self.value, 60)}", not {words}')
        return self.text()

    def one_of(self, known: tuple[str, ...]) -> str:
        """A text that is one of `known`; another one may be of a newer faultline: exit 4."""
        text = self.text()
        if text not in known:
            raise ReportError(
                EXIT_ENVIRONMENT,
                f'{self.file}: {shorten(self.path)} is "{shorten(text)}", which this faultline '
                "does not know; use the faultline that made the file, or a newer one",
            )
        return text

    def flag(self) -> bool:
        return self._of_type(bool, "a boolean")

    def integer(self, minimum: int = 0) -> int:
        """A whole number >= minimum, < 2^53: 3.0 is one, as in JSON Schema, true and "3" not."""
        value = self._numeric()
        if value > integer_max:
            self.fail("is 2^53 or more, which not every reader of JSON can hold")
        if value < minimum:
            self.fail(f"is {value}, less than {minimum}")
        if value != int(value):
            self.fail(f"is {value}, not an integer")
        return int(value)

    def number(self, minimum: float = 0.0) -> int | float:
        """A number >= minimum; its magnitude is 0 or from number_min to number_max."""
        value = self.finite(minimum)
        if value != 0 and not number_min <= abs(value) <= number_max:
            self.fail(f"is {value}, beyond what a figure can be ({number_min:g} to {number_max:g})")
        return value

    def finite(self, minimum: float = 0.0) -> int | float:
        """A number >= minimum that is only shown, not computed with."""
        value = self._numeric()
        if value < minimum:
            self.fail(f"is {value}, less than {minimum}")
        return value

    def plain(self) -> str | int | float | bool | None:
        """A value that is no object and no array."""
        if isinstance(self.value, (dict, list)):
            self.fail("is not a plain value")
        if isinstance(self.value, (int, float)) and not isinstance(self.value, bool):
            return self.number(minimum=-number_max)
        return self.value

    def or_null(self, read: Callable[[Field], T]) -> T | None:
        """None where the file says null (not measured), otherwise what `read` makes of it."""
        return None if self.value is None else read(self)

    def _numeric(self) -> int | float:
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self._wrong_type("a number")
        if not -float_max <= self.value <= float_max:  # false for NaN, true for no infinity
            self.fail("is not finite")
        return self.value

    def _of_type(self, wanted: type, name: str) -> Any:
        if not isinstance(self.value, wanted):
            self._wrong_type(name)
        return self.value

    def _wrong_type(self, name: str) -> NoReturn:
        self.fail(f"is {_json_types[type(self.value)]}, not {name}")


float_max = 1.7976931348623157e308


def shorten(text: str, most: int = 300) -> str:
    """`text`, its middle left out where it is longer than `most`: a file's string may be huge."""
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-most // 4 :]}"
