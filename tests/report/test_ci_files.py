"""test_ci_files.py: tools/ci: the shell gate runs for real on a stub, the YAML files are read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "tools" / "ci"
STUB = Path(__file__).with_name("ci_stub.py")
Done = subprocess.CompletedProcess


class Repository:
    """A git repository with tools/ci, whose build is a stub; bin has the programs that pretend."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.log = folder / "repository", folder / "bin", folder / "calls.txt"
        self.bin.mkdir()
        shutil.copytree(CI, self.root / "tools" / "ci")
        self.fake("meson", 'mkdir -p "$3"')
        self.fake("ninja", f"""\
test ! -e "$2/../broken" || {{ echo "error: lock.hpp:1: expected ;"; exit 1; }}
mkdir -p "$2/runner"
printf '#!/bin/bash\\nexec "{sys.executable}" "{STUB}" "%s" "{self.log}" "$@"\\n' \\
  "$(realpath "$2/..")" >"$2/runner/faultline"
chmod +x "$2/runner/faultline"
""")
        self.git("init", "-q", "-b", "main")
        self.commit()

    def fake(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/bash\n{script}\n", encoding="ascii")
        (self.bin / name).chmod(0o755)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
            cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, *files: str) -> str:
        """A commit that adds empty files; returns its name."""
        for name in files:
            (self.root / name).write_text("")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, *command: str, **env: str) -> Done[str]:
        """A command in the repository, with few variables and the fakes first on PATH."""
        return subprocess.run(
            list(command), cwd=self.root, text=True, capture_output=True, check=False,
            timeout=120, env={"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.root),
                              "LC_ALL": "C", **env})

    def gate(self, *arguments: str, **env: str) -> Done[str]:
        return self.run("tools/ci/gate.sh", "--cool-down", "0", *arguments, **env)

    @property
    def calls(self) -> list[list[str]]:
        """What the stub was asked: [side, command, ...]."""
        return [line.split() for line in self.log.read_text().splitlines()]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_regression_is_screened_confirmed_and_kept(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("slow")
    summary = tmp_path / "summary.md"
    done = repository.gate(
        "--rounds", "6", "--confirm-rounds", "8", "main", "--", "--trials", "1",
        GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "confirmed by fresh runs" in done.stdout
    out = repository.root / "faultline-gate"
    assert json.loads((out / "verdict.json").read_text())["stage"] == "screen and confirm"
    assert (out / "gate.txt").read_text() in done.stdout
    assert summary.read_text() == (out / "gate.md").read_text()
    assert "<testsuites" in (out / "gate.xml").read_text()
    runs = [call for call in repository.calls if call[1] == "run"]
    assert [call[0] for call in runs[:4]] == ["base", "new", "new", "base"]
    assert len(runs) == 2 * (6 + 8)
    assert runs[-1][2:8] == ["--trials", "1", "--design", "rwsem", "--workload", "pf_shared"]
    assert [call[call.index("--seed") + 1] for call in runs[:2]].count(
        runs[0][runs[0].index("--seed") + 1]) == 2, "both sides of a round have its seed"
    assert not (out / "tree").exists()
    assert repository.git("worktree", "list").count("\n") == 0


def test_an_equal_build_passes_without_a_confirmation(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("harmless")
    done = repository.gate("--rounds", "4", "main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len([call for call in repository.calls if call[1] == "run"]) == 8


def test_crashes_fail_at_once(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("crash")
    done = repository.gate("--rounds", "2", "main")
    assert done.returncode == 1
    assert "crash: signal 11" in done.stdout


@pytest.mark.parametrize("bench, code", [("sim", 1), ("check", 0)])
def test_exact_benches_are_recorded_once(repository: Repository, bench: str, code: int) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("slow")
    done = repository.gate("--bench", bench, "main", "--", "--quick")
    assert done.returncode == code, done.stdout + done.stderr
    assert [call[:3] for call in repository.calls[:2]] == [
        ["base", bench, "--quick"], ["new", bench, "--quick"]]


def test_only_what_the_topic_changed_is_judged(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "topic")
    fork = repository.git("rev-parse", "main")
    repository.commit("harmless")
    repository.git("switch", "-q", "main")
    repository.commit("slow")
    done = repository.gate("--bench", "sim", "main", "topic")
    assert done.returncode == 0, "the base is where topic left main"
    assert f"building base ({fork[:12]})" in done.stdout


def test_options_are_handed_to_the_gate(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("slow")
    (repository.root / "accepted.toml").write_text(
        '[[accepted]]\nbenchmark = "*"\nmetric = "*"\ndate = 2026-01-01\nreason = "known"\n')
    done = repository.gate("--bench", "sim", "--accepted", "accepted.toml", "main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accepted: known" in " ".join(done.stdout.split())
    done = repository.gate("--bench", "sim", "--threshold", "50", "-o", "second", "main")
    assert done.returncode == 0


@pytest.mark.parametrize("file, code, words", [
    ("broken", 2, "expected ;"), ("refuse", 4, "recording new ended with 4"),
])
def test_what_cannot_be_built_or_recorded_ends_the_gate(
    repository: Repository, file: str, code: int, words: str
) -> None:
    repository.git("switch", "-q", "-c", "topic")
    repository.commit(file)
    done = repository.gate("--bench", "sim", "main")
    assert done.returncode == code
    assert words in done.stderr
    assert repository.git("worktree", "list").count("\n") == 0


@pytest.mark.parametrize("arguments, code, words", [
    ((), 2, "give BASE"),
    (("main", "--rounds"), 2, "--rounds needs a value"),
    (("--rounds", "x", "main"), 2, "needs a number"),
    (("--nonsense",), 2, "unknown option"),
    (("--accepted", "nowhere.toml", "main"), 2, "there is no file 'nowhere.toml'"),
    (("--threshold", "much", "main"), 2, "needs a percentage"),
    (("--bench", "kernel", "main"), 2, "--bench is run, sim or check"),
    (("nowhere",), 2, "git knows no commit 'nowhere'"),
    (("-o", "tools", "main"), 2, "is there already"),
    (("main", "main"), 5, "nothing to judge"),
])
def test_wrong_use_says_what_is_wrong(
    repository: Repository, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = repository.gate(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert not (repository.root / "faultline-gate").exists()


def test_help_is_printed(repository: Repository) -> None:
    done = repository.gate("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: tools/ci/gate.sh")


def test_the_scripts_are_sound_bash() -> None:
    scripts = sorted(CI.glob("*.sh"))
    assert scripts
    for script in scripts:
        assert os.access(script, os.X_OK)
        subprocess.run(["bash", "-n", str(script)], check=True)


def load(name: str) -> dict[Any, Any]:
    yaml = pytest.importorskip("yaml", reason="python3-yaml is not there to parse the CI files")
    return yaml.safe_load((CI / name).read_text(encoding="ascii"))


def fakes_for_a_job(repository: Repository) -> None:
    """What the jobs call besides the gate, which is no part of this test."""
    repository.fake("apt-get", "exit 0")
    install = repository.root / "tools" / "install"
    install.write_text("#!/bin/bash\nexit 0\n")
    install.chmod(0o755)
    (repository.root / "accepted.toml").write_text("")
    repository.git("switch", "-q", "-c", "topic")
    repository.commit("harmless")


def substitute(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("${{ " + name + " }}", value)
    assert "${{" not in text
    return text


def test_github_the_exact_job_runs(repository: Repository) -> None:
    workflow = load("github-actions.yml")
    assert workflow[True] == {"pull_request": None}, "not pull_request_target: forks have no rights"
    assert workflow["permissions"] == {"contents": "read"}
    fakes_for_a_job(repository)
    job = workflow["jobs"]["exact"]
    for case in job["strategy"]["matrix"]["include"]:
        values = {
            "github.event.pull_request.base.sha": repository.git("rev-parse", "main"),
            "matrix.bench": case["bench"], "matrix.arguments": case["arguments"],
        }
        shutil.rmtree(repository.root / "faultline-gate", ignore_errors=True)
        for step in job["steps"]:
            if "run" not in step:
                assert "actions/" in step["uses"]
                continue
            assert "${{" not in step["run"], "expressions belong into env, not into a script"
            env = {k: substitute(v, values) for k, v in step.get("env", {}).items()}
            done = repository.run("bash", "-eo", "pipefail", "-c", step["run"], **env)
            assert done.returncode == 0, (step, done.stdout, done.stderr)
        assert repository.calls[-2][1:3] == [case["bench"], case["arguments"].split()[0]]
        assert (repository.root / "faultline-gate" / "gate.xml").exists()


def test_github_the_measured_job_stays_off_forks_and_keeps_its_files(
    repository: Repository,
) -> None:
    job = load("github-actions.yml")["jobs"]["measured"]
    assert "head.repo.full_name == github.repository" in job["if"]
    assert job["runs-on"] == ["self-hosted", "quiet"]
    for one in load("github-actions.yml")["jobs"].values():
        upload = one["steps"][-1]
        assert upload["if"] == "always()" and upload["with"]["path"] == "faultline-gate/"
        checkout = next(s for s in one["steps"] if "checkout" in s.get("uses", ""))
        assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    gate = next(step for step in job["steps"] if step.get("name") == "gate")
    script = repository.root / "tools" / "ci" / "gate.sh"
    script.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    done = repository.run("bash", "-eo", "pipefail", "-c", gate["run"], BASE="abc")
    assert done.stdout.split() == [
        "abc", "--", "--suite", "default", "--workload", "pf_shared"]


def resolved(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A GitLab job with what it extends; variables are merged, all else replaced."""
    job = document[name]
    if "extends" not in job:
        return job
    parent = resolved(document, job["extends"])
    return parent | job | {"variables": parent.get("variables", {}) | job.get("variables", {})}


@pytest.mark.parametrize("name", ["gate:sim", "gate:check"])
def test_gitlab_the_exact_jobs_run(repository: Repository, name: str) -> None:
    job = resolved(load("gitlab-ci.yml"), name)
    fakes_for_a_job(repository)
    repository.git("remote", "add", "origin", str(repository.root))
    lines = [*job["before_script"], *job["script"]]
    assert all(isinstance(line, str) for line in lines), "a colon made a line something else"
    done = repository.run(
        "bash", "-eo", "pipefail", "-c", "\n".join(lines), **job["variables"],
        CI_MERGE_REQUEST_DIFF_BASE_SHA=repository.git("rev-parse", "main"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert repository.calls[-2][1] == job["variables"]["BENCH"]
    report = repository.root / job["artifacts"]["reports"]["junit"]
    assert report.exists()
    assert job["artifacts"]["when"] == "always"
    assert job["variables"]["GIT_DEPTH"] == "0", "the merge base needs the history"


def test_gitlab_the_measured_job_stays_off_forks() -> None:
    job = resolved(load("gitlab-ci.yml"), "gate:measured")
    assert "CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in job["rules"][0]["if"]
    assert job["tags"] == ["quiet"] and job["resource_group"]
    assert job["variables"]["BENCH"] == "run" and "image" not in job
