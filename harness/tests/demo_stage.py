"""Shared by the demo's tests: a scenario of two short poems, clients that are never run, a live demo with a pilot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from harness.demo.app import DemoApp
from harness.demo.events import Event
from harness.demo.lecture import Planned
from harness.demo.replay import RecordedPlayer
from harness.demo.scene import PLAY, Scene
from harness.demo.staging import staged
from harness.paths import ROOT
from harness.spec.client import Client, Traits
from harness.spec.scenario import Scenario, Server
from slowpoetry.schedule import even_schedule

SECONDS = 60.0  # generous: the time in which an awaited event must happen
FIRST, SECOND = b"one road\nis long\n", b"another\n"


def scenario() -> Scenario:
    """Two poems; the chunks come 1, 1.5, 2, 3, ... seconds after the accept."""
    first = Server("first", FIRST, even_schedule(len(FIRST), num_bytes=6, delay=1.0))
    second = Server("second", SECOND, even_schedule(len(SECOND), num_bytes=4, delay=1.5))
    return Scenario("pair", "two short poems", (first, second), (0, 1))


def client(name: str, connects: str = "together", grain: str = "read") -> Client:
    """A client that is only shown, never run."""
    traits = Traits(connects, grain, "each", "completion", None if grain == "silent" else "live")
    return Client(name, "python", f"the model of {name}", "any", "python", ("true",), traits, {}, (), ROOT)


@contextmanager
def live_app(
    out: Path,
    *,
    clients: str = "",
    scenario: str = "",
    pace: float = 5.0,
    mode: str = PLAY,
    client_folders: tuple[Path, ...] = (),
) -> Iterator[DemoApp]:
    """The app of a live demo on the local backend; its record is complete after the block."""
    plan = Planned(clients, scenario, pace, mode, client_folders=client_folders)
    with staged([plan], lambda _: None, backend="local", seed=1, out=out, install=False) as scenes:
        yield DemoApp(scenes)


def recorded_scene(clients: Sequence[Client], events: list[Event], **options: Any) -> Scene:
    """A scene that plays these events."""
    return Scene(clients, scenario(), lambda tell: RecordedPlayer(events, tell), **options)


async def until(pilot: Pilot[Any], true: Callable[[], Any], what: str) -> None:
    """Let the app go on until it is so."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"never: {what}; {pilot.app.show.panes}"  # type: ignore[attr-defined]
        await pilot.pause(0.02)


def status(app: DemoApp) -> str:
    """The status line."""
    return str(app.query_one("#status").render())  # type: ignore[attr-defined]


@asynccontextmanager
async def piloted(app: DemoApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[Any]]:
    """The app under a pilot, its servers open."""
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "space" in status(app) or app.failure, "the servers are open")
        yield pilot


async def started(pilot: Pilot[Any]) -> None:
    """Start all clients by the lecturer's key and wait for their connections."""
    show = pilot.app.show  # type: ignore[attr-defined]
    await pilot.press("space")
    together = [pane for pane in show.panes if not pane.client.sequential]
    await until(pilot, lambda: all(lane.open for pane in together for lane in pane.lanes.values()), "all connect")
    await until(pilot, lambda: all(pane.lanes[1].open for pane in show.panes), "those in turn connect")


def run(story: Any) -> Any:
    """Run a coroutine to its end, however long a loaded machine takes."""
    return asyncio.run(story)
