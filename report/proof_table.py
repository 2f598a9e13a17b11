"""proof_table.py: what is proved for which design, as plain text for a mail or a commit message.

The rules are those of table.py, but for the width: at most 100 columns, ASCII, every line indented
by two blanks, no trailing blank, no tab; the same file always gives the same bytes.
"""

from __future__ import annotations

from report import describe
from report.errors import ascii_line
from report.proof import Exploration, ProofResult
from report.proof_words import (
    Column, Grid, bug_facts, facts, legend, open_ends, replay, summaries,
)
from report.table import elide, gap, indent, wrap

name_max = 32  # letters of a scenario, a design or an outcome
name_column = 11  # "lock word" and what else stands before a fact


def proof_table(result: ProofResult, width: int = 100) -> str:
    """The whole report of one file as text, ending with a newline.

    width: most columns a line may have, at least 80. Raises ValueError below that.
    """
    if width < 80:
        raise ValueError(f"width {width} is less than 80")
    grid = Grid(result)
    lines = wrap(f"faultline: {describe.bench(result)}", width)
    for name, words in facts(result):
        lines += wrap(words, width, first=f"{name:<{name_column}}")
    for columns in split_columns(grid, width):
        lines += ["", *block(grid, columns)]
    lines.append("")
    notes = legend(result, grid)
    key_column = max(len(key) for key, _ in notes) + 2
    for key, words in notes:
        lines += wrap(words, width, first=f"{key + ':':<{key_column}}")
    lines += scenarios(result, width)
    lines += no_proofs(result, grid, width)
    for run in result.of_verdict("failed"):
        lines += ["", *failure(run, grid, width)]
    return "".join(ascii_line(line).rstrip() + "\n" for line in lines)


def label_widths(grid: Grid) -> tuple[int, int]:
    """Columns of the two labels of a row: scenario and threads."""
    names = [short(row.scenario) for row in grid.rows]
    threads = [str(row.threads) for row in grid.rows]
    return max(len("scenario"), *map(len, names)), max(len("threads"), *map(len, threads))


def column_width(grid: Grid, column: Column) -> int:
    texts = [short(grid.text(row, column)) for row in grid.rows]
    return max(len(short(grid.head(column))), *map(len, texts))


def short(text: str) -> str:
    """`text` as printable ASCII of at most name_max letters."""
    return elide(ascii_line(text), name_max)


def split_columns(grid: Grid, width: int) -> list[list[Column]]:
    """The columns, dealt to blocks that fit `width`; every block has at least one."""
    room = width - len(indent) - sum(label_widths(grid)) - len(gap)
    blocks: list[list[Column]] = []
    left = 0
    for column in grid.columns:
        needs = len(gap) + column_width(grid, column)
        if not blocks or needs > left:
            blocks.append([])
            left = room
        blocks[-1].append(column)
        left -= needs
    return blocks


def block(grid: Grid, columns: list[Column]) -> list[str]:
    """Head and rows of some columns; rows in which they have nothing are left out."""
    widths = [column_width(grid, column) for column in columns]
    name_width, threads_width = label_widths(grid)

    def line(name: str, threads: str, texts: list[str]) -> str:
        cells = [text.rjust(width) for text, width in zip(texts, widths)]
        return indent + gap.join([name.ljust(name_width), threads.rjust(threads_width), *cells])

    heads = [short(grid.head(column)) for column in columns]
    lines = [line("scenario", "threads", heads)]
    for row in grid.rows:
        texts = [short(grid.text(row, column)) for column in columns]
        if any(text != "-" for text in texts):
            lines.append(line(short(row.scenario), str(row.threads), texts))
    return lines


def scenarios(result: ProofResult, width: int) -> list[str]:
    """What each scenario does."""
    lines = ["", f"{indent}scenarios:"]
    for name, words in summaries(result).items():
        lines += wrap(f"{name}: {words}", width, first=indent)
    return lines


def no_proofs(result: ProofResult, grid: Grid, width: int) -> list[str]:
    """Why some explorations prove nothing."""
    ends = open_ends(result, grid)
    lines = ["", f"{indent}no proof, because:"] if ends else []
    for reason, places in ends:
        lines += wrap(f"{reason} ({'; '.join(places)})", width, first=indent)
    return lines


def failure(run: Exploration, grid: Grid, width: int) -> list[str]:
    """One bug: what, where, the order that is missing, how to replay it, the trace."""
    bug = run.bug
    assert bug is not None
    lines = wrap(f"FAILED: {bug.kind} in {grid.place(run)}", width)
    for name, words in bug_facts(run):
        lines += wrap(words, width, first=f"{indent}{name:<{name_column - len(indent)}}")
    lines += ["", f"{indent * 2}replay:"]
    lines += [indent * 3 + line for line in replay(bug.schedule, width - 3 * len(indent))]
    lines += ["", f"{indent * 2}trace:"]
    for line in trace_lines(bug.trace):
        lines += cut(indent * 3 + line, width)
    return lines


def trace_lines(trace: str) -> list[str]:
    """The lines of a trace as printable ASCII, its columns kept."""
    lines = [ascii_line(line.expandtabs()).rstrip() for line in trace.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines or ["(none)"]


def cut(line: str, width: int) -> list[str]:
    """`line` in pieces of at most `width` columns, the later ones further to the right."""
    pieces = [line[:width]]
    rest, shift = line[width:], indent * 5
    while rest:
        pieces.append(shift + rest[: width - len(shift)])
        rest = rest[width - len(shift) :]
    return pieces
