"""frame.py: the frame of a page: head with its security policy, navigation, filter, foot."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Sequence

from report.dashboard import parts
from report.dashboard.markup import Markup, join, tag, text
from report.dashboard.model import Page

# Nothing may be fetched from anywhere, no script may run but the ones written here. 'self' does not
# match file: in every browser, hence file: beside it. Styles are set by the chart library.
policy_start = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
policy_files = policy_start + "form-action 'none'; script-src 'self' file:"

mark = "faultline-dashboard"  # tells a dashboard from any other page
footer_words = "faultline; this page is made of local files and asks nothing of any network"


def whole_page(
    page: Page, pages: Sequence[Page], title: str, style: str, version: str
) -> str:
    """One page of a dashboard of several files; `style`: the style sheet."""
    scripts = join(
        *([script_file(f"data/{page.name}.js")] if page.charts else []),
        *([script_file("assets/charts.js")] if page.charts else []),
    )
    return document(
        f"{page.title} - {title}", policy_files, style,
        tag("script", {"src": "assets/page.js"}),
        join(header(page.name, pages, single=False), main(page),
             footer(version), scripts),
    )


def single_page(
    pages: Sequence[Page], title: str, style: str, version: str, scripts: dict[str, str],
    notice: str,
) -> str:
    """All pages in one file. scripts: page, charts and data, by name; they are put in as they are
    and allowed by their hash. notice: the licences of what is in them."""
    allowed = " ".join(f"'sha256-{digest(script)}'" for script in scripts.values())
    policy = policy_start + f"form-action 'none'; script-src {allowed}"
    body = join(
        header(pages[0].name, pages, single=True),
        tag("main", {}, *[main(page, single=True) for page in pages]),
        footer(version, notice),
        *[inline(script) for name, script in scripts.items() if name != "page"],
    )
    whole = document(title, policy, style, inline(scripts["page"]), body)
    # Only markup made here has href="NAME.html: in text a quotation mark is escaped.
    names = "|".join(page.name for page in pages)
    whole = re.sub(rf'href="(?:{names})\.html#', 'href="#', whole)
    return re.sub(rf'href="({names})\.html"', r'href="#page-\1"', whole)


def script_file(path: str) -> Markup:
    return tag("script", {"src": path, "defer": True})


def inline(script: str) -> Markup:
    """A script within the page. Raises ValueError where it could end itself."""
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise ValueError("a script that holds the end of a script cannot be put into a page")
    return Markup(f"<script>{script}</script>")


def digest(script: str) -> str:
    """SHA-256 as a security policy wants it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def document(title: str, policy: str, style: str, head: Markup, body: Markup) -> str:
    return "<!doctype html>\n" + tag(
        "html", {"lang": "en"},
        tag(
            "head", {},
            tag("meta", {"charset": "utf-8"}),
            tag("meta", {"name": "generator", "content": mark}),
            tag("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
            tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            tag("meta", {"name": "referrer", "content": "no-referrer"}),
            tag("meta", {"name": "color-scheme", "content": "light dark"}),
            tag("title", {}, title),
            Markup(f"<style>{style}</style>"),
            head,
        ),
        tag("body", {}, body),
    ) + "\n"


def header(current: str, pages: Sequence[Page], single: bool) -> Markup:
    """Title, links to the pages, filter, theme."""
    links = []
    for page in pages:
        here = page.name == current and not single
        links.append(tag("a", {
            "href": f"{page.name}.html", "data-page": page.name,
            "aria-current": "page" if here else None,
            "class": "empty" if page.empty else None,
        }, page.title))
    return tag(
        "header", {},
        tag("a", {"class": "skip", "href": f"#page-{current}"}, "to the content"),
        tag("div", {"class": "bar"},
            tag("strong", {"class": "brand"}, "faultline"),
            tag("nav", {"aria-label": "pages"}, *links),
            tag("button", {"type": "button", "id": "theme", "class": "script"}, "dark")),
        tag("div", {"class": "bar filter script", "role": "search"},
            tag("label", {"for": "q"}, "Filter"),
            tag("input", {"type": "search", "id": "q", "autocomplete": "off",
                          "spellcheck": "false",
                          "placeholder": "design:refcount threads:>=16 -workload:fork_storm"}),
            tag("span", {"id": "found", "role": "status"})),
    )


def main(page: Page, single: bool = False) -> Markup:
    inner = [
        tag("h1", {"class": "title"}, page.title),
        tag("p", {"class": "lead"}, page.lead),
    ]
    if page.controls:
        inner.append(tag("div", {"class": "controls script"},
                         *[parts.control(one, page.name) for one in page.controls]))
    if page.empty:
        inner.append(tag("p", {"class": "nothing"}, page.empty))
    inner += [page.body, tag("div", {"class": "grid"}, *[parts.chart(one) for one in page.charts])]
    return tag("section" if single else "main", {
        "id": f"page-{page.name}", "class": "page", "data-page": page.name, "tabindex": "-1",
    }, *inner)


def footer(version: str, notice: str = "") -> Markup:
    licences = tag("details", {}, tag("summary", {}, "Licences of the scripts"),
                   tag("pre", {"tabindex": "0"}, notice)) if notice else Markup("")
    return tag("footer", {}, text(f"{footer_words}. {version}"), licences)
