"""What the programs print: help, lists, completion, progress."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from program import TINY, environment, finished, program, run

Golden = Callable[[str, str], None]
LISTS = ("designs", "locks", "workloads", "suites")


@pytest.mark.parametrize("name, args", [
    ("help", ()), ("run-help", ("run",)), ("list-help", ("list",)),
    ("completion-help", ("completion",)), ("sim-help", ("sim",))])
def test_help(name: str, args: tuple[str, ...], golden: Golden) -> None:
    done = run(*args, "--help")
    assert done.returncode == 0 and done.stderr == ""
    golden(f"{name}.txt", done.stdout)


@pytest.mark.parametrize("kind", LISTS)
def test_lists(kind: str, golden: Golden) -> None:
    for option, suffix in ((None, ".txt"), ("--long", "-long.txt"), ("--json", ".json")):
        done = run("list", kind, *([option] if option else []))
        assert done.returncode == 0 and done.stderr == "" and done.stdout.isascii()
        golden(f"list-{kind}{suffix}", done.stdout)
    rows = json.loads(run("list", kind, "--json").stdout)
    names = [line.split()[0] for line in run("list", kind).stdout.splitlines()]
    assert [row["name"] for row in rows] == names


def test_the_formats_are_the_reports() -> None:
    done = run("list", "formats", "--json")
    assert done.returncode == 0, done.stderr
    assert all(row["name"] and row["summary"] for row in json.loads(done.stdout))


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"faultline \d+\.\d+\.\d+ \(([0-9a-f]{40}(-dirty)?|unknown)\)\n",
                        done.stdout)


@pytest.fixture(scope="module", name="script")
def fixture_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The completion script for bash."""
    path = tmp_path_factory.mktemp("completion") / "faultline.bash"
    path.write_text(run("completion", "bash").stdout, encoding="ascii")
    return path


def completed(script: Path, *words: str) -> list[str]:
    """What bash offers behind `words`, the last of which is being typed."""
    command = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _faultline; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", command, "bash", str(script), *words],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_the_completion_script_is_bash(script: Path) -> None:
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "%" not in re.sub(r"\$\{\w+%,\*\}", "", script.read_text(encoding="ascii"))


@pytest.mark.parametrize("words, offered", [
    (("",), ["run", "sim", "check", "kernel", "list", "completion", "report", "compare", "mail",
            "plot", "gate", "history", "selfcheck", "serve", "export", "import"]),
    (("li",), ["list"]),
    (("run", "--des"), ["--design"]),
    (("run", "--design", "rw"), ["rwsem"]),
    (("run", "--design", "rwsem,re"), ["rwsem,refcount"]),
    (("run", "--design", "rwsem,atomic,m"), ["rwsem,atomic,mmap_lock", "rwsem,atomic,mcs"]),
    (("run", "--design", "ti"), ["ticket"]),
    (("run", "--workload", "pa"), ["pair"]),
    (("run", "--workload", "pf_v"), ["pf_vs_mprotect"]),
    (("run", "--placement", ""), ["kernel", "separate", "embedded"]),
    (("run", "--suite", "q"), ["quick"]),
    (("run", "--pin", "c"), ["cores", "compact"]),
    (("check", "--mode", "p"), ["preemptions", "pct"]),
    (("check", "--scenario", "osq_c"), ["osq_cancel"]),
    (("sim", "--mach"), ["--machine", "--machine-set"]),
    (("sim", "--machine", "berg"), ["bergamo-2s"]),
    (("sim", "--park", ""), ["kernel", "futex"]),
    (("sim", "--design", "rwsem,re"), ["rwsem,refcount"]),
    (("list", ""), ["designs", "locks", "workloads", "machines", "scenarios", "suites", "formats"]),
    (("list", "designs", "--"), ["--long", "--json", "--help"]),
    (("completion", ""), ["bash", "zsh"]),
])
def test_bash_completes(words: tuple[str, ...], offered: list[str], script: Path) -> None:
    assert completed(script, "faultline", *words) == offered


