"""The lab's servers: one process that opens and closes playbills, controlled by lines on standard input.

Each command and each answer is one line of words separated by tabs.  The answer to ``open PLAYBILL LOG`` is
``listening PORT ...`` (in the playbill's order) or ``error MESSAGE``.  The answer to ``close`` is ``closed`` once the
send log is complete on disk, or ``error MESSAGE`` if it cannot be completed.  The process ends when standard input
ends, so that it cannot outlive the lab.

``open PLAYBILL LOG conducted`` opens servers that wait for the commands of `ConductedStage`.  The answer to each of
those is ``done`` or ``error MESSAGE``; each record of the send log is also printed at once, as ``act RECORD``.
"""

from __future__ import annotations

import gc

# During the imports the garbage collector finds nothing, and takes a tenth of the start.
gc.disable()

import time
from pathlib import Path
from typing import IO, Any

from twisted.internet.error import CannotListenError
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from slowpoetry.server.conducted import ConductedStage
from slowpoetry.server.playbill import parse_playbill
from slowpoetry.server.send_log import NdjsonLog, ReportedLog
from slowpoetry.server.stage import Stage

FLUSH_SECONDS = 0.05  # the longest time that a record may stay in the buffer during a run


class Control(LineOnlyReceiver):
    """Carries out the commands, one stage at a time."""

    delimiter = b"\n"
    MAX_LENGTH = 65536

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._stage: Stage | None = None
        self._log: NdjsonLog | None = None

    def _answer(self, *words: object) -> None:
        self.sendLine("\t".join(str(word) for word in words).encode())

    def lineReceived(self, line: bytes) -> None:
        """Carry out one command."""
        match line.decode(errors="replace").split("\t"):
            case ["open", playbill, log]:
                self._open(Path(playbill), Path(log))
            case ["open", playbill, log, "conducted"]:
                self._open(Path(playbill), Path(log), conducted=True)
            case ["close"]:
                self._close()
            case words:
                self._conduct(words, line)

    def _conduct(self, words: list[str], line: bytes) -> None:
        try:
            known = isinstance(self._stage, ConductedStage) and self._stage.command(words)
        except ValueError as error:
            self._answer("error", error)
            return
        if known:
            self._answer("done")
        else:
            self._answer("error", f"unknown command {line!r}")

    def _open(self, playbill: Path, log: Path, *, conducted: bool = False) -> None:
        if self._stage is not None:
            self._answer("error", "a playbill is open already")
            return
        stream: IO[str] | None = None
        try:
            stream = log.open("w", encoding="utf-8")
            parsed = parse_playbill(playbill.read_text("utf-8"))
            if conducted:
                reported = ReportedLog(stream, lambda record: self._answer("act", record))
                self._stage = ConductedStage(parsed, playbill.parent, reported, self._reactor)
                self._log = reported
            else:
                self._log = NdjsonLog(stream)
                self._stage = Stage(parsed, playbill.parent, self._log, self._reactor)
        except (OSError, ValueError, CannotListenError) as error:
            if stream is not None:
                stream.close()
            self._answer("error", _one_line(error))
            return
        self._answer("listening", *self._stage.ports)
        self._flush(self._log)

    def _flush(self, log: NdjsonLog) -> None:
        if log is self._log:
            log.flush()
            self._reactor.callLater(FLUSH_SECONDS, self._flush, log)

    def _close(self) -> None:
        if self._stage is None:
            self._answer("error", "no playbill is open")
            return
        stage, log = self._stage, self._log
        self._stage = self._log = None

        def closed(_: object) -> None:
            try:
                if log is not None:
                    log.close()
            except OSError as error:
                self._answer("error", f"the send log is not complete: {_one_line(error)}")
            else:
                self._answer("closed")

        # One turn later, so that connections that end in this turn are logged first.
        stage.close().addCallback(lambda _: self._reactor.callLater(0, closed, None))

    def connectionLost(self, reason: Failure | None = None) -> None:
        """End the process, because standard input has ended."""
        if self._reactor.running:
            self._reactor.stop()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def main() -> None:
    """Run until standard input ends."""
    from twisted.internet import reactor as installed

    reactor: Any = installed  # its module has no useful type

    gc.enable()
    # Twisted's timers use the wall clock, which can be changed; the servers must not depend on that.
    reactor.seconds = time.monotonic
    StandardIO(Control(reactor), reactor=reactor)
    reactor.run()


if __name__ == "__main__":
    main()
