"""test_gate.py: the exit codes of `faultline gate` on measured files, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_sim
from gate_sessions import break_runs, drop, session, set_commit

Write = Callable[..., Path]
Faultline = Callable[..., Any]


@pytest.fixture
def pair(write: Write, faultline: Faultline) -> Callable[..., Any]:
    """pair(new, options...) gates a document against the base session and returns how it ended."""
    base = session(1)

    def gate(new: dict[str, Any], *options: object, base: dict[str, Any] = base) -> Any:
        return faultline(
            "gate", write(base, "base.json"), write(new, "new.json"), *options
        )

    return gate


def test_equal_builds_pass(pair: Callable[..., Any]) -> None:
    done = pair(session(2))
    assert (done.code, done.err) == (0, "")
    assert "PASS: no regression (exit 0)" in done.out


def test_a_regression_is_named_with_its_reason(pair: Callable[..., Any]) -> None:
    done = pair(session(2, scale={("rwsem", 2): 0.9}))
    assert done.code == 1
    assert "REGRESSION: 1 of 4 rows (exit 1)" in done.out
    lines = done.out.splitlines()
    place = lines.index("  pf_shared/design=rwsem/threads=2")
    assert lines[place + 1].startswith("  REGRESSED ")
    assert lines[place + 2].strip() == "the whole 95 % interval is worse than 2 %"


def test_an_improvement_passes(pair: Callable[..., Any]) -> None:
    done = pair(session(2, scale={("rwsem", 2): 1.1}))
    assert done.code == 0
    assert "IMPROVED" in done.out


def test_noise_is_inconclusive_and_strict_says_so(pair: Callable[..., Any]) -> None:
    noisy = session(2, noise=0.08)
    loose = pair(noisy)
    assert loose.code == 0
    assert "PASS: no regression seen, 4 of 4 rows undecided" in loose.out
    strict = pair(noisy, "--strict")
    assert strict.code == 3
    assert "INCONCLUSIVE" in strict.out


def test_few_runs_never_pass_silently(pair: Callable[..., Any]) -> None:
    done = pair(session(2, rounds=3), "--strict", base=session(1, rounds=3))
    assert done.code == 3
    assert "too few" in done.out


def test_the_threshold_is_in_percent(pair: Callable[..., Any]) -> None:
    new = session(2, scale={("rwsem", 2): 0.9})
    assert pair(new, "--threshold", "15").code == 0
    assert pair(new, "--threshold", "5").code == 1
    assert pair(new, "--threshold", "-1").code == 2


def test_a_missing_configuration_is_a_regression(pair: Callable[..., Any]) -> None:
    new = session(2)
    drop(new, "rwsem", 2)
    done = pair(new)
    assert done.code == 1
    assert "MISSING: BASE has runs of it, NEW has none" in done.out
    assert "design=rwsem/threads=2" in done.out


def test_a_configuration_only_in_new_is_named_and_not_judged(pair: Callable[..., Any]) -> None:
    base = session(1)
    drop(base, "rwsem", 2)
    done = pair(session(2), base=base)
    assert done.code == 0
    assert "only in NEW, not judged" in done.out


@pytest.mark.parametrize("times, words", [(12, "all 12 runs failed: crash"),
                                          (1, "1 of 12 runs failed, none in BASE: crash")])
def test_crashed_runs_are_a_regression(
    pair: Callable[..., Any], times: int, words: str
) -> None:
    new = session(2)
    break_runs(new, "refcount", times)
    done = pair(new)
    assert done.code == 1
    assert words in " ".join(done.out.split())


def test_a_new_build_of_which_every_run_crashes_is_a_regression(pair: Callable[..., Any]) -> None:
    new = session(2)
    for count in (1, 2):
        for one in new["runs"]:
            if new["benchmarks"][one["bench"]]["params"]["threads"] == count:
                one |= {"failure": {"kind": "lock", "message": "two writers", "dump": None},
                        "trials": [], "exit": 1}
    done = pair(new)
    assert done.code == 1
    assert "4 FAILED" in done.out


def test_runs_that_the_environment_stopped_are_no_regression(pair: Callable[..., Any]) -> None:
    new = session(2)
    break_runs(new, "refcount", 1, "environment")
    assert pair(new).code == 0


def test_what_fails_in_both_is_named_and_passes(pair: Callable[..., Any]) -> None:
    base, new = session(1), session(2)
    break_runs(base, "refcount", 12)
    break_runs(new, "refcount", 12)
    done = pair(new, base=base)
    assert done.code == 0
    assert "every run fails in both" in " ".join(done.out.split())


def test_a_figure_that_new_does_not_give_is_a_regression(pair: Callable[..., Any]) -> None:
    new = session(2)
    for one in new["runs"]:
        for trial in one["trials"]:
            trial["cpu_s"] = None
    assert pair(new).code == 0
    done = pair(new, "--metric", "throughput,cpu_throughput")
    assert done.code == 1
    assert "NEW gives no throughput per CPU-second" in done.out
    assert pair(session(3), "--metric", "cpu_throughput", base=new).code == 0


def test_a_file_of_several_builds_is_no_side(pair: Callable[..., Any]) -> None:
    new = session(2)
    new["subjects"].append(new["subjects"][0] | {"id": "other", "role": "contender"})
    done = pair(new)
    assert done.code == 4
    assert "holds 2 builds" in done.err


def test_nothing_in_common_is_exit_5(pair: Callable[..., Any]) -> None:
    new = session(2, threads=(1,))
    for one in new["benchmarks"]:
        one["params"]["pages_per_thread"] = 64
    done = pair(new)
    assert done.code == 5
    assert "no configuration in common" in done.err


def test_an_incomplete_session_is_refused(pair: Callable[..., Any]) -> None:
    new = session(2)
    new["session"]["complete"] = False
    done = pair(new)
    assert done.code == 2
    assert "is incomplete" in done.err and done.err.count("\n") == 1
    assert pair(new, "--allow-incomplete").code == 0


def change_machine(new: dict[str, Any]) -> None:
    new["machine"]["id"] = "0123456789abcdef"


def change_kernel(new: dict[str, Any]) -> None:
    new["kernel"]["release"] = "6.19.0"


def change_version(new: dict[str, Any]) -> None:
    new["benchmarks"][1]["version"] = "sha256:0123456789ab"


def change_pin(new: dict[str, Any]) -> None:
    new["design"]["pin"] = "scatter"


def change_fitness(new: dict[str, Any]) -> None:
    new["env"] |= {"class": "unfit", "reasons": ["CPU quota"]}


@pytest.mark.parametrize("change, words, option", [
    (change_machine, "is of machine", None),
    (change_kernel, "is of kernel 6.18.44", "--allow-kernel"),
    (change_version, "another benchmark version", None),
    (change_pin, "is of pinning", None),
    (change_fitness, "unfit to measure on (CPU quota)", "--allow-unfit"),
])
def test_incomparable_files_are_exit_4(
    pair: Callable[..., Any], change: Callable[[dict[str, Any]], None], words: str,
    option: str | None,
) -> None:
    new = session(2)
    change(new)
    done = pair(new)
    assert done.code == 4
    assert words in done.err and done.err.count("\n") == 1 and "; " in done.err
    if option:
        assert pair(new, option).code == 0


def test_another_bench_is_exit_4(pair: Callable[..., Any]) -> None:
    done = pair(synthetic_sim.result())
    assert done.code == 4
    assert "is of bench host" in done.err


@pytest.mark.parametrize("options, words", [
    (("--exact",), "two runs never give the same figures"),
    (("--metric", "thruput"), "did you mean 'throughput'?"),
    (("--metric", ","), "names no metric"),
    (("--screen", "x", "--confirm", "a", "b"), "exclude each other"),
    (("--accepted", "nowhere.toml"), "cannot read nowhere.toml"),
    (("--confirm", "-", "-"), "- is none"),
])
def test_wrong_use_is_one_line_and_exit_2(
    pair: Callable[..., Any], options: tuple[str, ...], words: str
) -> None:
    done = pair(session(2), *options)
    assert done.code == 2
    assert words in done.err and done.err.count("\n") == 1


def test_builds_of_one_commit_are_pointed_out(pair: Callable[..., Any]) -> None:
    base, new = session(1), session(2)
    set_commit(new, base["subjects"][0]["vcs"]["commit"])
    assert "builds of the same commit" in pair(new, base=base).out
    set_commit(new, "b" * 40)
    assert "builds of the same commit" not in pair(new, base=base).out


def test_every_line_is_ascii_of_at_most_72_columns_and_repeats(pair: Callable[..., Any]) -> None:
    new = session(2, scale={("rwsem", 2): 0.9})
    first = pair(new)
    assert first.out.isascii()
    # Only a path that cannot be broken may be longer.
    assert all(len(line) <= 72 for line in first.out.splitlines() if "/base.json" not in line
               and "/new.json" not in line)
    assert pair(new).out == first.out


def test_a_closed_pipe_does_not_turn_a_regression_into_success(
    write: Write, tmp_path: Path
) -> None:
    import subprocess
    import sys

    base = write(session(1), "base.json")
    new = write(session(2, scale={("rwsem", 2): 0.9}), "new.json")
    script = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import gate_sessions; "
        "from report.__main__ import main; sys.exit(main(sys.argv[3:]))"
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(root), str(Path(__file__).parent), "gate", str(base),
         str(new)], stdout=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 1
