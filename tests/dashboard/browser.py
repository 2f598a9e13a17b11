"""browser.py: a headless Chromium, driven over a pipe with the DevTools protocol.

One process for all tests, a page each. Nothing but the standard library is needed.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

timeout_s = 30.0
options = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--force-color-profile=srgb",
)


def chromium() -> str | None:
    """The browser's path; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """A browser process; close() ends it."""

    def __init__(self) -> None:
        program = chromium()
        assert program is not None
        self.profile = tempfile.mkdtemp(prefix="faultline-chromium-")
        theirs_in, self.to = os.pipe()
        self.source, theirs_out = os.pipe()

        def wire() -> None:  # the protocol's pipes are descriptors 3 and 4 of the browser
            high_in, high_out = os.dup(theirs_in), os.dup(theirs_out)
            while high_in < 5 or high_out < 5:
                high_in, high_out = os.dup(high_in), os.dup(high_out)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self.process = subprocess.Popen(
            [program, *options, f"--user-data-dir={self.profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=wire,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.number = 0
        self.buffer = b""
        self.listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        self.call("Browser.getVersion")

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """One command; returns its result. Raises RuntimeError for an error or when time is up."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self.receive(deadline, method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def receive(self, deadline: float, why: str) -> dict[str, Any]:
        """The next message; events go to the listener of their page on the way."""
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.source], [], [], left)[0]:
                raise RuntimeError(f"the browser does not answer: {why}")
            chunk = os.read(self.source, 1 << 20)
            if not chunk:
                raise RuntimeError(f"the browser has gone: {why}")
            self.buffer += chunk
        raw, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(raw)
        listener = self.listeners.get(message.get("sessionId", ""))
        if "method" in message and listener is not None:
            listener(message["method"], message.get("params", {}))
        return dict(message)

    def page(self, width: int = 1280, height: int = 900) -> Page:
        return Page(self, width, height)

    def close(self) -> None:
        try:
            self.call("Browser.close")
            self.process.wait(timeout=10)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.source)
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """One tab. problems: errors and warnings of its console; requests: addresses it asked for."""

    def __init__(self, browser: Browser, width: int, height: int) -> None:
        self.browser = browser
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.loaded: set[str] = set()  # the loads that came to their end
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)
        self.session = attached["sessionId"]
        browser.listeners[self.session] = self.hear
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.resize(width, height)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **params)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(str(details.get("exception", details).get("description", details)))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.problems.append(str([one.get("value") for one in params["args"]]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.lifecycleEvent" and params["name"] == "load":
            self.loaded.add(params["loaderId"])

    def resize(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 500)

    def media(self, scheme: str = "light", medium: str = "") -> None:
        """prefers-color-scheme, and "print" for paper."""
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, on: bool) -> None:
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, where: Path | str, fragment: str = "") -> None:
        """Loads a file or an address anew and waits until it is there."""
        address = where if isinstance(where, str) else where.resolve().as_uri()
        self.go("about:blank")
        self.problems.clear()
        self.requests.clear()
        self.go(address + (f"#{fragment}" if fragment else ""))

    def go(self, address: str) -> None:
        started = self.call("Page.navigate", url=address).get("loaderId")
        deadline = time.monotonic() + timeout_s
        while started not in self.loaded:
            self.browser.receive(deadline, f"loading {address}")

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Waits until an expression is true, and gives its value."""
        deadline = time.monotonic() + timeout_s
        while not (found := self.value(expression)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"never true: {expression}")
            time.sleep(0.02)
        return found

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            typed = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **typed)

    def screenshot(self, file: Path, whole: bool = True) -> None:
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.listeners.pop(self.session, None)
