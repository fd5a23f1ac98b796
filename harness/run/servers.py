"""The servers of a run: a server program, in its own process, opens and closes playbills."""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path
from types import TracebackType

from harness.backend import Pod
from harness.errors import LabError
from harness.printable import counted, printable_lines
from slowpoetry.address import LAST_PORT

ANSWER_SECONDS = 30.0  # generous: an answer takes milliseconds


class Servers:
    """Use it as `with Servers(pod, name) as servers:`.  The program ends with the block, or when the lab dies."""

    def __init__(self, pod: Pod, name: str) -> None:
        self._name = name
        self.pod = pod
        self._said = b""

    def _ask(self, expected: str, *words: object) -> list[str]:
        """Send a command; returns what follows the `expected` word of the answer; LabError if that does not come."""
        try:
            self.pod.write("\t".join(str(word) for word in words).encode() + b"\n")
        except (BrokenPipeError, ConnectionError):
            raise LabError(f"the {self._name} server program ended before it was told to {words[0]}") from None
        answer = self._answer()
        if answer is None:
            raise LabError(
                f"the {self._name} server program ended, or did not answer {words[0]!r} within {ANSWER_SECONDS:g} s"
            )
        kind, *rest = answer.split("\t")
        if kind == "error":
            raise LabError(f"the {self._name} server program could not {words[0]}: {' '.join(rest)}")
        if kind != expected:
            raise LabError(
                f"the {self._name} server program answered {words[0]!r} with {answer!r}; {expected!r} was expected"
            )
        return rest

    def _answer(self) -> str | None:
        source, deadline = self.pod.source, time.monotonic() + ANSWER_SECONDS
        while b"\n" not in self._said:
            ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
            pieces = source.read() if ready else None
            if pieces is None:
                return None
            for stream, data in pieces:
                if stream == "stderr":
                    sys.stderr.write(printable_lines(data.decode(errors="replace")))
                else:
                    self._said += data
        line, _, self._said = self._said.partition(b"\n")
        return line.decode(errors="replace")

    def open(self, playbill: Path, log: Path, count: int) -> list[int]:
        """Open a playbill of `count` servers with the send log `log`; returns their ports in the playbill's order.

        LabError if the server program fails or answers with anything else.
        """
        answer = self._ask("listening", "open", playbill.resolve(), log.resolve())
        ports = [int(port) for port in answer if port.isascii() and port.isdecimal() and 0 < int(port) <= LAST_PORT]
        if len(ports) != len(answer) or len(ports) != count:
            wanted = counted(count, "port was", "ports were")
            raise LabError(f"the {self._name} server program answered 'open' with {answer!r}; {wanted} expected")
        return ports

    def close(self) -> None:
        """Hang up and close the ports; the send log is complete when this returns."""
        self._ask("closed", "close")

    def __enter__(self) -> Servers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pod.end(ANSWER_SECONDS)
