"""The servers' own process: opened and closed playbill by playbill, over its standard input and output."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from harness import owner
from harness.errors import LabError
from harness.paths import ROOT

ANSWER_SECONDS = 30.0  # generous: an answer takes milliseconds


class Servers:
    """`with Servers(owner) as servers:`; the process ends with the block, or when this one dies."""

    def __init__(self, label: str, command: tuple[str, ...] = ("-m", "slowpoetry.server.control")) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "python"), owner.VARIABLE: label, owner.ROLE: "servers"},
            # Its own session: a Ctrl-C at the terminal is for the lab, which then closes the servers.
            start_new_session=True,
        )

    def _ask(self, *words: object) -> list[str]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write("\t".join(str(word) for word in words) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise LabError("the servers' process has ended") from None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_SECONDS)
        answer = self._process.stdout.readline() if ready else ""
        if not answer:
            raise LabError(f"the servers' process did not answer {words[0]!r}")
        kind, *rest = answer.rstrip("\n").split("\t")
        if kind == "error":
            raise LabError(f"the servers could not {words[0]}: {' '.join(rest)}")
        return rest

    def open(self, playbill: Path, log: Path) -> list[int]:
        """Open a playbill, its send log in `log`; returns the ports in the playbill's order."""
        return [int(port) for port in self._ask("open", playbill, log)]

    def close(self) -> None:
        """Hang up and close; the send log is complete when this returns."""
        self._ask("close")

    def __enter__(self) -> Servers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
