"""The demo without a terminal: one line for each event, in the order of the events."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from harness.demo.events import Accepted, Closed, Command, Ended, Event, Printed, Sent
from harness.demo.model import Pane, Show
from harness.demo.scene import Make, Player
from harness.errors import Interrupted, stopping
from harness.printable import counted


class PlainDemo:
    """A demo that writes lines; `run` plays it to its end."""

    def __init__(self, show: Show, make_player: Make, write: Callable[[str], object]) -> None:
        self._show, self._make_player, self._write = show, make_player, write
        self._width = max(len(pane.client.name) for pane in show.panes)
        self._zero: float | None = None

    def _hear(self, event: Event) -> None:
        self._zero = event.t if self._zero is None else self._zero
        if isinstance(event, Printed):
            self._show.panes[event.client].lines.clear()
        self._show.feed(event)
        if isinstance(event, Command):
            return
        pane = self._show.panes[event.client]
        for words in self._words(event, pane):
            self._write(f"{event.t - self._zero:8.3f} s  {pane.client.name.ljust(self._width)}  {words}\n")

    def _words(self, event: Event, pane: Pane) -> list[str]:
        match event:
            case Accepted():
                return [f"task {event.task}: connected"]
            case Sent():
                return [f"task {event.task}: {counted(event.end - event.start, 'byte')} sent"]
            case Closed():
                return [f"task {event.task}: {event.how}"]
            case Printed():
                return [f"{line.stream}: {line.text}" for line in pane.lines]
            case Ended():
                time = self._show.time(pane)
                return [f"{pane.ended}" + ("" if time is None else f", {time:.2f} × floor")]
        return []

    def run(self) -> None:
        """Play the demo; Interrupted if a signal stopped it."""
        caught: list[int] = []
        before = asyncio.run(self._run(caught))
        # After a signal the handlers stay, so that a second one does not stop the caller's clean-up.
        if not caught:
            for signum, handler in before.items():
                signal.signal(signum, handler)
        if caught:  # before it, or while the handlers were put back
            raise Interrupted(caught[0])

    async def _run(self, caught: list[int]) -> dict[int, Any]:
        """Play it, and note the signals that come; returns the handlers that were there before."""
        player = self._make_player(self._hear)
        loop, playing = asyncio.get_running_loop(), asyncio.ensure_future(self._play(player))

        def stop(signum: int, frame: FrameType | None) -> None:
            caught.append(signum)
            if len(caught) == 1 and not loop.is_closed():
                loop.call_soon_threadsafe(playing.cancel)

        # Not by the loop: it would give Ctrl-C back to Python at its end, and a second one would stop the clean-up.
        before: dict[int, Any] = {signum: signal.signal(signum, stop) for signum in stopping()}
        try:
            await playing
        except asyncio.CancelledError:
            pass
        finally:
            await player.close()
        return before

    async def _play(self, player: Player) -> None:
        await player.open()
        await player.start()
        await player.command("resume")
        await player.ended()
