"""tools/install, tools/python and tools/bench, with programs that only pretend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fake_repository import FakeRepository

ALL_INSTALLED = 'shift 3; printf "%s installed\\n" "$@"'
FMT_MISSING = ALL_INSTALLED + " | grep -v libfmt"
NOT_YET = 'test -e "$HOME/installed" || { shift 3; printf "%s installed\\n" "$@" | grep -v fmt; }'


@pytest.fixture
def repository(tmp_path: Path) -> FakeRepository:
    """A copy of the tools on a machine where every package is installed."""
    fake = FakeRepository(tmp_path)
    fake.fake("dpkg-query", ALL_INSTALLED)
    fake.fake("apt-cache")
    fake.fake("apt-get")
    fake.fake("id", "echo 0")
    return fake


def test_install_does_nothing_when_all_is_there(repository: FakeRepository) -> None:
    done = repository.run("install", "--tests")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not any(call.startswith("apt-get") for call in repository.calls)


def test_install_says_what_is_missing(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    done = repository.run("install", "--no-install")
    assert done.returncode == 4 and len(done.stderr.splitlines()) == 1
    assert "missing: libfmt-dev; run tools/install" in done.stderr


def test_install_looks_for_test_packages_only_when_asked(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", ALL_INSTALLED + " | grep -v pytest")
    assert repository.run("install", "--no-install").returncode == 0
    assert repository.run("install", "--no-install", "--tests").returncode == 4


def test_install_as_root_says_and_runs_the_command(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    done = repository.run("install")
    assert done.returncode == 0
    command = "apt-get -q install -y --no-install-recommends libfmt-dev"
    assert f"installing them with: env DEBIAN_FRONTEND=noninteractive {command}" in done.stdout
    assert [call for call in repository.calls if call.startswith("apt-get")] == [command]


def test_install_fetches_the_lists_when_a_package_is_unknown(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    repository.fake("apt-cache", "exit 100")
    assert repository.run("install").returncode == 0
    calls = [call for call in repository.calls if call.startswith("apt-get")]
    assert calls[0] == "apt-get -q update" and len(calls) == 2


def test_install_fetches_the_lists_when_they_are_too_old(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    repository.fake("apt-get", 'case $* in *update) touch "$HOME/updated" ;;\n'
                    '*) test -e "$HOME/updated" || { echo 404 not found; exit 100; } ;; esac')
    assert repository.run("install").returncode == 0


def test_install_that_fails_shows_why(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    repository.fake("apt-get", "echo E: no space left; exit 100")
    done = repository.run("install")
    assert done.returncode == 4 and "E: no space left" in done.stderr


def test_install_uses_sudo_where_not_root(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    repository.fake("id", "echo 1000")
    repository.fake("sudo", '"$@"')
    done = repository.run("install")
    assert done.returncode == 0 and "with: sudo env DEBIAN_FRONTEND" in done.stdout
    assert any(call.startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get")
               for call in repository.calls)


def test_install_without_sudo_says_so_in_one_line(repository: FakeRepository) -> None:
    repository.fake("dpkg-query", FMT_MISSING)
    repository.fake("id", "echo 1000")
    path = repository.only("bash", "env", "dirname", "readlink", "grep")
    done = repository.run("install", path=path)
    assert done.returncode == 4 and len(done.stderr.splitlines()) == 1
    assert "run as root: apt-get install libfmt-dev" in done.stderr


def test_install_without_dpkg_names_what_is_not_found(repository: FakeRepository) -> None:
    (repository.bin / "dpkg-query").unlink()
    for name in ("g++", "meson", "ninja"):
        repository.fake(name)
    repository.fake("python3", "exit 0")
    repository.fake("pkg-config", "[[ $2 != fmt ]]")
    path = repository.only("bash", "env", "dirname", "readlink", "grep")
    env = {"FAULTLINE_PYTHON": str(repository.bin / "python3")}
    done = repository.run("install", path=path, **env)
    assert done.returncode == 4
    assert "  libfmt-dev (pc:fmt)\n" in done.stderr and "liburcu" not in done.stderr
    repository.fake("pkg-config")
    assert repository.run("install", path=path, **env).returncode == 0


def test_install_refuses_what_it_does_not_know(repository: FakeRepository) -> None:
    done = repository.run("install", "--nonsense")
    assert done.returncode == 2 and "unknown argument '--nonsense'" in done.stderr


def test_python_passes_over_one_without_the_module(repository: FakeRepository) -> None:
    repository.fake("python3", "exit 1")
    done = repository.run("python", "json", "xml.dom")
    assert (done.returncode, done.stdout) == (0, "/usr/bin/python3\n")


def test_python_executes(repository: FakeRepository) -> None:
    done = repository.run("python", "json", "--exec", "-c", "print('one two')")
    assert (done.returncode, done.stdout) == (0, "one two\n")


def test_python_names_the_package_to_install(repository: FakeRepository) -> None:
    done = repository.run("python", "no_such_module")
    assert done.returncode == 4 and len(done.stderr.splitlines()) == 1
    assert "apt-get install python3-no_such_module" in done.stderr


def test_python_that_was_named_is_the_only_candidate(repository: FakeRepository) -> None:
    repository.fake("mine", "exit 0")
    mine = str(repository.bin / "mine")
    assert repository.run("python", "json", FAULTLINE_PYTHON=mine).stdout == f"{mine}\n"
    repository.fake("mine", "exit 1")
    done = repository.run("python", "json", FAULTLINE_PYTHON=mine)
    assert done.returncode == 4 and "unset it" in done.stderr


@pytest.mark.parametrize("argument", ["--nonsense", "os; import sys"])
def test_python_refuses_what_is_no_module(repository: FakeRepository, argument: str) -> None:
    assert repository.run("python", argument).returncode == 2


FAULTLINE = """#!/bin/bash
echo "faultline $*" >>"$CALLS"
command=$1
while [[ $# -gt 0 ]]; do
  case $1 in -o | --resume) out=$2 ;; esac
  shift
done
case $command in
  run) [[ -z ${CTRL_C:-} ]] || { echo {} >"$out"; kill -INT 0; exit 9; }
    [[ -z ${WRITE-yes} ]] || echo {} >"$out"; exit "${RUN_STATUS:-0}" ;;
  report) mkdir -p "$out"; touch "$out/table.txt" "$out/a.svg" "$out/index.html" "$out/compare.html"
    exit "${REPORT_STATUS:-0}" ;;
