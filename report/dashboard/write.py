"""write.py: a dashboard as files: its pages, their data, the scripts and the licences."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from report.dashboard.frame import mark, single_page, whole_page
from report.dashboard.markup import json_text
from report.dashboard.model import Page
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, ReportError

dist = Path(__file__).resolve().parent.parent / "web" / "dist"
assets = ("page.js", "charts.js", "NOTICE.txt")


def write_dashboard(pages: Sequence[Page], folder: Path, title: str, version: str) -> list[Path]:
    """Writes every page below `folder`; returns the files. Names come from here, not from data.

    Raises ReportError: exit 2 when it cannot be written, 4 when the scripts are not there.
    """
    style = read_asset("dashboard.css")
    texts: dict[str, str] = {f"assets/{name}": read_asset(name) for name in assets}
    for page in pages:
        texts[f"{page.name}.html"] = whole_page(page, pages, title, style, version)
        if page.charts:
            texts[f"data/{page.name}.js"] = data_script(page)
    return [write(folder / name, words) for name, words in texts.items()]


def write_single(pages: Sequence[Page], file: Path, title: str, version: str) -> Path:
    """Writes every page into one file with everything in it. Raises ReportError as above."""
    scripts = {"page": read_asset("page.js")}
    scripts |= {f"data-{page.name}": data_script(page) for page in pages if page.charts}
    if any(page.charts for page in pages):
        scripts["charts"] = read_asset("charts.js")
    style, notice = read_asset("dashboard.css"), read_asset("NOTICE.txt")
    return write(file, single_page(pages, title, style, version, scripts, notice))


def data_script(page: Page) -> str:
    """The data of a page's charts as a script: unlike JSON it can be loaded from a file."""
    charts = {one.id: {"kind": one.kind, "title": one.title, "labels": dict(one.labels),
                       **one.data} for one in page.charts}
    return f"faultline.add({json_text(charts)});\n"


def read_asset(name: str) -> str:
    try:
        return (dist / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"cannot read {dist / name}: {error.strerror}; install faultline again, or give "
            "--no-html",
        ) from None


def write(path: Path, words: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {path}: {error.strerror}; name another folder with -o"
        ) from None
    return path


def is_dashboard(folder: Path) -> bool:
    """Whether index.html in `folder` is of a dashboard."""
    try:
        with open(folder / "index.html", encoding="utf-8", errors="replace") as file:
            return f'content="{mark}"' in file.read(1 << 12)
    except OSError:
        return False
