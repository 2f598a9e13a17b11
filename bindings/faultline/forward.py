"""forward.py: modules of the report under this package's name, imported when they are asked."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from faultline.results import report, translated


def attribute(module: str, name: str) -> Any:
    """report.MODULE.NAME; a function raises the errors of this package.

    Raises AttributeError for a name that is not there.
    """
    # A module is asked for __path__ and the like by who imports it: none of that is the report's.
    if not name.startswith("_"):
        with translated():
            found = getattr(report(module), name, None)
        if found is not None:
            return wrapped(found) if inspect.isfunction(found) else found
    raise AttributeError(f"report.{module} has no attribute {name!r}; dir() lists them")


def names(module: str) -> list[str]:
    """What is public in report.MODULE."""
    with translated():
        found = report(module)
    public = getattr(found, "__all__", None) or [
        name for name, value in vars(found).items()
        if inspect.isfunction(value) and value.__module__ == found.__name__]
    return sorted(name for name in public if not name.startswith("_"))


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the errors of this package."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with translated():
            return function(*arguments, **options)

    return call
