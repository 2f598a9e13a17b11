"""faultline mail: a draft that git, a mail parser and seven-bit lines leave as it is."""

from __future__ import annotations

import email
import email.policy
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic_compare
from report import ReportError, load_result
from report.compare import compare_within
from report.layouts import Options, layouts
from report.mail.draft import body_of, command_lines, subject_of
from report.mail.message import Headers, address, message, prose, unsafe

Write = Callable[..., Path]
Faultline = Callable[..., Any]
sender = ("--from", "A Name <name@example.org>")
git_settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
                "PATH": "/usr/bin:/bin", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b",
                "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@d"}


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, input=stdin, text=True,
                          capture_output=True, check=True, env=git_settings | {"HOME": str(folder)})
    return done.stdout


@pytest.fixture
def draft(faultline: Faultline, write: Write) -> str:
    """A mail about a measured file."""
    path = write(synthetic_compare.host(1.05), "run.json")
    done = faultline("mail", path, *sender, "--to", "linux-mm@kvack.org", "--design",
                     "rwsem,refcount", "--date", "Mon, 23 Nov 2026 09:00:00 +0000")
    assert done.code == 0, done.err
    return str(done.out)


def parsed(text: str) -> Any:
    return email.message_from_string(text, policy=email.policy.default)


def test_headers(draft: str) -> None:
    mail = parsed(draft)
    assert mail["From"] == "A Name <name@example.org>" and mail["To"] == "linux-mm@kvack.org"
    assert mail["Subject"].startswith("[RESULT] mm: refcount vs rwsem")
    assert mail.get_content_type() == "text/plain" and mail.get_content_charset() == "us-ascii"
    assert mail["Content-Transfer-Encoding"] == "7bit" and not mail.defects
    assert mail["Date"].datetime.year == 2026


def test_body_has_its_parts(draft: str) -> None:
    body = parsed(draft).get_content()
    places = [body.index(part) for part in (
        "This compares refcount with rwsem", "faultline compare:", "verdicts:", "threads (log2)",
        "\nMethod\n", "\nTo reproduce\n", "faultline run --suite quick", "\nPlots\n")]
    assert places == sorted(places)
    assert "on Synthetic CPU 9000, Linux 6.18.44. Of 18 comparisons: " in " ".join(body.split())


def test_the_table_is_that_of_compare(faultline: Faultline, write: Write) -> None:
    path = write(synthetic_compare.host(), "run.json")
    for layout in ("faultline", "mmtests", "lkp", "benchstat"):
        table = faultline("compare", path, "--layout", layout).out
        assert table in faultline("mail", path, *sender, "--layout", layout).out


def test_seven_bit_transport(draft: str) -> None:
    assert draft.isascii() and "\r" not in draft and "\t" not in draft
    assert all(len(line) < 79 for line in draft.splitlines())
    transported = parsed(draft.replace("\n", "\r\n")).get_content()
    assert transported.splitlines() == parsed(draft).get_content().splitlines()


def test_survives_mailinfo(draft: str, tmp_path: Path) -> None:
    info = git(tmp_path, "mailinfo", "message", "diff", stdin=draft)
    assert "Author: A Name\nEmail: name@example.org\n" in info
    assert (tmp_path / "message").read_text(encoding="ascii").strip() == parsed(
        draft).get_content().strip()
    assert (tmp_path / "diff").read_text(encoding="ascii") == ""


def test_survives_a_cover_letter_and_am(draft: str, tmp_path: Path) -> None:
    """As the message of a patch made by format-patch and applied by am, nothing is cut or moved."""
    repository, other = tmp_path / "one", tmp_path / "other"
    for folder in (repository, other):
        git(tmp_path, "init", "-q", str(folder))
    (repository / "file").write_text("a line\n", encoding="ascii")
    git(repository, "add", "file")
    body = parsed(draft).get_content()
    git(repository, "-c", "user.name=C", "-c", "user.email=c@d", "commit", "-q", "-F", "-",
        "--cleanup=strip", stdin=f"mm: a change\n\n{body}")
    mailed = git(repository, "format-patch", "--stdout", "--root", "HEAD")
    git(other, "am", "-q", stdin=mailed)
    expected = body.strip().replace("\n\n\n", "\n\n")
    assert git(other, "log", "-1", "--format=%b").strip() == expected
    cover = mailed.replace("mm: a change", "[PATCH 0/1] mm: a change")
    git(tmp_path, "mailinfo", "message", "diff", stdin=cover)
    assert expected in (tmp_path / "message").read_text(encoding="ascii")


@pytest.mark.skipif(shutil.which("git-send-email", path="/usr/lib/git-core") is None,
                    reason="git-email is not installed")
def test_send_email_takes_it(draft: str, tmp_path: Path) -> None:
    (tmp_path / "draft.eml").write_text(draft, encoding="ascii")
    git(tmp_path, "init", "-q")
    said = git(tmp_path, "send-email", "--dry-run", "--confirm=never", "--from=a@example.org",
               "--smtp-server=/bin/true", "draft.eml")
    assert "To: linux-mm@kvack.org" in said and "[RESULT] mm: refcount vs rwsem" in said


@pytest.mark.parametrize("text", synthetic_compare.hostile)
def test_strangers_labels_are_no_headers(text: str, faultline: Faultline, write: Write) -> None:
    done = faultline("mail", write(synthetic_compare.poisoned(text)), *sender)
    assert done.code == 0, done.err
    mail = parsed(done.out)
    assert mail.keys() == ["From", "Subject", "MIME-Version", "Content-Type",
                           "Content-Transfer-Encoding"]
    assert all(unsafe(line) is None for line in mail.get_content().splitlines())
    assert mail.get_content().startswith("This compares ")
    assert all(len(line) < 79 for line in done.out.splitlines())