esac
"""
MESON = """
case $1 in
  setup) mkdir -p "$2/runner" "$2/meson-info"; touch "$2/build.ninja" ;;
  configure) build=$2; set -- setup "$2" ;;
esac
echo '[{"name":"buildtype","value":"release"},{"name":"b_sanitize","value":"none"}]' \\
  >"$2/meson-info/intro-buildoptions.json"
"""


@pytest.fixture
def bench(repository: FakeRepository) -> FakeRepository:
    """The same, with a build that makes a faultline which only pretends."""
    repository.fake("meson", MESON)
    (repository.bin.parent / "faultline").write_text(FAULTLINE, encoding="ascii")
    repository.fake("ninja", f'cp "{repository.bin.parent}/faultline" "$2/runner/" &&\n'
                    'chmod +x "$2/runner/faultline"')
    return repository


def measure(fake: FakeRepository, *arguments: str, **env: str):
    """Runs tools/bench; returns the process and the calls of faultline."""
    done = fake.run("bench", *arguments, CALLS=str(fake.log), **env)
    return done, [call for call in fake.calls if call.startswith("faultline")]


def test_bench_builds_measures_and_reports(bench: FakeRepository) -> None:
    done, calls = measure(bench)
    assert done.returncode == 0, done.stderr
    (result,) = (bench.root / "results" / "local").glob("*.json")
    folder = result.with_suffix("")
    assert calls == [f"faultline run --suite quick -o {result}",
                     f"faultline report {result} -o {folder}"]
    assert f"meson setup {bench.root}/build {bench.root} --buildtype=release" in bench.calls
    assert done.stdout.endswith(f"tools/bench: result  {result}\n"
                                f"tools/bench: plot    {folder}/a.svg\n"
                                f"tools/bench: pages   {folder}/index.html\n"
                                f"tools/bench: table   {folder}/table.txt\n")


def test_bench_hands_its_arguments_on(bench: FakeRepository, tmp_path: Path) -> None:
    mine = str(tmp_path / "mine.json")
    _, calls = measure(bench, "--full", "--design", "rwsem", "-o", mine)
    assert calls[0] == f"faultline run --suite default --design rwsem -o {mine}"
    _, calls = measure(bench, "--resume", mine)
    assert calls[-2:] == [f"faultline run --resume {mine}",
                          f"faultline report {mine} -o {mine[:-5]}"]
    _, calls = measure(bench, "-o", mine, "--suite", "own", "--", "--full")
    assert calls[-2] == f"faultline run -o {mine} --suite own --full"


def test_bench_uses_a_build_again_but_never_a_debug_build(bench: FakeRepository) -> None:
    measure(bench)
    measure(bench)
    assert sum(call.startswith("meson") for call in bench.calls) == 1
    options = bench.root / "build" / "meson-info" / "intro-buildoptions.json"
    options.write_text(json.dumps([{"name": "buildtype", "value": "debug"},
                                   {"name": "b_sanitize", "value": "none"}]), encoding="ascii")
    done, _ = measure(bench)
    assert done.returncode == 0 and "make build/ a release build" in done.stdout
    assert any(call.startswith("meson configure") and "-Dbuildtype=release" in call
               for call in bench.calls)


@pytest.mark.parametrize("env", [{"RUN_STATUS": "130"}, {"CTRL_C": "yes"}], ids=str)
def test_bench_that_is_interrupted_says_how_to_resume(bench: FakeRepository, env: dict) -> None:
    done, calls = measure(bench, **env)
    assert done.returncode == 130 and len(calls) == 1
    (result,) = (bench.root / "results" / "local").iterdir()
    assert f"resume with: {bench.root}/build/runner/faultline run --resume {result}" in done.stdout


def test_bench_reports_what_a_failed_run_has_finished(bench: FakeRepository) -> None:
    done, calls = measure(bench, "-o", "a.json", RUN_STATUS="1")
    assert done.returncode == 1 and len(calls) == 2
    done, calls = measure(bench, "-o", "b.json", RUN_STATUS="2", WRITE="")
    assert done.returncode == 2 and not calls[-1].startswith("faultline report")
    done, _ = measure(bench, "-o", "c.json", REPORT_STATUS="4")
    assert done.returncode == 4 and "faultline report ended with 4" in done.stderr


def test_bench_shows_the_log_of_a_build_that_fails(bench: FakeRepository) -> None:
    bench.fake("ninja", "echo 'a.cpp:1: error: expected }'; exit 1")
    done, calls = measure(bench)
    assert done.returncode == 4 and calls == []
    assert "a.cpp:1: error: expected }" in done.stderr


def test_bench_shows_paths_as_typed_from_here(bench: FakeRepository) -> None:
    done = bench.run("bench", "-o", "mine", cwd=bench.root, CALLS=str(bench.log))
    assert done.returncode == 0
    assert "result  mine\n" in done.stdout and "table   mine.report/table.txt\n" in done.stdout


def test_bench_does_not_install_when_told_so(bench: FakeRepository) -> None:
    bench.fake("dpkg-query", FMT_MISSING)
    done, calls = measure(bench, "--no-install")
    assert done.returncode == 4 and calls == [] and "libfmt-dev" in done.stderr


def test_bench_has_examples_in_its_help(bench: FakeRepository) -> None:
    done, calls = measure(bench, "--help")
    assert done.returncode == 0 and "examples:" in done.stdout and calls == []
