"""The demo on a terminal: a pane for each client, and the lecturer's keys."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any, Protocol

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.driver import Driver
from textual.events import Key, Resize
from textual.widgets import Static

from harness.demo import drawing
from harness.demo.asciicast import Cast
from harness.demo.events import Event
from harness.demo.model import Show
from harness.demo.pane_view import PaneView
from harness.demo.predict import Game
from harness.demo.terminal import driver_of
from harness.errors import LabError

FRAME_SECONDS = 1 / 15
SHOWN_SECONDS = 0.2
PACES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # factors by which the schedules are slowed down
LEAST = (60, 16)  # columns and rows
PANE_COLUMNS = 28  # the least width of a pane
KEYS = "space go  1-{} chunk  +- pace  r reset  s stall  d down  l large  t light  q quit"
RECORDED_KEYS = "space go  1-{} chunk  +- pace  l large  t light  q quit"
FAULTS = {"r": "reset", "s": "stall", "d": "down"}


class Player(Protocol):
    """Plays a demo, live or from a record."""

    live: bool
    going: bool
    pace: float

    async def open(self) -> None: ...
    async def start(self) -> None: ...
    async def command(self, *words: str) -> None: ...
    async def ended(self) -> None: ...
    async def close(self) -> None: ...


class DemoApp(App[int]):
    """The demo on a terminal; `run` returns the exit status: 0, or 128 + the number of the signal that ended it."""

    CSS = """
    Grid { grid-gutter: 0; }
    #status, #keys, #small { height: 1; width: 100%; }
    #status { background: $primary; color: $text; text-style: bold; }
    #small { display: none; height: 1fr; content-align: center middle; }
    .small #small { display: block; }
    .small Grid, .small #status, .small #keys { display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "Slow Poetry Lab"

    def __init__(
        self,
        show: Show,
        make_player: Callable[[Callable[[Event], None]], Player],
        *,
        conduct: bool = False,
        predict: bool = False,
        large: bool = False,
        light: bool = False,
        cast: Cast | None = None,
    ) -> None:
        self._cast = cast
        super().__init__()
        self.show = show
        self.failure: LabError | None = None
        self._make_player = make_player
        self._conduct, self._large, self._light = conduct or predict, large, light
        self._predict = predict
        self._game: Game | None = None
        self._started = False
        self._opened = False
        self._dirty = True
        self._fault: str | None = None  # the key of a fault, while the key of its poem has not been pressed yet
        self._said = ""

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver of the terminal, with the additions of the demo."""
        return driver_of(super().get_driver_class(), self._cast)

    def compose(self) -> ComposeResult:
        with Grid():
            for pane in self.show.panes:
                yield PaneView(self.show, pane)
        yield Static(id="status")
        yield Static(id="keys", markup=False)
        yield Static(id="small")

    async def on_mount(self) -> None:
        """Open the servers; the clients wait for the first key."""
        self.theme = "textual-light" if self._light else "textual-dark"
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signum, self.exit, 128 + signum)
        self.player = self._make_player(self.hear)
        keys = KEYS if self.player.live else RECORDED_KEYS
        self.query_one("#keys", Static).update(drawing.keys(keys.format(len(self.show.scenario.tasks))))
        self.run_worker(self._run())
        self.set_interval(FRAME_SECONDS, self._draw)

    async def _run(self) -> None:
        """Open the player and say what to press."""
        await self._guarded(self.player.open())
        self._opened = True
        self.say("press space to start" + ("; then 1-9 send the next chunk" if self._conduct else ""))

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except LabError as error:
            self.failure = error
            self.exit(error.status)

    async def on_unmount(self) -> None:
        """Close the player, which ends all clients and servers."""
        await self._guarded(self.player.close())

    def hear(self, event: Event) -> None:
        """Take an event from the player."""
        self.show.feed(event)
        if self._game:
            self._game.settle()
        self._dirty = True

    def say(self, words: str) -> None:
        """Show the words in the status line."""
        self._said = words
        self._dirty = True

    def on_resize(self, event: Resize) -> None:
        """Arrange the panes for the new size."""
        width, height = event.size
        if self._cast:
            self._cast.resized(width, height)
        small = width < LEAST[0] or height < LEAST[1]
        self.set_class(small, "small")
        self.query_one("#small", Static).update(
            f"The terminal has {width}×{height} characters; the demo needs at least {LEAST[0]}×{LEAST[1]}."
        )
        count = len(self.show.panes)
        columns = max(1, min(count, width // PANE_COLUMNS))
        rows = -(-count // columns)
        grid = self.query_one(Grid)
        grid.styles.grid_size_columns = -(-count // rows)
        grid.styles.grid_size_rows = rows
        self._dirty = True

    def _draw(self) -> None:
        # The timer may still call this while the app shuts down and the panes no longer exist.
        if not self._dirty or not self.is_running:
            return
        self._dirty = False
        dark = self.current_theme.dark
        for view in self.query(PaneView):
            view.draw(dark, self._large)
        self.query_one("#status", Static).update(Text(f" {self._status()}", no_wrap=True, overflow="ellipsis"))

    def _status(self) -> str:
        show = self.show
        if self._fault:
            return f"{FAULTS[self._fault]} which poem? 1-{len(show.scenario.tasks)}, any other key cancels"
        if not self._opened:
            state = "opening the servers"
        elif show.over:
            state = "ended"
        else:
            state = "running" if self.player.going else "paused" if self._started else "ready"
        stalled = f" · stalled: {', '.join(map(str, sorted(show.stalled)))}" if show.stalled else ""
        pace = f" · pace {self.player.pace:g}" if self.player.pace != 1 else ""
        said = self._said
        if self._game:
            asked = f"? {self._game.question.words}" if self._game.question and not show.over else ""
            return " · ".join(words for words in (self._game.score, self._game.said, asked) if words)
        return " · ".join(words for words in (show.scenario.name, state + pace + stalled, said) if words)

    async def on_key(self, event: Key) -> None:
        """The lecturer's keys."""
        key = event.character or event.key
        fault, self._fault = self._fault, None
        self._dirty = True
        if key in ("q", "\x03") or event.key == "ctrl+c":
            self.exit(0)
        elif fault:
            if self._is_task(key):
                await self._do_fault(FAULTS[fault], key)
        elif key == "l":
            self._large = not self._large
        elif key == "t":
            self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"
        elif not self._opened:
            pass  # nothing can be started or commanded yet
        elif self._game and key.isdecimal():
            await self._answer(int(key))
        elif key in FAULTS and self._started and self.player.live:
            self._fault = key
        elif key in (" ", "\r") or event.key in ("space", "enter"):
            self.run_worker(self._go_or_pause())
        elif key in ("+", "-", "="):
            await self._change_pace(-1 if key in "+=" else 1)
        elif self._is_task(key) and self._started:
            await self._command("step", key)
            self.say(f"next chunk of poem {key}")

    def _is_task(self, key: str) -> bool:
        return key.isdecimal() and 1 <= int(key) <= len(self.show.scenario.tasks)

    async def _command(self, *words: str) -> None:
        await self._guarded(self.player.command(*words))

    async def _go_or_pause(self) -> None:
        if not self._started:
            self._started = True
            self.say("the clients start")
            await self._guarded(self.player.start())
            if self._conduct:
                self.say("1-9 send the next chunk of a poem, space runs all schedules")
                if self._predict:
                    self._game = Game(self.show)
                return
        self.say("")
        await self._command("pause" if self.player.going else "resume")

    async def _change_pace(self, slower: int) -> None:
        now = self.player.pace
        paces = [pace for pace in PACES if pace != now and (pace > now) == (slower > 0)]
        if paces:
            await self._command("pace", str(min(paces) if slower > 0 else max(paces)))

    async def _do_fault(self, fault: str, task: str) -> None:
        if fault == "stall" and int(task) in self.show.stalled:
            fault = "go"
        if self._game and fault != "go":
            self._game.ask_fault(fault, task)
            return
        await self._command(fault, task)
        words = {"reset": "is reset", "stall": "is stalled", "go": "continues", "down": "is down"}
        self.say(f"poem {task} {words[fault]}")

    async def _answer(self, number: int) -> None:
        """Take the audience's answer, carry out what was asked about, then ask the next question."""
        assert self._game is not None
        self._game.said = ""
        command = self._game.answer(number)
        if command:
            await self._command(*command)
        if self._game.question is None:
            # Wait a moment, so that the next question already takes the effect of this answer into account.
            self.set_timer(SHOWN_SECONDS, self._ask)

    def _ask(self) -> None:
        if self._game and self._game.question is None:
            self._game.ask()
            self._dirty = True
