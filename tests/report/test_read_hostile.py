"""test_read_hostile.py: files made to do harm: one line, exit 2 or 4, whatever is in them."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any, Callable

import pytest

import synthetic
import synthetic_check
import synthetic_sim
from report import ReportError, load_file, load_text
from report.load_text import parse_strict

Change = Callable[[dict[str, Any]], None]


def small() -> bytes:
    return json.dumps(synthetic.result(threads=(1,), rounds=1)).encode()


def refused(path: Path) -> ReportError:
    with pytest.raises(ReportError) as error:
        load_file(path)
    words = str(error.value)
    assert "\n" not in words and len(words) < 2000 and "; " in words
    return error.value


@pytest.mark.parametrize("made", [synthetic.result, synthetic_check.result, synthetic_sim.result],
                         ids=["host", "check", "sim"])
@pytest.mark.parametrize("name", ["a.json.gz", "a.json", "a"])
def test_gzip_is_known_by_its_bytes(made: Callable[[], Any], name: str, tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.json", tmp_path / name
    data = json.dumps(made()).encode()
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data) + b"\0" * 512)
    one, other = load_file(plain), load_file(packed)
    assert other.path == packed and one.runs == other.runs and one.session == other.session


def test_standard_input(monkeypatch: pytest.MonkeyPatch, faultline: Callable[..., Any]) -> None:
    class Input:
        buffer = io.BytesIO(gzip.compress(small()))

    monkeypatch.setattr("sys.stdin", Input)
    done = faultline("export", "--format", "text", "-")
    assert done.code == 0 and "pf_shared" in done.out and done.err == ""
    done = faultline("export", "--format", "text", "-")  # nothing is left in it
    assert done.code == 2 and "standard input is empty" in done.err


packed_bad: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated": (lambda: gzip.compress(small())[:-20], "is truncated gzip; copy"),
    "only the magic": (lambda: b"\x1f\x8b", "is truncated gzip"),
    "no gzip": (lambda: b"\x1f\x8b" + bytes(range(60)), "is damaged gzip; copy"),
    "checksum": (lambda: gzip.compress(small())[:-8] + b"\1" * 8, "is damaged gzip"),
    "two files": (lambda: gzip.compress(small()) * 2, "goes on behind the end"),
    "gzip in gzip": (lambda: gzip.compress(gzip.compress(small())), "is not UTF-8"),
    "empty": (lambda: gzip.compress(b""), "is empty"),
}


@pytest.mark.parametrize("made, words", packed_bad.values(), ids=packed_bad.keys())
def test_damaged_gzip(made: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(made())
    error = refused(path)
    assert error.exit_code == 2 and words in str(error)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some kilobytes that would become gigabytes: no more than the bound is ever in memory."""
    assert load_text.bytes_max == 256 * 2**20, "docs/results.md says so"
    monkeypatch.setattr(load_text, "bytes_max", 2**20)
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(64)) + packer.flush()
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(bomb)
    assert len(bomb) < 2**17
    error = refused(path)
    assert error.exit_code == 2 and "unpacks to more than 1 MiB" in str(error)
    path.write_bytes(b" " * (2**20 + 1))
    assert "is larger than 1 MiB" in str(refused(path))


def test_a_file_without_end_is_read_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_text, "bytes_max", 2**16)
    assert "is larger than" in str(refused(Path("/dev/zero")))


texts: dict[str, tuple[str, str]] = {
    "a key twice": ('{"schema": "faultline.result", "schema": "x"}',
                    'the key "schema" is twice in one object; the file was damaged'),
    "a key twice, deep inside": (
        small().decode().replace('"ops":', '"ops": 5, "ops":', 1), 'the key "ops" is twice'),
    "half a pair": (small().decode().replace('"pf_shared"', '"\\ud800"', 1), "half a surrogate"),
    "the other half": (small().decode().replace('"pf_shared"', '"\\uDfff x"', 1), "surrogate"),
    "half a pair as a key": (small().decode().replace('"hists"', '"\\ud83d"', 1), "surrogate"),
    "nested": ('{"a":' * 5000 + "1" + "}" * 5000, "nested too deep"),
    "arrays": ("[" * 200_000 + "]" * 200_000, "nested too deep"),
    "many digits": ('{"schema_version": ' + "9" * 100_000 + "}", "a number too long"),
    "-Infinity": ('{"schema": -Infinity}', "-Infinity is not JSON"),
    "byte order mark": ("\ufeff{}", "BOM"),
}


