"""frames.py: the report's functions that make DataFrames, e.g. faultline.frames.runs_frame(result).

Those of report.frames; pandas is imported when the first one is asked for. dir() lists them. They
raise faultline.Error.
"""

from __future__ import annotations

from typing import Any

from faultline import forward


def __getattr__(name: str) -> Any:
    return forward.attribute("frames", name)


def __dir__() -> list[str]:
    return forward.names("frames")
