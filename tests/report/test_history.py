"""test_history.py: `faultline history show` and `bisect-range` on stores with known changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_sim
from gate_sessions import set_commit
from history_stores import Kept
from report.history.bisect import bisect_range
from report.history.series import Point, frame_columns, history_frame, history_series
from report.history.text import levels, sparkline

Faultline = Callable[..., Any]
rwsem = ("--workload", "pf_shared", "--design", "rwsem")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def history(kept: Kept, faultline: Faultline) -> Faultline:
    def run(*words: object) -> Any:
        return faultline("history", *words, "--store", kept.store)

    return run


def positions(kept: Kept, text: str) -> tuple[int, int]:
    """Of GOOD..BAD among the commits."""
    good, bad = text.strip().split("..")
    return kept.commits.index(good), kept.commits.index(bad)


def test_a_change_is_a_range_of_commits_that_holds_the_cause(
    kept: Kept, history: Faultline
) -> None:
    kept.fill(30, slow_from=18)
    done = history("bisect-range", *rwsem)
    assert done.code == 1
    good, bad = positions(kept, done.out)
    assert good < 18 <= bad and bad - good <= 4
    assert f"git bisect start {kept.commits[bad]} {kept.commits[good]}" in done.err
    listed = kept.git("rev-list", done.out.strip()).split()
    assert kept.commits[18] in listed
    shown = history("show")
    assert shown.code == 0
    size = re.search(r"WORSE (-[0-9.]+) % in ([0-9a-f]{12})\.\.([0-9a-f]{12}):", shown.out)
    assert size is not None
    assert float(size[1]) == pytest.approx(-10, abs=1)
    assert size.group(2, 3) == (kept.commits[good][:12], kept.commits[bad][:12])
    assert "commits in git's topological order" in shown.out


def test_without_a_change_there_is_nothing_to_bisect(kept: Kept, history: Faultline) -> None:
    kept.fill(14)
    done = history("bisect-range", *rwsem)
    assert (done.code, done.out) == (0, "")
    assert "no lasting change for the worse" in done.err
    shown = history("show").out
    assert "WORSE" not in shown and "BETTER" not in shown and "SUSPECT" not in shown


def test_a_change_for_the_better_is_shown_and_not_bisected(kept: Kept, history: Faultline) -> None:
    kept.fill(24, slow_from=0, fast_from=12)
    assert history("bisect-range", *rwsem).code == 0
    assert "BETTER +1" in history("show").out


def test_what_was_made_good_again_is_not_bisected(kept: Kept, history: Faultline) -> None:
    kept.fill(40, slow_from=20, fast_from=32)
    assert history("bisect-range", *rwsem).code == 0
    assert "WORSE" in history("show").out


def test_few_sessions_are_inconclusive(kept: Kept, history: Faultline) -> None:
    kept.fill(4)
    done = history("bisect-range", *rwsem)
    assert (done.code, done.out) == (3, "")
    assert "4 sessions in the newest epoch, 6 are needed" in done.err


def test_a_sudden_drop_is_suspect_before_it_is_a_change(kept: Kept, history: Faultline) -> None:
    kept.fill(14, slow_from=12)
    assert "SUSPECT: the newest 2 sessions lie below" in " ".join(history("show").out.split())
    done = history("bisect-range", *rwsem)
    assert done.code == 3
    assert "suspect; record more" in done.err


def new_kernel(first: int) -> Callable[[int, dict[str, Any]], None]:
    def change(i: int, document: dict[str, Any]) -> None:
        if i >= first:
            document["kernel"]["release"] = "6.19.0"

    return change


def test_nothing_is_compared_across_epochs(kept: Kept, history: Faultline) -> None:
    kept.fill(24, slow_from=12, change=new_kernel(12))
    assert history("bisect-range", *rwsem).code == 0
    shown = history("show").out
    assert "WORSE" not in shown and "SUSPECT" not in shown
    assert f"epoch from {kept.commits[12][:12]} (2026-11-22): kernel 6.19.0" in shown
    assert "@|_" in shown, "the sparkline shows the step and where the epoch begins"


def test_a_young_epoch_leaves_the_change_before_it_to_be_bisected(
    kept: Kept, history: Faultline
) -> None:
    kept.fill(24, slow_from=10, change=new_kernel(21))
    done = history("bisect-range", *rwsem)
    assert done.code == 1
    good, bad = positions(kept, done.out)
    assert good < 10 <= bad < 21


def test_another_benchmark_version_is_an_epoch_of_its_configuration(
    kept: Kept, history: Faultline
) -> None:
    def change(i: int, document: dict[str, Any]) -> None:
        if i >= 8:
            document["benchmarks"][0]["version"] = "sha256:0123456789ab"

    kept.fill(16, change=change)
    shown = " ".join(history("show").out.split())
    assert "benchmark sha256:0123456789ab; of pf_shared/design=rwsem/threads=1" in shown


accepted = """\
[[accepted]]
benchmark = "pf_shared/design=rwsem/*"
metric = "throughput"
commit = "{}"
reason = "the stamp is checked twice"
"""


def test_an_accepted_change_is_labelled_and_not_bisected(kept: Kept, history: Faultline) -> None:
    kept.fill(30, slow_from=18)
    (kept.store / "accepted.toml").write_text(accepted.format(kept.commits[18]))
    assert history("bisect-range", *rwsem).code == 0
    assert "accepted: the stamp is checked twice" in " ".join(history("show").out.split())
    other = kept.root / "other.toml"
    other.write_text(accepted.format(kept.commits[3]))
    assert history("bisect-range", *rwsem, "--accepted", other).code == 1
    shown = " ".join(history("show", "--accepted", other).out.split())
    assert f"accepted at {kept.commits[3][:12]}: the stamp" in shown


def test_the_order_is_that_of_commits_not_of_time(kept: Kept, history: Faultline) -> None:
    def change(i: int, document: dict[str, Any]) -> None:
        document["session"]["started"] = f"2026-11-22T{23 - i // 60:02}:{59 - i % 60:02}:00.000Z"

    kept.fill(24, slow_from=12, change=change)
    done = history("bisect-range", *rwsem)
    assert done.code == 1, "recorded backwards, it would be a change for the better"
    good, bad = positions(kept, done.out)
    assert good < 12 <= bad


def test_without_git_the_order_is_time_and_is_said(
    tmp_path: Path, faultline: Faultline
) -> None:
    kept = Kept(tmp_path, with_git=False)
    kept.fill(24, slow_from=12)
    assert "by time of the session" in faultline("history", "show", "--store", kept.store).out
    done = faultline("history", "bisect-range", *rwsem, "--store", kept.store)
    assert done.code == 1
    assert "the order is that of the sessions in time" in done.err
    good, bad = positions(kept, done.out)
    assert good < 12 <= bad


@pytest.mark.parametrize("spoil", ["unknown", "dirty", "same"])
def test_a_change_that_no_commit_explains_is_inconclusive(
    kept: Kept, history: Faultline, spoil: str
) -> None:
    def change(i: int, document: dict[str, Any]) -> None:
        if spoil == "dirty":
            document["subjects"][0]["vcs"]["dirty"] = True
        else:
            set_commit(document, None if spoil == "unknown" else kept.commits[0])

    kept.fill(24, slow_from=12, change=change)
    done = history("bisect-range", *rwsem)
    assert (done.code, done.out) == (3, "")
    assert "it got worse" in done.err


def test_simulations_have_no_noise_so_one_session_is_a_change(
    kept: Kept, history: Faultline
) -> None:
    import gzip
    import json

    kept.commit(3)
    for i in range(3):
        document = synthetic_sim.result()
        document["session"] |= {"id": f"20261122T0000{i:02}Z-{i:08x}",
                                "started": f"2026-11-22T00:00:{i:02}.000Z"}
        set_commit(document, kept.commits[i])
        if i == 2:
            for run in document["runs"]:
                if document["benchmarks"][run["bench"]]["params"]["design"] == "rwsem":
                    for trial in run["trials"]:
                        trial["ops"] = trial["ops"] * 9 // 10
        path = kept.store / "toy-2s" / f"{kept.commits[i][:12]}-{document['session']['id']}.json.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(document).encode()))
    done = history("bisect-range", *rwsem)
    assert (done.code, positions(kept, done.out)) == (1, (1, 2))
    shown = history("show").out
    assert "simulated, no clock was read" in shown and "measured" not in shown


def test_the_text_is_ascii_of_72_columns_and_repeats(kept: Kept, history: Faultline) -> None:
    kept.fill(30, slow_from=18, change=new_kernel(27))
    text = history("show").out
    assert text.isascii() and max(map(len, text.splitlines())) <= 72
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert history("show").out == text
    newest = history("show", "--last", "2").out
    assert "WORSE" not in newest and "    2   " in newest


def test_selections_choose_and_wrong_names_are_exit_2(kept: Kept, history: Faultline) -> None:
    kept.fill(2)
    text = history("show", "--design", "rwsem", "--threads", "2").out
    assert text.count("  rwsem") == 0 and "refcount" not in text
    for words, message in (
        (("--design", "rwsme"), "did you mean 'rwsem'?"), (("--metric", "x"), "has no metric 'x'"),
        (("--workload", "x"), "has no workload"), (("--machine", "x"), "has no machine"),
        (("--threads", "x"), "--threads needs numbers"), (("--last", "0"), "not a number from 1"),
    ):
        done = history("show", *words)
        assert done.code == 2 and message in done.err and done.err.count("\n") == 1
    assert history("show", "--threads", "64").code == 5
    assert history("bisect-range", "--workload", "pf_shared").code == 2


def test_no_store_and_an_empty_store_are_told_apart(tmp_path: Path, faultline: Faultline) -> None:
    done = faultline("history", "show", "--store", tmp_path / "nowhere")
    assert done.code == 2 and "history add" in done.err
    done = faultline("history", "show", "--store", tmp_path)
    assert done.code == 5


def test_the_frame_has_a_row_a_point(kept: Kept) -> None:
    kept.fill(24, slow_from=12, change=new_kernel(20))
    series = history_series(kept.store, designs=["rwsem"], metrics=["throughput", "jain"])
    frame = history_frame(series)
    assert tuple(frame.columns) == frame_columns
    assert len(frame) == sum(len(one.points) for one in series)
    assert history_frame(
        kept.store, designs=["rwsem"], metrics=["throughput", "jain"]).equals(frame)
    mine = frame[(frame["metric"] == "throughput") & (frame["count"] == 2)]
    assert list(mine["commit"]) == kept.commits
    assert mine["time"].is_monotonic_increasing
    assert (mine["low"] <= mine["value"]).all() and (mine["value"] <= mine["high"]).all()
    assert list(mine["epoch"]) == [0] * 20 + [1] * 4
    changed = mine[mine["change"].notna()]
    assert len(changed) == 1 and changed["change"].iloc[0] == pytest.approx(0.9, abs=0.02)
    assert abs(int(changed["position"].iloc[0]) - 12) <= 1


def test_times_that_are_none_are_no_times(kept: Kept) -> None:
    times = ["9999-01-01T00:00:00.000Z", "noon", "2026-11-22T00:00:00.000Z"]
    kept.fill(3, change=lambda i, document: document["session"].update(started=times[i]))
    frame = history_frame(history_series(kept.store, designs=["rwsem"], counts=[2]))
    assert list(frame.sort_values("position")["time"].isna()) == [True, True, False]


def test_one_answer_for_several_series(kept: Kept) -> None:
    kept.fill(24, slow_from=12)
    answer = bisect_range(history_series(kept.store))
    assert answer.found is not None
    assert answer.found.series.label.startswith("pf_shared/design=rwsem/threads=2")


def points(values: list[float], epochs: list[int] | None = None) -> list[Point]:
    return [
        Point("s", "t", None, None, value, None, None, 1, epoch)
        for value, epoch in zip(values, epochs or [0] * len(values))
    ]


def test_the_sparkline_goes_from_lowest_to_highest() -> None:
    assert sparkline(points([float(i) for i in range(1, 9)])) == levels
    assert sparkline(points([5.0])) == "+"
    assert set(sparkline(points([5.0, 5.001]))) <= set("=+"), "noise is not stretched"
    assert sparkline(points([1.0, 1.0, 2.0, 2.0], [0, 0, 1, 1])) == "__|@@"
    many = sparkline(points([float(i) for i in range(1000)]))
    assert len(many) <= 18 and many[0] == "_" and many[-1] == "@"
    assert list(many) == sorted(many, key=levels.index)
