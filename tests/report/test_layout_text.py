"""The text layouts as mails want them: width, ASCII, indent; the facts; golden files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_compare
from report import load_result
from report.compare import compare_within
from report.layouts import Options, layouts

Write = Callable[..., Path]
Golden = Callable[[str, str], None]
text_layouts = [name for name, layout in layouts.items() if layout.text]


@pytest.mark.parametrize("kind", list(synthetic_compare.every))
@pytest.mark.parametrize("layout", text_layouts)
@pytest.mark.parametrize("width", [60, 72, 100])
def test_fits_a_mail(layout: str, kind: str, width: int, write: Write) -> None:
    text = layouts[layout].render(synthetic_compare.one(kind, write), Options(width))
    assert text.endswith("\n") and not text.endswith("\n\n")
    for line in text.splitlines():
        assert len(line) <= width, line
        assert line == line.rstrip() and (not line or line.startswith("  ")), line
        assert line.isascii() and line.isprintable(), line


@pytest.mark.parametrize("kind", ["within-host", "within-sim", "files"])
@pytest.mark.parametrize("layout", list(layouts))
def test_golden(layout: str, kind: str, write: Write, golden: Golden) -> None:
    text = layouts[layout].render(synthetic_compare.one(kind, write))
    golden(f"compare-{kind}-{layout}.txt", text)


@pytest.mark.parametrize("layout", [*text_layouts, "markdown"])
def test_says_what_a_cut_out_table_needs(layout: str, write: Write) -> None:
    text = " ".join(layouts[layout].render(synthetic_compare.one("within-host", write)).split())
    for fact in ("Synthetic CPU 9000", "Linux 6.18.44", "8 rounds", "exact signed-rank",
                 "runs (processes) a row", "2%", "pinned compact", "sd of a run", "degraded"):
        assert fact in text.replace("\\", ""), fact


@pytest.mark.parametrize("layout", [*text_layouts, "markdown"])
def test_a_simulation_is_called_one(layout: str, write: Write) -> None:
    text = " ".join(layouts[layout].render(synthetic_compare.one("within-sim", write)).split())
    text = text.replace("\\", "")
    for fact in ("SIMULATED toy-2s", "calibrated: partly", "8 seeds (1 to 8)"):
        assert fact in text, fact
    for lie in ("measured", "Synthetic CPU 9000", "6.18.44"):
        assert lie not in text, lie


@pytest.mark.parametrize("layout", [*text_layouts, "markdown"])
def test_a_simulated_table_without_its_head_says_so(layout: str, write: Write) -> None:
    text = " ".join(layouts[layout].render(synthetic_compare.one("within-sim", write)).split())
    for title in ("throughput", "waiting time, 99th percentile", r"fairness \(Jain's index\)"):
        found = re.findall(rf"{title}(?: \[\S+\])?, SIMULATED toy-2s", text.replace("\\", ""))
        assert len(found) == (2 if layout in ("faultline", "lkp", "markdown") else 1), title


@pytest.mark.parametrize("layout", [*text_layouts, "markdown"])
def test_unpaired_says_so(layout: str, write: Write) -> None:
    text = " ".join(layouts[layout].render(synthetic_compare.one("files", write)).split())
    assert "NOT interleaved: drift between the recordings is not excluded" in text
    assert "signed-rank" not in text


@pytest.mark.parametrize("layout", list(layouts))
def test_same_bytes_twice(layout: str, write: Write) -> None:
    comparison = synthetic_compare.one("within-sim", write)
    assert layouts[layout].render(comparison) == layouts[layout].render(comparison)


@pytest.mark.parametrize("layout", text_layouts)
@pytest.mark.parametrize("text", synthetic_compare.hostile)
def test_strangers_labels_break_nothing(layout: str, text: str, write: Write) -> None:
    comparison = compare_within(load_result(write(synthetic_compare.poisoned(text))))
    written = layouts[layout].render(comparison)
    for line in written.splitlines():
        assert len(line) <= 72 and line.isascii() and line.isprintable(), line
        assert not line or line.startswith("  "), line


def test_a_narrower_width_is_refused() -> None:
    with pytest.raises(ValueError, match="59 is less than 60"):
        Options(59)
    assert Options(60).width == 60


@pytest.mark.parametrize("layout", text_layouts)
def test_git_keeps_the_table_in_a_commit_message(
    layout: str, write: Write, tmp_path: Path
) -> None:
    """As a message of a patch: git mailinfo and git am give every line back."""
    table = layouts[layout].render(synthetic_compare.one("within-host", write))
    patch = (
        "From: A Name <name@example.org>\nSubject: [PATCH] mm: a change\n"
        f"Date: Mon, 23 Nov 2026 09:00:00 +0000\n\nFigures:\n\n{table}\n---\n"
        " file | 1 +\n 1 file changed, 1 insertion(+)\n\n"
        "diff --git a/file b/file\nnew file mode 100644\n--- /dev/null\n+++ b/file\n"
        "@@ -0,0 +1 @@\n+a line\n-- \n2.39.5\n"
    )
    (tmp_path / "patch.eml").write_text(patch, encoding="ascii")
    repository = tmp_path / "repository"
    git(tmp_path, "init", "-q", str(repository))
    git(repository, "am", "-q", "../patch.eml")
    assert table in git(repository, "log", "-1", "--format=%B")
    git(tmp_path, "mailinfo", "message", "diff", stdin=patch)
    assert table in (tmp_path / "message").read_text(encoding="ascii")


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder),
                "PATH": "/usr/bin:/bin", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@d"}
    done: Any = subprocess.run(["git", *arguments], cwd=folder, input=stdin, text=True,
                               capture_output=True, check=True, env=settings)
    return str(done.stdout)
