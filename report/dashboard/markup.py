"""markup.py: HTML that cannot be broken by what stands in a file: everything is escaped here.

A page is made of Markup; any other string that becomes part of one is text and is escaped.
"""

from __future__ import annotations

import hashlib
import html
import json
import math
import re
from typing import Any, Mapping

Attributes = Mapping[str, object]  # True: without a value; None, False: left out

void_tags = frozenset(("meta", "link", "input", "br", "hr", "col"))


class Markup(str):
    """HTML that is safe to put into a page as it is."""


def text(value: object) -> Markup:
    """`value` as HTML text, also good within a quoted attribute.

    What cannot be seen (control characters, marks that turn the direction of writing) becomes its
    Python escape, so that a name cannot pretend to be another one.
    """
    if isinstance(value, Markup):
        return value
    seen = "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii")
        for c in str(value)
    )
    return Markup(html.escape(seen, quote=True))


def tag(name: str, attributes: Attributes | None = None, *children: object) -> Markup:
    """<name attributes>children</name>; children that are not Markup are escaped."""
    parts = [f"<{name}"]
    for key, value in (attributes or {}).items():
        if value is True:
            parts.append(f" {key}")
        elif value is not None and value is not False:
            parts.append(f' {key}="{text(str(value))}"')
    parts.append(">")
    if name not in void_tags:
        parts += [text(child) for child in children]
        parts.append(f"</{name}>")
    return Markup("".join(parts))


def join(*parts: object) -> Markup:
    """The parts one after the other."""
    return Markup("".join(text(part) for part in parts))


def json_text(value: Any) -> str:
    """`value` as JSON that may stand in a script of an HTML page: pure ASCII, no < > &.

    Numbers are cut to seven digits; what is not finite becomes null.
    """
    dumped = json.dumps(rounded(value), separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        dumped = dumped.replace(character, f"\\u{ord(character):04x}")
    return dumped


def rounded(value: Any) -> Any:
    """`value` with its floats cut to seven digits."""
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return value


def identifier(*names: object) -> str:
    """An id for an element or a file: readable, of [a-z0-9-] alone, different for other names."""
    whole = "\0".join(map(str, names))
    words = re.sub(r"[^a-z0-9]+", "-", " ".join(map(str, names)).lower()).strip("-")[:48]
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words.strip('-') or 'x'}-{digest}"
