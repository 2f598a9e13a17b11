"""The layouts of `faultline compare`: one file each, one line here, imported when it is asked for.

    from report.layouts import layouts
    print(layouts["faultline"].render(comparison), end="")
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from report.compare import Comparison

width_default = 72
width_min = 60


@dataclass(frozen=True)
class Options:
    """How to write: width is the most columns that a line of text may have, at least 60; Markdown,
    CSV and JSON have no use for it."""

    width: int = width_default

    def __post_init__(self) -> None:
        if self.width < width_min:
            raise ValueError(f"width {self.width} is less than {width_min}")


@dataclass(frozen=True)
class Layout:
    """One way to write a comparison. text: plain text for a mail, as wide as Options say."""

    summary: str
    module: str
    text: bool

    def render(self, comparison: Comparison, options: Options = Options()) -> str:
        """The whole output, ending with a newline; the same for the same comparison."""
        text: str = importlib.import_module(self.module).render(comparison, options)
        return text


layouts: dict[str, Layout] = {
    "faultline": Layout("table with intervals and verdicts, and a forest of the intervals",
                        "report.layouts.faultline", True),
    "mmtests": Layout("the look of mmtests' compare-kernels: positive is better",
                      "report.layouts.mmtests", True),
    "lkp": Layout("the look of the kernel test robot: %stddev, %change, metric last",
                  "report.layouts.lkp", True),
    "benchstat": Layout("the look of Go's benchstat: median +- interval, vs base",
                        "report.layouts.benchstat", True),
    "markdown": Layout("a table for a page or a step summary", "report.layouts.markdown", False),
    "csv": Layout("every figure in full, one line an outcome", "report.layouts.csv_rows", False),
    "json": Layout("the verdict file, schema faultline.verdict", "report.layouts.verdict_json",
                   False),
}