@pytest.mark.parametrize("text", synthetic_compare.hostile)
def test_the_command_can_be_pasted(text: str) -> None:
    argv = ["faultline", "run", "--label", text, "-o", "x y.json"]
    lines = command_lines(argv, 72)
    if len(text) > 70:
        assert "too long for a mail" in " ".join(lines)
        return
    assert all(line.isascii() and line.isprintable() for line in lines)
    shown = subprocess.run(["bash", "-c", f"printf '%s\\0' {chr(10).join(lines)}"],
                           capture_output=True, check=True).stdout
    assert shown.decode().split("\0")[:-1] == argv


def test_an_option_keeps_its_value() -> None:
    argv = shlex.split("faultline sim --machine bdw-28c-2s --design rwsem,refcount --workload x "
                       "--cpus 1,2,4,8 --seeds 8 -o /somewhere/else/in/a/folder.json")
    lines = command_lines(argv, 72)
    assert len(lines) > 1 and all(line.endswith(" \\") for line in lines[:-1])
    assert not any(line.split()[-2].startswith("-") for line in lines[:-1] if len(line.split()) > 2
                   and line.split()[-2] in ("-o", "--seeds") and line.split()[-1] == "\\")
    assert " ".join(line.removesuffix("\\").strip() for line in lines).split() == argv


def test_a_simulation_says_so(faultline: Faultline, write: Write) -> None:
    done = faultline("mail", write(synthetic_compare.sim()), *sender)
    mail = parsed(done.out)
    assert "SIMULATED" in mail["Subject"]
    assert "nothing here was measured" in " ".join(mail.get_content().split())
    assert "Synthetic CPU 9000" not in done.out


def test_subject_fits(write: Write) -> None:
    with_counts = 0
    for kind in synthetic_compare.every:
        subject = subject_of(synthetic_compare.one(kind, write))
        assert subject.startswith("[RESULT] mm: ") and len(subject) <= 75, subject
        with_counts += ": " in subject.removeprefix("[RESULT] mm: ")
    assert with_counts >= 4


def test_links(faultline: Faultline, write: Write) -> None:
    path = write(synthetic_compare.host(), "run.json")
    done = faultline("mail", path, *sender, "--link", "https://example.org/a.svg")
    assert done.out.endswith("\nPlots\n\n  https://example.org/a.svg\n")
    assert "[links to the plots]" in faultline("mail", path, *sender).out
    assert faultline("mail", path, *sender, "--link", "two words").code == 2


def test_the_sender_is_gits(
    faultline: Faultline, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(synthetic_compare.host(), "run.json")
    settings = tmp_path / "settings"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    done = faultline("mail", path)
    assert done.code == 2 and "give --from" in done.err
    settings.write_text("[user]\nname = G Name\nemail = g@example.org\n", encoding="ascii")
    assert parsed(faultline("mail", path).out)["From"] == "G Name <g@example.org>"


@pytest.mark.parametrize("wrong", [
    "nobody", "a@b\nBcc: c@d", "a@b>, <c@d", "", "<a@b", "a@b c@d", "A\u00e9 <a@b>", "a@b;c",
    "A <a b@c>",
])
def test_addresses_that_are_none(wrong: str) -> None:
    with pytest.raises(ReportError, match="is no address") as error:
        address(wrong, "--to")
    assert error.value.exit_code == 2


@pytest.mark.parametrize("options, words", [
    (["--date", "tomorrow"], "is no date of a mail"),
    (["--to", "nobody"], "is no address"),
    (["--cc", "a@b,"], "is no address"),
    (["--layout", "csv"], "invalid choice"),
])
def test_wrong_use(options: list[str], words: str, faultline: Faultline, write: Write) -> None:
    done = faultline("mail", write(synthetic_compare.host()), *sender, *options)
    assert done.code == 2 and words in done.err


def test_a_subject_of_ones_own_is_one_line(faultline: Faultline, write: Write) -> None:
    done = faultline("mail", write(synthetic_compare.host()), *sender, "--subject",
                     "mine\nBcc: a@b")
    assert parsed(done.out)["Subject"] == "mine Bcc: a@b" and parsed(done.out)["Bcc"] is None


@pytest.mark.parametrize("line", ["--- a", "diff -u", "Index: x", "From me", "x" * 79, "tail ",
                                  "\u00e9", "a\tb", "#no", ".", "Subject: x"])
def test_a_body_that_would_not_survive_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="a line of a mail"):
        message(Headers("a@b", "s"), [line])
    assert all(unsafe(one) is None for one in prose(line, 72))


def test_two_files_have_a_plot_for_each_design(faultline: Faultline, write: Write) -> None:
    """Eight curves in one plot could not be told apart."""
    files = [write(document, name) for name, document in (
        ("base.json", synthetic_compare.host()),
        ("new.json", synthetic_compare.twin(synthetic_compare.host(1.2))))]
    body = faultline("mail", *files, *sender, "--workload", "pf_shared").out
    for design in ("rwsem", "atomic", "refcount", "mmap_lock"):
        assert f"  pf_shared/design={design} [fault/s], medians of n runs\n" in body
    assert body.count("B=base  N=new  &=overlap") == 4 and "not drawn" not in body


def test_golden(write: Write, golden: Callable[[str, str], None]) -> None:
    comparison = compare_within(load_result(write(synthetic_compare.sim(), "sim.json")))
    body = body_of(comparison, "faultline", Options())
    golden("mail.txt", message(Headers("A Name <name@example.org>", subject_of(comparison)), body))
    assert layouts["faultline"].render(comparison) in "\n".join(body)
