"""A headless Chromium, driven by the DevTools protocol over a pipe: without a port and without a library.

Source: "Chrome DevTools Protocol".  With `--remote-debugging-pipe` Chromium reads JSON messages from file descriptor 3
and writes them to 4; a NUL byte ends each.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 120
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--remote-debugging-pipe", "--window-size=1280,900",
)  # fmt: skip


class Page:
    """One page of the browser."""

    def __init__(self, write_to: int, read_from: int) -> None:
        self._write_to, self._read_from = write_to, read_from
        self._rest, self._number = b"", 0
        self._session: str | None = None
        self.console: list[str] = []
        self.requests: list[str] = []  # the addresses of all that was fetched, since `Network.enable`
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command of the protocol; returns its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                self.console.append(json.dumps(answer["params"]))
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read_from], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._read_from, 1 << 16)
            assert data, "the browser has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def open(self, url: str) -> None:
        """Open the page, and wait until the report has drawn everything."""
        self.call("Page.navigate", url="about:blank")
        self.console.clear()
        self.call("Page.navigate", url=url)
        self.until("document.body && document.body.dataset.drawn")

    def open_without_scripts(self, url: str) -> None:
        """Open a page as a browser without JavaScript shows it; the next page has its scripts again."""
        self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.call("Page.navigate", url=url)
        while self._next().get("method") != "Page.loadEventFired":
            pass
        self.call("Emulation.setScriptExecutionDisabled", value=False)

    def js(self, expression: str) -> Any:
        """The value of an expression; if it is a promise, the promise's result."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while not self.js(f"!!({condition})"):
            assert time.monotonic() < deadline, f"never: {condition}"
            self.js("new Promise((resolve) => setTimeout(resolve, 10))")

    def key(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key."""
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)


@contextmanager
def chromium(program: str, profile: Path) -> Iterator[Page]:
    """A running browser with one page; it ends with the block."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # To higher numbers first, because one of them might be 3 or 4 itself.
    give = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (theirs_in, theirs_out)]
    as_3_and_4 = f'exec "$@" 3<&{give[0]} 4>&{give[1]}'
    with subprocess.Popen(
        ["bash", "-c", as_3_and_4, "bash", program, *FLAGS, f"--user-data-dir={profile}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=give,
    ) as process:  # fmt: skip
        for fd in (theirs_in, theirs_out, *give):
            os.close(fd)
        try:
            page = Page(ours_out, ours_in)
            yield page
            page._session = None
            page.call("Browser.close")
        finally:
            for fd in (ours_out, ours_in):
                os.close(fd)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
