"""Bad input: one line that names the option and gives the cure, and the agreed exit code."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

import pytest

from program import CPUS, SHORT, complaint, run

THREADS = "no thread count from 1 to 1024; give such as 1,2,4"
NO_CPU = max(CPUS) + 97

# arguments, exit code, parts of the line
BAD_RUNS: list[tuple[tuple[str, ...], int, tuple[str, ...]]] = [
    (("--design", "refcnt"), 2, ("--design", "'refcnt'", "did you mean refcount?", "mmap_lock")),
    (("--design", "rwsem,atomc"), 2, ("--design", "'atomc'", "did you mean atomic?")),
    (("--design", "qqqqqq"), 2, ("--design", "there are mmap_lock, rwsem, atomic, refcount")),
    (("--design", ""), 2, ("--design", "''", "there are")),
    (("--design",), 2, ("--design", "see --help")),
    (("--workload", "pf_sharde"), 2, ("--workload", "did you mean pf_shared?")),
    (("--workload", "pft"), 2,
     ("--workload: pft makes real system calls", "use faultline kernel run --workload pft")),
    (("--workload", "pair", "--design", "refcount"), 2,
     ("--workload: pair does not run with refcount; it runs with faa, cas, cas_reuse, ticket",)),
    (("--workload", "pair", "--design", "ticket,rwsem"), 2,
     ("--design: rwsem does not run with pair; it runs with pf_shared, pf_private",)),
    (("--workload", "pf_shared,pair", "--design", "mcs"), 2,
     ("--workload: pf_shared does not run with mcs; it runs with mmap_lock, rwsem",)),
    (("--design", "tiket"), 2, ("--design", "did you mean ticket?")),
    (("--set", "crit_ns=5"), 2, ("--set", "no parameter of these workloads 'crit_ns'")),
    *[(("--workload", "pair", "--set", f"{name}={text}"), 2,
       (f"--set {name}: '{text}' is not a whole number of ns from 0 to 1000000000",))
      for name in ("crit_ns", "par_ns") for text in ("-1", "1000000001", "1e3", "")],
    (("--placement", "seperate"), 2, ("--placement", "did you mean separate?", "embedded")),
    (("--placement", "none"), 2, ("--placement", "kernel, separate, embedded")),
    (("--suite", "quik"), 2, ("--suite", "did you mean quick?", "rigorous")),
    *[(("--threads", text), 2, ("--threads", f"'{text}'", THREADS))
      for text in ("0", "-1", "abc", "5000", "", "1.5", "2-1", "n-100")],
    (("--threads", "1,,2"), 2, ("--threads", "''", THREADS)),
    *[((option, text), 2, (option, f"'{text}' is not a whole number", "see --help"))
      for option in ("--rounds", "--trials", "--seed") for text in ("abc", "1.5", "", "1 2")],
    (("--rounds", "0"), 2, ("--rounds: 0 is out of range; choose 1 to 10000",)),
    (("--rounds", "-3"), 2, ("--rounds: -3 is out of range",)),
    (("--rounds", "99999999999"), 2, ("--rounds", "'99999999999' is out of range")),
    (("--trials", "0"), 2, ("--trials: 0 is out of range; choose 1 to 1000",)),
    *[((option, text), 2, (option, "is out of range; choose 0.0"))
      for option in ("--seconds", "--deadline") for text in ("0", "-1", "1e9", "nan", "inf")],
    *[((option, text), 2, (option, f"'{text}' is not a number", "see --help"))
      for option in ("--seconds", "--deadline") for text in ("abc", "", "1s")],
    (("--seconds", "1e999"), 2, ("--seconds", "out of range")),
    (("--seed", "-1"), 2, ("--seed: -1 is out of range; choose 0 to 9007199254740991",)),
    (("--seed", "9007199254740992"), 2, ("--seed: 9007199254740992 is out of range; choose",)),
    (("--seed", "9" * 30), 2, ("--seed", "is out of range")),
    (("--set", "vmas"), 2, ("--set: 'vmas' is not NAME=VALUE; `faultline list workloads --long`",)),
    (("--set", "=3"), 2, ("--set: '=3' is not NAME=VALUE",)),
    (("--set", "vmsa=3"), 2, ("--set", "'vmsa'", "did you mean vmas?")),
    (("--workload", "pf_shared", "--set", "vmas=3"), 2,
     ("--set", "no parameter of these workloads 'vmas'", "pages_per_thread")),
    *[(("--set", f"vmas={text}"), 2, ("--set vmas", f"'{text}' is not a whole number of VMAs "
                                      "from 1 to 1048576"))
      for text in ("0", "1048577", "-1", "", "x", "3x", "9" * 30)],
    (("--pin", str(NO_CPU)), 4, (f"--pin: CPU {NO_CPU} is not in this process's cpuset",
                                 "use --pin cores")),
    *[(("--pin", text), 2, ("--pin", f"'{text}' is no placement; use cores, compact, scatter"))
      for text in ("x", "", "0-", "1-0", "0,0", "-1", "0,,1", "99999999999")],
    (("-o", ""), 2, ("--output", "empty")),
    (("-o",), 2, ("--output", "see --help")),
    (("--resume", ""), 2, ("--resume", "empty")),
    (("--desing", "rwsem"), 2, ("'--desing'", "did you mean --design?", "see --help")),
    (("--desing=rwsem",), 2, ("'--desing'", "did you mean --design?")),
    (("-x",), 2, ("'-x'", "there are", "--rounds", "see --help")),
    (("pf_shared",), 2, ("'pf_shared' is one argument too many; see --help",)),
    (("--threads", "1", "2"), 2, ("'2' is one argument too many",)),
    (("--rounds", "1", "--rounds", "2"), 2, ("--rounds", "see --help")),
]


@pytest.mark.parametrize("args, code, parts", BAD_RUNS, ids=lambda value: repr(value)[:60])
def test_bad_run(args: tuple[str, ...], code: int, parts: tuple[str, ...], tmp_path: Path) -> None:
    done = run("run", *args, cwd=tmp_path, timeout=20)
    complaint(done, code, *parts)
    assert done.stdout == "" and not list(tmp_path.iterdir())


BAD_COMMANDS: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = [
    (("rnu",), "rnu", ("no command 'rnu'", "did you mean run?", "report")),
    (("",), "", ("no command ''; there are run",)),
    (("two\nlines",), "two?lines", ("no command",)),
    (("--qiet",), "", ("no option '--qiet'", "see --help")),
    (("list", "desings"), "list", ("did you mean designs?", "suites")),
    (("list",), "list", ("kind is required; see --help",)),
    (("list", "designs", "locks"), "list", ("'locks' is one argument too many; see --help",)),
    (("list", "designs", "--lnog"), "list", ("'--lnog'", "did you mean --long?")),
    (("completion", "fish"), "completion", ("'fish'", "bash", "zsh")),
    (("completion",), "completion", ("shell is required; see --help",)),
]


@pytest.mark.parametrize("args, command, parts", BAD_COMMANDS, ids=repr)
def test_bad_command(args: tuple[str, ...], command: str, parts: tuple[str, ...]) -> None:
    done = run(*args)
    complaint(done, 2, *parts, command=command)
    assert done.stdout == ""


def test_without_arguments_there_is_help() -> None:
    done = run()
    assert done.returncode == 2 and done.stderr == ""
    assert done.stdout == run("--help").stdout


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("precious", encoding="ascii")
    complaint(run("run", *SHORT, "-o", path), 2, "-o: ", "exists and is not overwritten",
              f"continue it with --resume {path}")
    assert path.read_text(encoding="ascii") == "precious"


@pytest.mark.parametrize("name, reason", [("missing/a.json", "No such file or directory"),
                                          ("file/a.json", "Not a directory"),
                                          ("long" * 100, "File name too long")])
def test_a_place_that_cannot_be(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    complaint(run("run", *SHORT, "-o", tmp_path / name), 4, "-o: cannot write", reason,
              "choose another place")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def no_override() -> None:
    """Takes from root the right to write where permissions say no."""
    libc = ctypes.CDLL(None, use_errno=True)
    pr_capbset_drop, cap_dac_override = 24, 1
    if os.geteuid() == 0 and libc.prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def test_a_folder_without_permission(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    complaint(run("run", *SHORT, "-o", folder / "a.json", preexec=no_override), 4,
              "-o: cannot write", "Permission denied", "choose another place")
    assert not list(folder.iterdir())


def test_output_that_cannot_be_written_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        for args in (("list", "designs"), ("--help",), ("list", "workloads", "--json")):
            done = run(*args, preexec=lambda: os.dup2(full.fileno(), 1))
            complaint(done, 4, "standard output: No space left on device",
                      command=args[0] if args[0] == "list" else "")


def test_help_is_there_for_every_command() -> None:
    for command in ("run", "list", "completion"):
        done = run(command, "--help")
        assert done.returncode == 0 and done.stderr == ""
        assert "Usage: faultline " + command in done.stdout


def test_errors_do_not_depend_on_the_locale() -> None:
    done: subprocess.CompletedProcess[str] = run("run", "--seconds", "0", LC_ALL="de_DE.UTF-8")
    complaint(done, 2, "--seconds: 0 is out of range; choose 0.001 to 3600")
