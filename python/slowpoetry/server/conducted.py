"""Servers under a conductor: paused, paced and led chunk by chunk, and broken in mid-run, by a person's word.

A thin layer over the stage: each server's schedule is played by a `Tempo` of its own.  The send log is that of any
servers, without `due`: what a conductor holds back is never late.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slowpoetry.schedule import Act
from slowpoetry.server.playbill import Playbill
from slowpoetry.server.send_log import SendLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryProtocol
from slowpoetry.server.stage import Stage, TrackingFactory
from slowpoetry.server.tempo import Tempo

MOMENT = 1e-6  # seconds


class ConductedProtocol(SlowPoetryProtocol):
    """Plays its schedule by its tempo; its clock must be one."""

    def connectionMade(self) -> None:
        """The schedule's zero is the tempo's now."""
        self._zero: float = self._clock.seconds()
        self._led = -1.0  # the schedule's time of the last act that was led
        super().connectionMade()

    def wait_for(self, act: Act) -> float:
        """Seconds of the tempo until the act's time has come."""
        wait: float = self._zero + act.at - self._clock.seconds()
        # What is due in this very moment waits too, where time stands still.
        return wait if act.at <= self._led or self._clock.rate > 0 else max(wait, MOMENT)

    def due(self, act: Act) -> float | None:
        """Nothing is due in real time."""
        return None

    def step(self) -> bool:
        """Play the next act now, and the rest from there; False where the schedule is over."""
        act = self.next_act()
        if act is None:
            return False
        self._zero, self._led = self._clock.seconds() - act.at, act.at
        self.play()
        return True


class ConductedFactory(TrackingFactory):
    """Makes conducted protocols."""

    protocol = ConductedProtocol


class ConductedStage(Stage):
    """The open servers of a playbill, standing still until told to go; servers are numbered from 1."""

    def __init__(self, playbill: Playbill, folder: Path, log: SendLog, reactor: Any) -> None:
        """As `Stage`."""
        self._reactor = reactor
        self._tempos: dict[int, Tempo] = {}
        self._stalled: set[int] = set()
        self._rate = 1.0
        self._going = False
        if any(part.full or part.opens is not None or part.away is not None for part in playbill.parts):
            raise ValueError("servers that are full, or away for a while, cannot be conducted")
        super().__init__(playbill, folder, log, reactor)
        self._ports: dict[int, Any] = dict(zip(self._tempos, self.listening, strict=True))

    def make_factory(self, slow: SlowPoem, log: SendLog, reactor: Any) -> ConductedFactory:
        """A factory whose connections share one tempo."""
        self._tempos[slow.server] = Tempo(reactor, 0.0)
        return ConductedFactory(slow, log, self._tempos[slow.server])

    def command(self, words: Sequence[str]) -> bool:
        """Carry out ``pause``, ``resume``, ``pace F``, or ``step``, ``reset``, ``stall``, ``go`` or ``down N``.

        ``pace F``: F times as slow as scheduled.  ``step N``: the next act of server N on each of its connections.
        ``stall N``: it stands still until ``go N``.  ``down N``: it resets its connections and refuses new ones.
        A ValueError says what is wrong; False where the command is none of these.
        """
        match words:
            case ["pause" | "resume" as word]:
                self._going = word == "resume"
                self._apply()
            case ["pace", factor]:
                self._rate = 1 / _positive(factor)
                self._apply()
            case ["stall" | "go" as word, number]:
                server = self._known(number)
                (self._stalled.add if word == "stall" else self._stalled.discard)(server)
                self._apply()
            case ["step", number]:
                for protocol in self._connections(number):
                    protocol.step()
            case ["reset", number]:
                for protocol in self._connections(number):
                    protocol.cut()
            case ["down", number]:
                self._ports[self._known(number)].stopListening()
                self.command(["reset", number])
            case _:
                return False
        return True

    def _apply(self) -> None:
        for server, tempo in self._tempos.items():
            tempo.set_rate(self._rate if self._going and server not in self._stalled else 0.0)

    def _known(self, word: str) -> int:
        if not word.isdecimal() or int(word) not in self._tempos:
            raise ValueError(f"there is no server {word!r}")
        return int(word)

    def _connections(self, number: str) -> list[Any]:
        """All that server has had, for those that have ended do nothing more."""
        factory: TrackingFactory = self._ports[self._known(number)].factory
        return list(factory.open)


def _positive(word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"{word!r} is not a number above 0")
    return number