@pytest.mark.parametrize("text, words", texts.values(), ids=texts.keys())
def test_texts(text: str, words: str, write: Callable[..., Path]) -> None:
    error = refused(write(text))
    assert error.exit_code == 2 and words in str(error)


def test_a_whole_pair_is_text() -> None:
    assert parse_strict('["\\ud83d\\ude00"]', "x") == ["\U0001f600"]


@pytest.mark.parametrize("data", [b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b"\xc0\xaf", b"\x80"])
def test_bytes_that_are_no_utf_8(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    assert "is not UTF-8" in str(refused(path))


def trial(**values: Any) -> Change:
    return lambda d: d["runs"][0]["trials"][1].update(values)


changes: dict[str, tuple[Change, int, str]] = {
    "400 digits": (trial(ops=10**400), 2, "trials[1].ops is not finite"),
    "400 digits of seconds": (trial(s=10**400), 2, "trials[1].s is not finite"),
    "seconds that are as good as 0": (trial(s=5e-324), 2, "beyond what a figure can be"),
    "CPU time that is as good as 0": (trial(cpu_s=1e-300), 2, "beyond what a figure can be"),
    "seconds without end": (trial(s=1e300), 2, "beyond what a figure can be"),
    "2^53": (trial(ops=2**53), 2, "is 2^53 or more"),
    "far below 0": (trial(ops=-(10**30)), 2, "less than 0"),
    "parameter": (lambda d: d["benchmarks"][0]["params"].update(pages=10**300), 2,
                  "params.pages is 1000"),
    "id that is a path": (lambda d: d["session"].update(id="../../../etc/passwd"), 2,
                          'session.id is "../../../etc/passwd", not the time'),
    "machine that is a path": (lambda d: d["machine"].update(id="../x"), 2, "16 hex digits"),
    "commit that is a path": (lambda d: d["subjects"][0]["vcs"].update(commit="/x"), 2, "a commit"),
    "commit of the tool": (lambda d: d["session"]["tool"].update(commit="HEAD"), 2, "a commit"),
    "id with a line break": (lambda d: d["session"].update(id=d["session"]["id"] + "\n"), 2, "not"),
    "unknown bench": (lambda d: d["session"].update(bench="guess"), 4, '"guess", which this'),
    "a key of a megabyte": (lambda d: d["benchmarks"][0]["params"].update({"k" * 2**20: []}), 2,
                            "is not a plain value"),
    "a text of a megabyte": (lambda d: d["session"].update(bench="b" * 2**20), 4, "bbb"),
    "a version of a megabyte": (lambda d: d.update(schema_version="1" * 2**20), 2, "1..."),
}


@pytest.mark.parametrize("change, code, words", changes.values(), ids=changes.keys())
def test_values(change: Change, code: int, words: str, write: Callable[..., Path]) -> None:
    document = synthetic.result(threads=(1,), rounds=1)
    change(document)
    error = refused(write(document))
    assert error.exit_code == code and words in str(error)


def test_a_file_of_the_bench_kernel_is_read_like_one_of_the_host(
    document: dict[str, Any], write: Callable[..., Path]
) -> None:
    host = load_file(write(document, "host.json"))
    document["session"]["bench"] = "kernel"
    kernel = load_file(write(document, "kernel.json"))
    assert kernel.session.bench == "kernel" and type(kernel) is type(host)
    assert kernel.runs == host.runs and kernel.plan == host.plan


def test_a_name_no_file_can_have() -> None:
    assert "cannot read" in str(refused(Path("a\0b")))
