"""plot.py: the report's functions that draw, e.g. faultline.plot.plot_throughput(result).

report.plots is imported, and with it numpy and matplotlib, when the first one is asked for; dir()
lists them. They raise faultline.Error.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable


def __getattr__(name: str) -> Any:
    # A module is asked for __path__ and the like by who imports it: none of that is a plot.
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from faultline.results import report, translated

    with translated():
        found = getattr(report("plots"), name, None)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; dir() lists them")
    return wrapped(found) if inspect.isfunction(found) else found


def __dir__() -> list[str]:
    from faultline.results import report, translated

    with translated():
        plots = report("plots")
    return sorted(getattr(plots, "__all__", None) or
                  [name for name, value in vars(plots).items()
                   if inspect.isfunction(value) and not name.startswith("_")])


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the errors of this package."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        from faultline.results import translated

        with translated():
            return function(*arguments, **options)

    return call
