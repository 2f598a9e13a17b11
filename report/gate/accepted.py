"""accepted.py: changes for the worse that somebody accepted, with a reason, in a TOML file.

    [[accepted]]
    benchmark = "pf_shared/*"         # shell pattern; matched with a row's label and benchmark id
    metric = "throughput"             # or "*"; check: "verdict"
    commit = "0123456789ab"           # from when on: this commit, or `date = 2026-11-23`, or both
    reason = "munmap now checks the stamp twice: correctness first"
    change = [-8.0, 0.0]              # optional: from, to in %; a change outside is not accepted
    link = "https://lore.kernel.org/..."    # optional
    expires = 2027-03-01              # optional: the last day on which it counts
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Callable, Sequence

from report.errors import EXIT_INPUT, ReportError, ascii_line
from report.metrics import metrics
from report.near import near_names

keys = ("benchmark", "metric", "commit", "date", "reason", "change", "link", "expires")
other_metrics = ("*", "verdict")
bytes_max = 1 << 20


@dataclass(frozen=True)
class Accepted:
    """One entry. change: lowest and highest accepted change in percent (jain: in its unit)."""

    number: int  # its place in the file, from 1
    benchmark: str
    metric: str
    commit: str | None
    since: date | None
    reason: str
    change: tuple[float, float] | None
    link: str | None
    expires: date | None

    def meets(self, names: Sequence[str], metric: str) -> bool:
        """Whether it is about this row; names: its label and its benchmark's id."""
        return self.metric in ("*", metric) and any(
            fnmatch.fnmatchcase(name, self.benchmark) for name in names
        )

    def covers(self, change: float | None) -> bool:
        """Whether a change (in percent, or in the metric's unit) is within the accepted range."""
        if self.change is None:
            return True
        return change is not None and self.change[0] <= change <= self.change[1]

    def holds_on(self, day: date) -> bool:
        """Whether it has begun and not expired on a day."""
        return (self.since is None or self.since <= day) and (
            self.expires is None or day <= self.expires
        )

    @property
    def title(self) -> str:
        """"entry 2 (pf_shared/*, throughput)", to be named in a message."""
        return f"entry {self.number} ({self.benchmark}, {self.metric})"

    @property
    def label(self) -> str:
        """The reason with its link, one line."""
        return ascii_line(self.reason + (f" ({self.link})" if self.link else ""))


def read_accepted(path: Path) -> tuple[Accepted, ...]:
    """The entries of a file. Raises ReportError (exit 2) for a file that is not sound."""
    try:
        data = path.read_bytes()
        if len(data) > bytes_max:
            raise ReportError(EXIT_INPUT, f"{path} is larger than 1 MiB; give a file of entries")
        document = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot read {path}: {error.strerror}; give the file of accepted changes"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReportError(EXIT_INPUT, f"{path} is not TOML: {error}; see docs/gate.md") from None
    unknown = [key for key in document if key != "accepted"]
    if unknown or not isinstance(document.get("accepted", []), list):
        raise ReportError(
            EXIT_INPUT,
            f"{path} has '{unknown[0] if unknown else 'accepted'}'; it must hold [[accepted]] "
            "entries and nothing else",
        )
    return tuple(
        read_entry(entry, number, f"{path}: entry {number}")
        for number, entry in enumerate(document.get("accepted", []), 1)
    )


def read_entry(entry: Any, number: int, where: str) -> Accepted:
    if not isinstance(entry, dict):
        raise ReportError(EXIT_INPUT, f"{where} is no table; write [[accepted]]")
    for key in entry:
        if key not in keys:
            raise ReportError(EXIT_INPUT, f"{where} has the key '{key}'; {near_names(key, keys)}")
    for key in ("benchmark", "metric", "reason"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ReportError(EXIT_INPUT, f"{where} has no {key}; write {key} = \"...\"")
    if entry["metric"] not in (*metrics, *other_metrics):
        names = [*metrics, *other_metrics]
        raise ReportError(
            EXIT_INPUT,
            f"{where}: no metric is named '{entry['metric']}'; "
            f"{near_names(entry['metric'], names)}",
        )
    commit = entry.get("commit")
    if commit is not None and not (
        isinstance(commit, str) and re.fullmatch(r"[0-9a-f]{7,40}", commit)
    ):
        raise ReportError(EXIT_INPUT, f"{where}: commit is not 7 to 40 hexadecimal digits; mend it")
    since = day_of(entry.get("date"), f"{where}: date")
    if commit is None and since is None:
        raise ReportError(EXIT_INPUT, f"{where} has neither commit nor date; say from when on")
    link = entry.get("link")
    if link is not None and not (isinstance(link, str) and re.fullmatch(r"https?://\S+", link)):
        raise ReportError(EXIT_INPUT, f"{where}: link is no http address; mend it")
    return Accepted(
        number=number,
        benchmark=entry["benchmark"],
        metric=entry["metric"],
        commit=commit,
        since=since,
        reason=entry["reason"].strip(),
        change=range_of(entry.get("change"), where),
        link=link,
        expires=day_of(entry.get("expires"), f"{where}: expires"),
    )


def day_of(value: Any, where: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    raise ReportError(EXIT_INPUT, f"{where} is no date; write 2026-11-23 without quotes")


def range_of(value: Any, where: str) -> tuple[float, float] | None:
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    if len(numbers) == 2 and all(type(n) in (int, float) for n in numbers):
        low, high = float(numbers[0]), float(numbers[1])
        if low <= high:
            return low, high
    raise ReportError(
        EXIT_INPUT, f"{where}: change is not [from, to] in percent, from <= to; e.g. [-8.0, 0.0]"
    )


def match(
    entries: Sequence[Accepted], names: Sequence[str], metric: str, change: float | None,
    day: date, has_commit: Callable[[str], bool],
) -> tuple[Accepted | None, str | None]:
    """The entry that accepts a change, or else why the nearest one does not, or (None, None).

    day: of the new session. has_commit: whether the change of this commit lies between the base
    and the new build.
    """
    why = None
    for entry in entries:
        if not entry.meets(names, metric):
            continue
        if not entry.holds_on(day):
            past = entry.expires is not None and day > entry.expires
            why = why or f"{entry.title} {'expired' if past else 'does not hold yet'}"
        elif entry.commit is not None and not has_commit(entry.commit):
            why = why or f"{entry.title} is of commit {entry.commit[:12]}, not among these"
        elif not entry.covers(change):
            why = why or f"{entry.title} accepts another range"
        else:
            return entry, None
    return None, why
