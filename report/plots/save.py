"""save.py: a figure as SVG, PNG or PDF: the same bytes for the same figure, no date in them."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from report.plots.style import clean_settings

dots_per_inch = 200  # of a PNG
metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}


def image(figure: Figure, kind: str) -> bytes:
    """The figure as a file of `kind`: svg, png or pdf."""
    with clean_settings():
        out = io.BytesIO()
        figure.savefig(out, format=kind, metadata=metadata[kind], dpi=dots_per_inch)
        return out.getvalue()


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Writes folder/name.svg and folder/name.png (200 dpi), without a date. Raises OSError."""
    paths = [folder / f"{name}.{kind}" for kind in ("svg", "png")]
    for path in paths:
        path.write_bytes(image(figure, path.suffix[1:]))
    return paths
