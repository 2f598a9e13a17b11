"""serve.py: the command `faultline serve`: shows a dashboard on this machine's loopback."""

from __future__ import annotations

import argparse
import errno
import sys
from pathlib import Path

from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_OK, ReportError, ascii_line

name = "serve"
summary = "Show a dashboard in a browser: a web server that only this machine can reach."
default_port = 8000
epilog = """\
examples:
  faultline report results/x.json -o out && faultline serve out
  faultline serve out --port 0                 any free port; the address is printed
  ssh -L 8000:127.0.0.1:8000 HOST faultline serve out
                                               a dashboard of another machine, in the browser here

A dashboard needs no server: DIR/index.html opens from disk. Ctrl-C ends the server.

exit codes: 0 ended by Ctrl-C; 2 wrong use, or DIR is no dashboard; 4 the port is in use
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="what faultline report -o DIR wrote")
    parser.add_argument(
        "--port", type=port_number, default=default_port, metavar="N",
        help=f"port on 127.0.0.1; 0: any free one (default: {default_port})",
    )


def port_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; give a number from 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C."""
    folder = Path(arguments.folder)
    check_dashboard(folder)
    from report.dashboard.server import make_server

    try:
        server = make_server(folder, arguments.port)
    except OSError as error:
        raise ReportError(EXIT_ENVIRONMENT, refused(arguments.port, error)) from None
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(ascii_line(f"{folder} is at {address} for this machine alone; Ctrl-C ends it"))
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return EXIT_OK


def check_dashboard(folder: Path) -> None:
    """Raises ReportError (exit 2) unless faultline report wrote `folder`."""
    from report.dashboard.write import is_dashboard

    if not folder.is_dir():
        raise ReportError(
            EXIT_INPUT,
            f"{folder} is no folder; make a dashboard with faultline report FILE -o {folder}",
        )
    if not is_dashboard(folder):
        raise ReportError(
            EXIT_INPUT,
            f"{folder} is no dashboard and is not shown to a browser; make one with "
            f"faultline report FILE -o DIR",
        )


def refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; give another one with --port, or --port 0 for a free one"
    if error.errno == errno.EACCES:
        return f"port {port} is not for you; give one from 1024 on with --port"
    return f"cannot listen on 127.0.0.1:{port}: {error.strerror}; give another one with --port"
