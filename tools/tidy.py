#!/usr/bin/env python3
"""tidy: lint as a test, over every file that git tracks or would track.

Each finding is one line `file:line: what; instead: ...`. RULES is the one list of rules.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tidy_rules import cpp, text
from tidy_rules.source import Finding, Source, list_files

Rule = Callable[[Source], Iterator[Finding]]

RULES: dict[str, Rule] = {
    "include-rules": cpp.include_rules,
    "root-includes": cpp.root_includes,
    "portable-code": cpp.portable_code,
    "load-orders": cpp.load_orders,
    "lock-headings": cpp.lock_headings,
    "pragma-once": cpp.pragma_once,
    "cpp-functions": cpp.cpp_functions,
    "python-functions": text.python_functions,
    "python-imports": text.python_imports,
    "line-length": text.line_length,
    "file-length": text.file_length,
    "tabs": text.tabs,
    "trailing-blanks": text.trailing_blanks,
    "newlines": text.newlines,
    "ascii-code": text.ascii_code,
    "leftovers": text.leftovers,
    "debug-prints": text.debug_prints,
    "private-paths": text.private_paths,
    "executables": text.executables,
    "blob-size": text.blob_size,
    "markdown-title": text.markdown_title,
    "dead-links": text.dead_links,
}


def check_files(root: Path, rules: Iterable[Rule]) -> tuple[list[Finding], int]:
    """What the rules find in the repository at `root`, and how many files they looked at."""
    sources = [Source(root, file.as_posix()) for file in list_files(root)]
    rules = list(rules)
    return [finding for source in sources for rule in rules for finding in rule(source)], len(
        sources)


def compile_header(root: Path, command: list[str], header: str) -> str:
    """Compiles a header alone, twice in a row; returns the compiler's messages, "" when fine.

    It is included and not given as the main file, where `#pragma once` would be warned about.
    """
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=False,
                          input=f'#include "{header}"\n#include "{header}"\n')
    if done.returncode == 0:
        return ""
    return done.stderr or f"{header}: the compiler ended with {done.returncode}"


def check_headers(root: Path, flags: list[str]) -> int:
    """Compiles each header of the repository alone with $CXX; returns the number that failed."""
    headers = [file.as_posix() for file in list_files(root) if file.suffix == ".hpp"]
    command = [*shlex.split(os.environ.get("CXX", "c++")), *flags, f"-I{root}", "-fsyntax-only",
               "-x", "c++", "-"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        messages = list(pool.map(lambda header: compile_header(root, command, header), headers))
    bad = 0
    for header, message in zip(headers, messages):
        if message:
            bad += 1
            print(f"{header}:1: does not compile alone; instead: include what it uses")
            print(message.rstrip())
    if not headers:
        print(f"tidy: no header under {root}; run it in the repository")
        return 1
    print(f"tidy: {len(headers)} headers compiled alone, {bad} failed")
    return bad


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; a rule that is not in the table ends the program with status 2."""
    parser = argparse.ArgumentParser(prog="tools/tidy.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="show the rules")
    parser.add_argument("--rule", action="append", metavar="NAME", help="only this rule")
    parser.add_argument("--headers", action="store_true",
                        help="compile each header alone with $CXX instead; flags follow --")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent,
                        metavar="FOLDER", help="the repository to look at (default: this one)")
    parser.add_argument("flags", nargs="*", metavar="FLAG", help="compiler flags for --headers")
    options = parser.parse_args(arguments)
    for name in options.rule or []:
        if name not in RULES:
            parser.error(f"no rule is named '{name}'; see tools/tidy.py --list")
    if options.flags and not options.headers:
        parser.error(f"'{options.flags[0]}' is only for --headers; leave it out")
    return options


def main(arguments: list[str]) -> int:
    """Returns 0 when nothing was found, 1 when something was, 2 for wrong usage."""
    options = parse(arguments)
    root = options.root.resolve()
    if options.list:
        for name, rule in RULES.items():
            print(f"{name:<17} {rule.__doc__}")
        return 0
    if options.headers:
        return 1 if check_headers(root, options.flags) else 0
    names = options.rule or list(RULES)
    findings, files = check_files(root, [RULES[name] for name in names])
    for finding in findings:
        print(finding)
    if files == 0:
        print(f"tidy: no file under {root}; run it in the repository")
        return 1
    print(f"tidy: {len(findings)} findings in {files} files, {len(names)} rules")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
