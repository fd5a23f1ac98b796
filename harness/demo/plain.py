"""The demo without a terminal: one line for each event, in the order of the events."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

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
        stopped = asyncio.run(self._run())
        if stopped is not None:
            raise Interrupted(stopped)

    async def _run(self) -> int | None:
        player = self._make_player(self._hear)
        loop, numbers = asyncio.get_running_loop(), stopping()
        caught: list[int] = []
        playing = asyncio.ensure_future(self._play(player))

        def stop(signum: int) -> None:
            caught.append(signum)
            playing.cancel()

        for signum in numbers:
            loop.add_signal_handler(signum, stop, signum)
        try:
            await playing
        except asyncio.CancelledError:
            pass
        finally:
            await player.close()
            for signum in numbers if caught else ():
                loop.remove_signal_handler(signum)
                signal.signal(signum, signal.SIG_IGN)  # after the first signal, a second one must not interrupt
        return caught[0] if caught else None

    async def _play(self, player: Player) -> None:
        await player.open()
        await player.start()
        await player.command("resume")
        await player.ended()