def test_bash_completes_every_option_of_run(script: Path) -> None:
    help_text = run("run", "--help").stdout
    assert set(completed(script, "faultline", "run", "--")) == set(
        re.findall(r"^  (?:-\w,)?(--[a-z-]+)", help_text, re.MULTILINE))


if shutil.which("zsh"):  # where there is none, there is nothing to break

    def test_the_completion_script_is_zsh(tmp_path: Path) -> None:
        path = tmp_path / "faultline.zsh"
        path.write_text(run("completion", "zsh").stdout, encoding="ascii")
        assert subprocess.run(["zsh", "-n", str(path)], check=False).returncode == 0


def test_the_zsh_script_is_that_of_bash_behind_its_bridge(script: Path) -> None:
    lines = run("completion", "zsh").stdout.splitlines(keepends=True)
    assert "bashcompinit" in lines[0]
    assert "".join(lines[1:]) == script.read_text(encoding="ascii")


def on_terminal(*args: str | Path, **env: str) -> tuple[int, str]:
    """Exit code and output of a session whose standard error is a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([program("faultline"), "run", *args], stdin=slave, stdout=slave,
                          stderr=slave, env=environment(**env)) as process:
        os.close(slave)
        output = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError as error:  # Linux's way to say that nobody holds the other end
                assert error.errno == errno.EIO
                break
            if not part:
                break
            output += part
        os.close(master)
    return process.returncode, output.decode()


NOISY = tuple(option for option in TINY if option != "--quiet")
# Every run fails: the deadline comes before the trial's end.
FAILING = (*NOISY[:2], *NOISY[4:], "--seconds", "60", "--rounds", "1", "--deadline", "0.05")


def test_a_terminal_gets_a_bar_with_the_time_left(tmp_path: Path) -> None:
    _, output = on_terminal(*NOISY, "--rounds", "2", "-o", tmp_path / "a.json")
    bars = re.findall(r"\r\[(#*) *\] (\d)/4 runs, (?:\d+ min )?\d+ s left", output)
    assert [int(done) for _, done in bars] == [0, 1, 2, 3, 4]
    lengths = [len(filled) for filled, _ in bars]
    assert lengths == [0, 6, 12, 18, 24]
    assert "2 configurations x 2 rounds = 4 runs" in output
    assert f"faultline report {tmp_path / 'a.json'}" in output
    assert output.endswith("\r\n") and "\033" not in output


def test_colour_is_for_terminals_without_no_color(tmp_path: Path) -> None:
    for name, env, coloured in (("a", {}, True), ("b", {"NO_COLOR": "1"}, False),
                                ("c", {"NO_COLOR": ""}, True)):
        code, output = on_terminal(*FAILING, "-o", tmp_path / name, **env)
        assert code == 1 and "FAILED" in output
        assert ("\033" in output) is coloured


def test_a_pipe_gets_lines(tmp_path: Path) -> None:
    done = run("run", *NOISY, "--rounds", "3", "-o", tmp_path / "a.json")
    finished(done, tmp_path / "a.json")
    assert done.stdout == ""
    assert "\r" not in done.stderr and "\033" not in done.stderr
    assert "6/6 runs, 0 s left" in done.stderr
    assert re.search(r"^  pf_shared +t=1 +rwsem \S+ refcount \S+$", done.stderr, re.MULTILINE)
    failing = run("run", *FAILING, "-o", tmp_path / "b.json")
    assert failing.returncode == 1 and "\033" not in failing.stderr
    assert failing.stderr.count("FAILED pf_shared/design=") == 2


def test_quiet_is_quiet(tmp_path: Path) -> None:
    for terminal in (False, True):
        path = tmp_path / f"{terminal}.json"
        if terminal:
            code, output = on_terminal(*TINY, "--rounds", "1", "-o", path)
        else:
            done = run("run", *TINY, "--rounds", "1", "-o", path)
            code, output = done.returncode, done.stdout + done.stderr
        assert code in (0, 3) and (output == "" or code == 3)
