"""Rules for C++: who may include whom, what a lock may ask of the world, lock headers, functions.

The text is matched after comments and literals are blanked; nothing here needs a compiler.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Iterator, NamedTuple

from .source import Finding, Source
from .text import FUNCTION_LINES_MAX

# Which of our own files each folder may include: whole folders end in a slash. A folder that is
# not named (runner/, tests/) may include everything.
LAYERS = {
    "lockimpls": ("lockimpls/", "platform/platform.hpp"),
    "mm": ("mm/", "lockimpls/", "platform/platform.hpp"),
    "workloads": ("workloads/", "mm/", "lockimpls/yardstick.hpp", "platform/platform.hpp"),
    "workloads/kernel": ("workloads/kernel/", "workloads/info.hpp"),
    "platform": ("platform/", "simulator/", "checker/"),
    "simulator": ("simulator/",),
    "checker": ("checker/",),
    "checker/scenarios": ("checker/", "mm/", "lockimpls/", "platform/"),
    "checker/gate": ("checker/", "mm/", "lockimpls/", "platform/"),
    "bindings": ("bindings/", "runner/"),
}
OURS = (*LAYERS, "runner", "tests")


def layer_of(path: str) -> str:
    """The innermost folder of a file that has a rule of its own, or ""."""
    folders = [parent.as_posix() for parent in PurePosixPath(path).parents]
    return next((folder for folder in folders if folder in LAYERS), "")


# What these folders may not touch: they run on the simulator and the checker as well.
PORTABLE = ("lockimpls", "mm", "workloads")
NATIVE_WORKLOADS = "workloads/kernel/"  # measures real system calls
BANNED = (
    (re.compile(r"\bstd::atomic\w*"), "P::Atomic<T> or P::fence(order)"),
    (re.compile(r"\bstd::(jthread|thread|this_thread)\b"), "P::self(); the bench has the threads"),
    (re.compile(r"\bstd::(\w*mutex|condition_variable\w*|\w*semaphore|latch|barrier)\b"),
     "P::park() and P::unpark()"),
    (re.compile(r"\bstd::chrono\b"), "P::now() and P::work(ns)"),
    (re.compile(r"\bthread_local\b"), "P::self()"),
    (re.compile(r"\bsyscall\s*\("), "P::park() and P::unpark(), or a new one of platform.hpp"),
    (re.compile(r"#\s*include\s*<(atomic|thread|chrono|mutex|shared_mutex|condition_variable|"
                r"semaphore|latch|barrier|unistd\.h|pthread\.h|sched\.h|time\.h|ctime|"
                r"sys/[\w./]+|linux/[\w./]+)>"), "what platform/platform.hpp offers"),
)
SEQ_CST_LOAD = re.compile(r"\bload\s*\(\s*(?:std::memory_order_|std::memory_order::)?seq_cst\b")
LOAD_WITHOUT_ORDER = re.compile(r"[\w\])](?:\.|->)load\s*\(\s*\)")

HEADINGS = ("Source", "Word", "Transitions", "Invariants", "Memory ordering", "Known limits")
HEADING = re.compile(rf"// ({'|'.join(HEADINGS)})\b")  # more words may follow on the line
NOT_LOCKS = ("lock.hpp", "yardstick.hpp", "registry.hpp")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
COMMENT_OR_LITERAL = re.compile(
    r'//(?:[^\n\\]|\\.)*|/\*.*?\*/|R"(?P<end>[^()\\\s]{0,16})\(.*?\)(?P=end)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.S | re.M)
TEMPLATE = re.compile(r"\btemplate\s*<")
SCOPE = re.compile(r'(?:\[\[.*?\]\]\s*|inline\s+|typedef\s+|alignas\([^)]*\)\s*)*'
                   r'(?:(?:namespace|class|struct|union|enum)\b|extern\s+"")')


class Function(NamedTuple):
    """A function definition: its name and its first and last line (1 is the file's first)."""

    name: str
    first: int
    last: int


def blank(match: re.Match[str]) -> str:
    """What a comment or literal is replaced by: its newlines, and its quotes if it is a string."""
    text = match[0]
    if text.startswith("/"):
        return re.sub(r"[^\n]", " ", text)
    inner = re.sub(r"[^\n]", " ", text[1:-1])
    return '"' + inner.strip(" ") + '"' if '"' in text[:2] else "'" + inner + "'"


def strip_cpp(text: str) -> str:
    """C++ without comments and without what is in its literals; line numbers stay."""
    return COMMENT_OR_LITERAL.sub(blank, text)


def includes(source: Source) -> Iterator[tuple[int, str, str]]:
    """Line, opening mark (< or ") and path of each include."""
    for number, line in enumerate(source.lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def include_rules(source: Source) -> Iterator[Finding]:
    """Each folder includes only what the layers of the design let it include."""
    layer = layer_of(source.path)
    if source.kind != "cpp" or not layer:
        return
    allowed = LAYERS[layer]
    for number, _, path in includes(source):
        if path.partition("/")[0] not in OURS:
            continue
        if not any(path.startswith(entry) if entry.endswith("/") else path == entry
                   for entry in allowed):
            yield source.finding(number, f"{layer}/ includes {path}",
                                 "only " + ", ".join(allowed))


def root_includes(source: Source) -> Iterator[Finding]:
    """Our own files are included by their path from the repository root, in quotes."""
    if source.kind != "cpp":
        return
    for number, mark, path in includes(source):
        from_root = (source.root / path).is_file()
        if mark == "<":
            if from_root:
                yield source.finding(number, f"<{path}> is ours", f'#include "{path}"')
        elif ".." in PurePosixPath(path).parts or (
                not from_root and (source.file.parent / path).is_file()):
            yield source.finding(number, f'"{path}" is not a path from the repository root',
                                 f'#include "{source.folder}/..."')


def portable_code(source: Source) -> Iterator[Finding]:
    """lockimpls/, mm/ and workloads/ ask the platform only: no std::atomic, thread, clock, call."""
    if (source.kind != "cpp" or source.folder not in PORTABLE
            or source.path.startswith(NATIVE_WORKLOADS)):
        return
    for number, line in enumerate(strip_cpp(source.text).split("\n"), 1):
        for pattern, instead in BANNED:
            match = pattern.search(line)
            if match:
                yield source.finding(number, f"{match[0].strip()} outside platform/", instead)


def load_orders(source: Source) -> Iterator[Finding]:
    """Every atomic load names its order, and none is seq_cst: the kernel has no such load."""
    if source.kind != "cpp" or source.folder not in PORTABLE:
        return
    for number, line in enumerate(strip_cpp(source.text).split("\n"), 1):
        if SEQ_CST_LOAD.search(line):
            yield source.finding(number, "seq_cst load", "acquire or relaxed, or P::fence()")
        elif LOAD_WITHOUT_ORDER.search(line):
            yield source.finding(number, "load without an order (so seq_cst)", "name its order")


def lock_headings(source: Source) -> Iterator[Finding]:
    """A lock header opens with the six headings, in order, each with text below it."""
    name = PurePosixPath(source.path)
    if source.folder != "lockimpls" or name.suffix != ".hpp" or name.name in NOT_LOCKS:
        return
    found = [(match[1], number) for number, line in enumerate(source.lines)
             if (match := HEADING.match(line))]
    if tuple(heading for heading, _ in found) != HEADINGS:
        have = ", ".join(heading for heading, _ in found) or "none"
        yield source.finding(1, f"headings are: {have}",
                             "the lines '// " + "', '// ".join(HEADINGS) + "', in this order")
        return
    for heading, number in found:
        below = source.lines[number + 1] if number + 1 < len(source.lines) else ""
        if not re.match(r"//   \S", below):
            yield source.finding(number + 1, f"nothing below '{heading}'",
                                 "text in lines that begin with '//   '")


def pragma_once(source: Source) -> Iterator[Finding]:
    """A header has one #pragma once."""
    if source.path.endswith(".hpp"):
        count = sum(line.rstrip() == "#pragma once" for line in source.lines)
        if count != 1:
            yield source.finding(1, f"{count} lines '#pragma once'", "exactly one")


def without_template(header: str) -> str:
    """A declaration without its leading `template <...>` and access labels."""
    while True:
        header = re.sub(r"^\s*(public|private|protected)\s*:", "", header).strip()
        match = TEMPLATE.match(header)
        if not match:
            return header
        depth, end = 1, match.end()
        while depth and end < len(header):
            depth += {"<": 1, ">": -1}.get(header[end], 0)
            end += 1
        header = header[end:]


def kind_of_block(header: str) -> str:
    """What a brace after `header` opens: scope (namespace, type), function, or data."""
    header = without_template(header)
    constrained_type = re.match(r"requires\b.*\b(class|struct)\b", header, re.S)
    if SCOPE.match(header) or constrained_type:
        return "scope"
    if "(" not in header or header.endswith("=") or re.search(r"\bconcept\b", header):
        return "data"
    return "function"


def functions(text: str) -> Iterator[Function]:
    """The function definitions outside of other functions, found by matching braces."""
    code = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), strip_cpp(text))
    stack: list[str] = []  # the kinds of the open blocks
    start, parens = 0, 0  # where the current declaration begins
    for at, char in enumerate(code):
        outside = all(kind == "scope" for kind in stack)
        if char in "()":
            parens += 1 if char == "(" else -1
        elif char == ";" and outside and parens == 0:
            start = at + 1
        elif char == "{":
            kind = kind_of_block(code[start:at]) if outside and parens == 0 else "inner"
            stack.append(kind)
            if kind == "scope":
                start = at + 1
        elif char == "}" and stack:
            kind = stack.pop()
            # A constructor's `: a_{1}, b_{2} {`: the declaration goes on.
            if kind == "function" and code[at + 1 :].lstrip()[:1] in (",", "{"):
                continue
            if kind == "function":
                header = code[start:at]
                name = re.search(r"([\w~:]+)\s*\(", without_template(header))
                first = start + len(header) - len(header.lstrip())
                yield Function(name[1] if name else "?", code.count("\n", 0, first) + 1,
                               code.count("\n", 0, at) + 1)
            if kind != "inner":
                start = at + 1


def cpp_functions(source: Source) -> Iterator[Finding]:
    """A C++ function has at most 70 lines."""
    if source.kind != "cpp":
        return
    for function in functions(source.text):
        lines = function.last - function.first + 1
        if lines > FUNCTION_LINES_MAX:
            yield source.finding(function.first, f"{function.name}() has {lines} lines",
                                 f"at most {FUNCTION_LINES_MAX}: split it")
