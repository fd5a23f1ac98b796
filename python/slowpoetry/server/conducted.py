"""Conducted servers: commands of a person pause them, change their pace, step them chunk by chunk, and make them fail.

A thin layer over the stage: each server plays its schedule by its own `Tempo`.  The send log is as usual, but without
`due`, because a conducted server is never late.
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
    """Plays its schedule by its clock, which must be a `Tempo`."""

    def connectionMade(self) -> None:
        """Start the schedule at the current time of the tempo."""
        self._zero: float = self._clock.seconds()
        self._stepped = -1.0  # the schedule's time of the last act that was stepped
        super().connectionMade()

    def wait_for(self, act: Act) -> float:
        """Seconds of the tempo until the act is due."""
        wait: float = self._zero + act.at - self._clock.seconds()
        # While the tempo is paused, even an act that is due right now has to wait.
        return wait if act.at <= self._stepped or self._clock.rate > 0 else max(wait, MOMENT)

    def due(self, act: Act) -> float | None:
        """None, because a conducted act is not due at any real time."""
        return None

    def step(self) -> None:
        """Play the next act now, if there is one, and shift the rest of the schedule."""
        act = self.next_act()
        if act is not None:
            self.stop_waiting()
            self._zero, self._stepped = self._clock.seconds() - act.at, act.at
            self.play()


class ConductedFactory(TrackingFactory):
    """Makes conducted protocols."""

    protocol = ConductedProtocol


class ConductedStage(Stage):
    """The open servers of a playbill, which wait for commands; servers are numbered from 1."""

    def __init__(self, playbill: Playbill, folder: Path, log: SendLog, reactor: Any) -> None:
        """Open the servers as `Stage` does; ValueError also for a server that cannot be conducted."""
        self._tempos: dict[int, Tempo] = {}
        self._stalled: set[int] = set()
        self._rate = 1.0
        self._going = False
        if any(part.full or part.opens is not None or part.away is not None for part in playbill.parts):
            raise ValueError("servers that are full, or away for a while, cannot be conducted")
        super().__init__(playbill, folder, log, reactor)
        self._ports: dict[int, Any] = dict(zip(self._tempos, self.listening, strict=True))

    def make_factory(self, slow: SlowPoem, log: SendLog, reactor: Any) -> ConductedFactory:
        """The factory of one server; its connections share one tempo."""
        self._tempos[slow.server] = Tempo(reactor, 0.0)
        return ConductedFactory(slow, log, self._tempos[slow.server])

    def command(self, words: Sequence[str]) -> bool:
        """Carry out ``pause``, ``resume``, ``pace F``, or ``step``, ``reset``, ``stall``, ``go`` or ``down`` with N.

        ``pace F``: play all schedules F times slower.  ``step N``: play the next act of server N on each of its
        connections.  ``stall N``: pause server N until ``go N``.  ``down N``: reset its connections and refuse new
        ones.  Return False for any other command; a ValueError says what is wrong with a value.
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
        """All connections that the server has had; commands have no effect on those that have ended."""
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
