"""A scene: what a demo shows at a time, and the player that plays it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.demo.events import Event
from harness.spec.client import Client
from harness.spec.scenario import Scenario

PLAY, CONDUCT, PREDICT = "play", "conduct", "predict"


class Player(Protocol):
    """Plays a scene, live or from a record."""

    live: bool
    going: bool
    pace: float

    async def open(self) -> None: ...
    async def start(self) -> None: ...
    async def command(self, *words: str) -> None: ...
    async def ended(self) -> None: ...
    async def close(self) -> None: ...


Make = Callable[[Callable[[Event], None]], Player]


@dataclass(frozen=True)
class Scene:
    """Clients in a scenario; `make_player` makes a new player each time.

    `mode` says who decides when a chunk is sent: the schedules (play), or the lecturer (conduct, predict).  `title` and
    `text` are shown to the room; only the scenes of a lecture have them.
    """

    clients: Sequence[Client]
    scenario: Scenario
    make_player: Make
    mode: str = PLAY
    title: str = ""
    text: str = ""
