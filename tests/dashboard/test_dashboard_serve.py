"""test_dashboard_serve.py: `faultline serve`: on loopback, one folder, nothing else."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator

import pytest

from report.__main__ import main
from report.dashboard.server import make_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def port(dashboard: Path) -> Iterator[int]:
    server = make_server(dashboard, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def ask(
    port: int, path: str, host: str | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of an answer; the path is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_pages_and_scripts(port: int, dashboard: Path) -> None:
    status, headers, body = ask(port, "/")
    assert status == 200 and body == (dashboard / "index.html").read_bytes()
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    for path, kind in (
        ("/data/scaling.js", "text/javascript"), ("/assets/NOTICE.txt", "text/plain"),
    ):
        status, headers, _ = ask(port, path)
        assert status == 200 and headers["content-type"].startswith(kind)
    assert ask(port, "/", f"localhost:{port}")[0] == 200
    assert ask(port, "/scaling.html", method="HEAD")[2] == b""


@pytest.mark.parametrize("path", [
    "/../../../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/assets/",
    "/none.html", "/secret.json", "/link.txt", "/%00", "/index.html/..%2f..%2fsecret.json",
    "/" + "a" * 5000,
])
def test_nothing_else_is_given(port: int, dashboard: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    secret, link = dashboard / "secret.json", dashboard / "link.txt"
    secret.write_text("secret")
    link.symlink_to(outside)
    try:
        status, _, body = ask(port, path)
        assert status == 404 and b"secret" not in body.replace(path.encode(), b"")
    finally:
        secret.unlink()
        link.unlink()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", ""])
def test_another_name_for_this_machine_is_refused(port: int, host: str) -> None:
    status, _, body = ask(port, "/", host.format(port=port) or "nobody")
    assert status == 421 and b"Overview" not in body


def test_only_reading(port: int) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask(port, "/", method=method)[0] == 501


def test_from_start_to_ctrl_c(dashboard: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "report", "serve", str(dashboard), "--port", "0"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        end = threading.Timer(60, process.kill)  # or a failure below would wait for ever
        end.start()
        line = process.stdout.readline()
        address = re.search(r" is at http://127\.0\.0\.1:(\d+)/ for this machine alone", line)
        assert address is not None, line
        assert ask(int(address[1]), "/")[0] == 200
        listening = socket.socket()
        other = socket.gethostbyname(socket.gethostname())
        if not other.startswith("127."):
            assert listening.connect_ex((other, int(address[1]))) != 0
        listening.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""
        end.cancel()


def test_a_port_in_use(dashboard: Path, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", str(dashboard), "--port", str(port)]) == 4
    message = capsys.readouterr().err
    assert message == (f"faultline serve: port {port} is in use; give another one with --port, or "
                       "--port 0 for a free one\n")


@pytest.mark.parametrize("make, words", [
    (lambda folder: None, "is no folder"),
    (lambda folder: folder.mkdir(), "is no dashboard"),
    (lambda folder: (folder.mkdir(), (folder / "index.html").write_text("<p>mine")),
     "is no dashboard"),
])
def test_other_folders_are_refused(
    make: object, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    assert main(["serve", str(tmp_path / "x")]) == 2
    message = capsys.readouterr().err
    assert words in message and message.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536", "http", "\u0661"])
def test_wrong_ports(port: str, dashboard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", str(dashboard), f"--port={port}"])
    assert end.value.code == 2 and "is no port" in capsys.readouterr().err
