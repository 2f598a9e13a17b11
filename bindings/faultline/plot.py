"""plot.py: the report's functions that draw, e.g. faultline.plot.plot_throughput(result).

Those of report.plots; numpy and matplotlib are imported when the first one is asked for. dir()
lists them. They raise faultline.Error.
"""

from __future__ import annotations

from typing import Any

from faultline import forward


def __getattr__(name: str) -> Any:
    return forward.attribute("plots", name)


def __dir__() -> list[str]:
    return forward.names("plots")
