"""Rules for every kind of text: layout, leftovers, Markdown, Python imports, modes, sizes."""

from __future__ import annotations

import ast
import os
import re
import sys
from typing import Iterator

from .source import CODE, Finding, Source

LINE_MAX = 100
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
BLOB_BYTES_MAX = 1 << 20

# Written in two halves, so that this file does not find itself.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
DEBUG_PRINT = re.compile(r'(cerr|cout)\s*<<\s*"D' r'BG|printf\([^"]*"D' r"BG|\bdb" r"g\(|"
                         r"\bbreak" r"point\(\)|\bpdb\.set_" r"trace")
PRIVATE_PATH = re.compile(r"(?<![\w.$}/-])/(wo" r"rk|ro" r"ot|ho" r"me)/\w?")

MARKDOWN_LINK = re.compile(r"\[[^\]\[]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
# What report/ and tools/ may import besides the standard library.
PYTHON_LAYERS = {
    "report": {"report", "numpy", "scipy", "pandas", "statsmodels", "matplotlib"},
    "bindings": {"report", "faultline", "pandas"},
    "tools": {"tidy_rules", "count_tests", "run_tests", "tidy"},
}


def line_length(source: Source) -> Iterator[Finding]:
    """Code has lines of at most 100 characters."""
    if source.kind not in CODE:
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_MAX:
            yield source.finding(number, f"{len(line)} characters", f"at most {LINE_MAX}")


def file_length(source: Source) -> Iterator[Finding]:
    """A code file has at most 500 lines."""
    if source.kind in CODE and len(source.lines) > FILE_LINES_MAX:
        yield source.finding(len(source.lines), f"{len(source.lines)} lines",
                             f"at most {FILE_LINES_MAX}: split the file by what it is about")


def tabs(source: Source) -> Iterator[Finding]:
    """No tab in code and Markdown."""
    if source.kind not in (*CODE, "markdown"):
        return
    for number, line in enumerate(source.lines, 1):
        if "\t" in line:
            yield source.finding(number, "tab", "spaces, or \\t in a string")


def trailing_blanks(source: Source) -> Iterator[Finding]:
    """No blank at the end of a line of code or Markdown."""
    if source.kind not in (*CODE, "markdown"):
        return
    for number, line in enumerate(source.lines, 1):
        if line.rstrip("\r") != line.rstrip("\r").rstrip():
            yield source.finding(number, "blank at the end of the line", "remove it")


def newlines(source: Source) -> Iterator[Finding]:
    """Code and Markdown end in exactly one newline and have no carriage return."""
    if source.kind not in (*CODE, "markdown") or not source.text:
        return
    last = len(source.lines)
    if not source.text.endswith("\n"):
        yield source.finding(last, "no newline at the end of the file", "end it with one")
    elif source.text.endswith("\n\n"):
        yield source.finding(last, "blank line at the end of the file", "remove it")
    for number, line in enumerate(source.lines, 1):
        if "\r" in line:
            yield source.finding(number, "carriage return", "\\n alone ends a line")
            return


def ascii_code(source: Source) -> Iterator[Finding]:
    """Code is ASCII."""
    if source.kind not in CODE:
        return
    for number, line in enumerate(source.lines, 1):
        if not line.isascii():
            bad = next(c for c in line if not c.isascii())
            yield source.finding(number, f"character U+{ord(bad):04X}", "ASCII, or an escape")


def leftovers(source: Source) -> Iterator[Finding]:
    """No mark of unfinished work."""
    if source.kind not in (*CODE, "markdown"):
        return
    for number, line in enumerate(source.lines, 1):
        match = LEFTOVER.search(line)
        if match:
            yield source.finding(number, f"leftover {match[0]}", "do it, or name it as a limit")


def debug_prints(source: Source) -> Iterator[Finding]:
    """No print or break point left from debugging."""
    if source.kind not in CODE:
        return
    for number, line in enumerate(source.lines, 1):
        if DEBUG_PRINT.search(line):
            yield source.finding(number, "left from debugging", "remove it")


def private_paths(source: Source) -> Iterator[Finding]:
    """No path of one machine's home or work folders, in any text."""
    for number, line in enumerate(source.lines, 1):
        match = PRIVATE_PATH.search(line)
        if match:
            yield source.finding(number, f"path of one machine ({match[0]}...)",
                                 "a path relative to the repository")


def executables(source: Source) -> Iterator[Finding]:
    """A script with a shebang in report/, tools/ or .ci/ is executable."""
    if source.folder in ("report", "tools", ".ci") and source.raw.startswith(b"#!"):
        if not os.access(source.file, os.X_OK):
            yield source.finding(1, "has a shebang but is not executable",
                                 f"chmod +x {source.path}")


def blob_size(source: Source) -> Iterator[Finding]:
    """No file is larger than 1 MiB."""
    size = source.file.stat().st_size
    if size > BLOB_BYTES_MAX:
        yield source.finding(1, f"{size} bytes", f"at most {BLOB_BYTES_MAX}: leave it out of git")


def markdown_prose(source: Source) -> Iterator[tuple[int, str]]:
    """The numbered lines of a Markdown file, without code blocks and code spans."""
    fence = ""
    for number, line in enumerate(source.lines, 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, re.sub(r"`[^`]*`", "", line)


def markdown_title(source: Source) -> Iterator[Finding]:
    """A Markdown file has exactly one `# ` title."""
    if source.kind != "markdown":
        return
    titles = [number for number, line in markdown_prose(source) if re.match(r"# \S", line)]
    if not titles:
        yield source.finding(1, "no title", "begin with a line '# Title'")
    for number in titles[1:]:
        yield source.finding(number, f"a second title (the first is line {titles[0]})",
                             "'## ' or deeper")


def dead_links(source: Source) -> Iterator[Finding]:
    """A relative link in Markdown leads to a file or folder."""
    if source.kind != "markdown":
        return
    for number, line in markdown_prose(source):
        for target in MARKDOWN_LINK.findall(line):
            path = target.partition("#")[0]
            if not path or re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            base = source.root if path.startswith("/") else source.file.parent
            if not (base / path.lstrip("/")).exists():
                yield source.finding(number, f"dead link {target}", "the path from this file")


def parse_python(source: Source) -> ast.Module | Finding:
    """The syntax tree, or the finding that there is none."""
    try:
        return ast.parse(source.text)
    except SyntaxError as error:
        return source.finding(error.lineno or 1, f"not Python: {error.msg}", "valid syntax")


def python_functions(source: Source) -> Iterator[Finding]:
    """A Python function has at most 70 lines."""
    if source.kind != "python":
        return
    tree = parse_python(source)
    if isinstance(tree, Finding):
        yield tree
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield source.finding(node.lineno, f"{node.name}() has {lines} lines",
                                     f"at most {FUNCTION_LINES_MAX}: split it")


def python_imports(source: Source) -> Iterator[Finding]:
    """report/ imports itself, the standard library, numpy, matplotlib; tools/ no third party."""
    if source.kind != "python" or source.folder not in PYTHON_LAYERS:
        return
    tree = parse_python(source)
    if isinstance(tree, Finding):
        return  # python_functions says so
    allowed = PYTHON_LAYERS[source.folder]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top not in allowed and top not in sys.stdlib_module_names:
                yield source.finding(node.lineno, f"{source.folder}/ imports {name}",
                                     "the standard library, " + ", ".join(sorted(allowed)))
