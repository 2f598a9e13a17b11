"""server.py: the web server of `faultline serve`: one folder, read only, for this machine alone."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

loopback = "127.0.0.1"
# What a dashboard is made of, and nothing else: with no extension mapped to text/html but .html, a
# table.txt is shown and never run.
types = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
}


class Handler(SimpleHTTPRequestHandler):
    """Files below one folder: no listing, no links out of it, no other types."""

    directory: str  # set by the base class
    server_version = "faultline"
    sys_version = ""

    def do_GET(self) -> None:
        if self.allowed():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self.allowed():
            super().do_HEAD()

    def allowed(self) -> bool:
        """Whether the request is for a file that may be seen; answers it with an error if not.

        A page of another site that made its name mean 127.0.0.1 sends that name as the host: it is
        refused, or it could read the dashboard (DNS rebinding).
        """
        port = self.server.server_address[1]  # type: ignore[index]
        if self.headers.get("Host") not in (f"{loopback}:{port}", f"localhost:{port}"):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return False
        if not self.is_inside():
            self.send_error(HTTPStatus.NOT_FOUND)
            return False
        return True

    def is_inside(self) -> bool:
        """Whether the path is of a file of the folder, links followed, of a type that is given."""
        root = Path(self.directory).resolve()
        wanted = Path(self.translate_path(self.path))
        try:
            found = (wanted / "index.html" if wanted.is_dir() else wanted).resolve()
            return root in found.parents and found.is_file() and found.suffix in types
        except (OSError, ValueError):  # a path that no file can have: too long, with a NUL in it
            return False

    def guess_type(self, path: Any) -> str:
        return types.get(Path(path).suffix, "application/octet-stream")

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request line is text of a stranger, and nobody reads the log."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server that listens on 127.0.0.1 and has not begun to answer. Raises OSError."""
    return ThreadingHTTPServer((loopback, port), partial(Handler, directory=str(folder)))
