"""markdown.py: what is proved for which design, as Markdown, a part of a page of docs/.

It has no heading of its own, so that it fits below any. The same file always gives the same bytes.
"""

from __future__ import annotations

import re

from report import describe
from report.errors import ascii_line
from report.proof import Exploration, ProofResult
from report.proof_table import trace_lines
from report.proof_words import Grid, bug_facts, facts, legend, open_ends, replay, summaries

code_width = 98  # of a replay command


def proof_markdown(result: ProofResult) -> str:
    """The whole report of one file as Markdown (GitHub's tables), ASCII, ending with a newline."""
    grid = Grid(result)
    lines = [f"faultline: {plain(describe.bench(result))}.", ""]
    lines += [f"* {name}: {plain(words)}" for name, words in facts(result)]
    lines += ["", *table(grid), ""]
    lines += [f"* `{key}`: {plain(words)}" for key, words in legend(result, grid)]
    lines += ["", "Scenarios:", ""]
    lines += [f"* {code(name)}: {plain(words)}" for name, words in summaries(result).items()]
    ends = open_ends(result, grid)
    if ends:
        lines += ["", "No proof, because:", ""]
        lines += [f"* {plain(reason)} ({plain('; '.join(places))})" for reason, places in ends]
    for run in result.of_verdict("failed"):
        lines += ["", *failure(run, grid)]
    return "".join(line.rstrip() + "\n" for line in lines)


def table(grid: Grid) -> list[str]:
    """One table, however many designs there are."""
    heads = ["scenario", "threads", *(code(grid.head(column)) for column in grid.columns)]
    lines = [row(heads), row(["---", *["---:"] * (len(heads) - 1)])]
    for one in grid.rows:
        cells = [plain(grid.text(one, column)) for column in grid.columns]
        lines.append(row([code(one.scenario), str(one.threads), *cells]))
    return lines


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def failure(run: Exploration, grid: Grid) -> list[str]:
    """One bug: what, where, the order that is missing, how to replay it, the trace."""
    bug = run.bug
    assert bug is not None
    lines = [f"**FAILED: {plain(bug.kind)} in {plain(grid.place(run))}**", ""]
    lines += [f"* {name}: {plain(words)}" for name, words in bug_facts(run)]
    lines += ["", *block(replay(bug.schedule, code_width))]
    return lines + ["", *block(trace_lines(bug.trace))]


def block(lines: list[str]) -> list[str]:
    """`lines` as they are, in a fence that none of them can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]


def code(text: str) -> str:
    """`text` as code; a name with a backtick in it is written as plain text."""
    text = ascii_line(text)
    return plain(text) if "`" in text else "`" + text.replace("|", r"\|") + "`"


def plain(text: str) -> str:
    """`text` with everything escaped that Markdown would read as markup."""
    escaped = re.sub(r"([\\`*\[\]<>|#~])", r"\\\1", ascii_line(text))
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", escaped)
