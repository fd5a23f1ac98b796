"""The demo on a terminal: a pane for each client, and the lecturer's keys."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from types import FrameType

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.driver import Driver
from textual.events import Key, Resize
from textual.widgets import Static

from harness.demo import drawing
from harness.demo.asciicast import Cast
from harness.demo.model import Show
from harness.demo.pane_view import PaneView
from harness.demo.performance import FAULTS, Performance
from harness.demo.room import Room
from harness.demo.scene import PREDICT, Player, Scene
from harness.demo.terminal import driver_of
from harness.demo.words import Words
from harness.errors import LabError

FRAME_SECONDS = 1 / 10  # the chunks of a scene come no faster than the room can follow
LEAST = (60, 16)  # columns and rows
NARROW = 80  # with fewer columns the line of the keys has fewer words
SHORT = 22  # with fewer rows a scene shows no text, so that every lane is visible
PANE_COLUMNS = 28  # the least width of a pane
PANE_ROWS = 16  # wider panes are better than higher ones, if they have so many rows
NEXT, BACK = ("pagedown",), ("pageup",)  # what a clicker sends


class DemoApp(App[int]):
    """The demo on a terminal; `run` returns the exit status: 0, or 128 + the number of the signal that ended it.

    It shows the scenes one at a time, and, if there is a room, lets it watch and answer.
    """

    CSS = """
    Grid { grid-gutter: 0; height: 1fr; }
    #heading { height: auto; max-height: 4; width: 100%; padding: 0 1; }
    .short #heading { max-height: 1; }
    #status, #keys { height: auto; max-height: 3; width: 100%; }
    #status { padding: 0 1; background: $primary; color: $text; text-style: bold; }
    #small { display: none; height: 1fr; width: 100%; content-align: center middle; }
    .small #small { display: block; }
    .small Grid, .small #heading, .small #status, .small #keys { display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "Slow Poetry Lab"

    def __init__(
        self,
        scenes: Sequence[Scene],
        *,
        large: bool = False,
        light: bool = False,
        cast: Cast | None = None,
        room: Room | None = None,
    ) -> None:
        self._cast = cast
        super().__init__()
        self.scenes = scenes
        self.failure: LabError | None = None
        self._large, self._light = large, light
        self._room = room
        self._dirty = True
        self._signal = 0  # the first one that came
        self._at, self._wanted = 0, 0  # the numbers of the scene that is shown, and of the one to show
        self._moving = False
        self.performance: Performance | None = None
        self._marked: Performance | None = None  # the scene that has its marker in the cast

    @property
    def show(self) -> Show:
        """The state of the scene."""
        assert self.performance is not None
        return self.performance.show

    @property
    def player(self) -> Player:
        """The player of the scene."""
        assert self.performance is not None
        return self.performance.player

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver of the terminal, with the additions of the demo."""
        return driver_of(super().get_driver_class(), self._cast)

    def compose(self) -> ComposeResult:
        yield Words(id="heading")
        yield Grid()
        yield Words(id="status")
        yield Words(id="keys", markup=False)
        yield Static(id="small")

    async def on_mount(self) -> None:
        """Open the first scene."""
        self.theme = "textual-light" if self._light else "textual-dark"
        self.set_interval(FRAME_SECONDS, self._tick)
        if self._room:
            await self._room.join(self._changed)
        self._move(0)

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """Handle a signal: it ends the app at the next tick, unless the app already ends."""
        self._signal = self._signal or signum

    def _tick(self) -> None:
        if self._signal and self.return_value is None:
            self.exit(128 + self._signal)
        self._draw()

    def _changed(self) -> None:
        self._dirty = True

    def _move(self, number: int) -> None:
        """Show another scene, once the one that is being opened is open."""
        if 0 <= number < len(self.scenes):
            self._wanted = number
            if not self._moving:
                self._moving = True
                self.run_worker(self._guarded(self._open()))

    async def _open(self) -> None:
        while self.performance is None or self._at != self._wanted:
            if self.performance is not None:
                await self.performance.close()
            # Nothing is drawn while the panes are replaced.
            self._at, self.performance = self._wanted, None
            performance = Performance(self.scenes[self._at], self._changed)
            grid = self.query_one(Grid)
            await grid.remove_children()
            await grid.mount(*(PaneView(performance.show, pane) for pane in performance.show.panes))
            self.performance = performance
            self._arrange()
            await performance.open()
        self._moving = False

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except LabError as error:
            self.failure = error
            self.exit(error.status)

    async def on_unmount(self) -> None:
        """Close the player, which ends all clients and servers, and the room."""
        if self._room:
            self._room.leave()
        if self.performance is not None:
            await self._guarded(self.performance.close())

    def on_resize(self, event: Resize) -> None:
        """Arrange the panes for the new size."""
        width, height = event.size
        if self._cast:
            self._cast.resized(width, height)
        small = width < LEAST[0] or height < LEAST[1]
        self.set_class(small, "small")
        self.set_class(height < SHORT, "short")
        self.query_one("#small", Static).update(
            f"The terminal has {width}×{height} characters; the demo needs at least {LEAST[0]}×{LEAST[1]}."
        )
        self._arrange()

    def _arrange(self) -> None:
        if self.performance is None:
            return
        width, height = self.size
        count = len(self.show.panes)
        most = max(1, min(count, width // PANE_COLUMNS))
        fitting = (columns for columns in range(1, most) if height // -(-count // columns) >= PANE_ROWS)
        columns = next(fitting, most)
        rows = -(-count // columns)
        grid = self.query_one(Grid)
        grid.styles.grid_size_columns = -(-count // rows)
        grid.styles.grid_size_rows = rows
        self._dirty = True

    def _draw(self) -> None:
        # The timer may still call this while the app shuts down and the panes no longer exist.
        if not self._dirty or not self.is_running or self.performance is None:
            return
        self._dirty = False
        dark = self.current_theme.dark
        for view in self.query(PaneView):
            self._dirty |= not view.draw(dark, self._large)
        performance = self.performance
        answered = self._room.answered if self._room else ""
        status = " ".join(filter(None, performance.status(answered)))
        position = f"{self._at + 1}/{len(self.scenes)} " if len(self.scenes) > 1 else ""
        watch = self._room.invitation if self._room else ""
        heading = drawing.heading(performance, f"{position}{performance.scene.title}", watch, self.size.width - 2)
        self.query_one("#heading", Words).tell(heading or Text())
        self.query_one("#heading").display = heading is not None
        self.query_one("#status", Words).tell(Text(status))
        self.query_one("#keys", Words).tell(drawing.keys(self._keys()))
        if self._cast and performance.scene.title and self._marked is not performance and not self._dirty:
            self._marked = performance
            self.call_after_refresh(self._cast.mark, performance.scene.title)
        if self._room:
            self._room.see(performance, f"{position}{performance.scene.title}", dark)

    def _keys(self) -> str:
        assert self.performance is not None
        live, lecture = self.player.live, len(self.scenes) > 1
        scenes = "PgDn next  PgUp back  " if lecture else ""
        narrow = self.size.width < NARROW
        reveal = "v reveal  " if self._room and self.performance.scene.mode == PREDICT else ""
        faults = "r,s,d faults  " if lecture or narrow or reveal else "r reset  s stall  d down  "
        looks = "l,t look  " if narrow else "l large  t light  "
        if (lecture and (live or reveal or narrow)) or (narrow and reveal):
            looks = ""
        step = "" if lecture and reveal else f"1-{self.performance.tasks} chunk  "
        return f"{scenes}space go  {reveal}{step}+- pace  {faults if live else ''}{looks}q quit"

    async def on_key(self, event: Key) -> None:
        """The lecturer's keys."""
        key = event.character or event.key
        if key in ("q", "\x03") or event.key == "ctrl+c":
            self.exit(0)
        elif self.performance is not None:  # it is None for the moment in which another scene comes
            await self._guarded(self._do(self.performance, key, event.key))
        self._dirty = True  # after what was done, because the status line says that it is done

    async def _do(self, performance: Performance, key: str, name: str) -> None:
        fault, performance.fault = performance.fault, None
        task = int(key) if key.isdecimal() and 1 <= int(key) <= performance.tasks else None
        if fault:
            if task:
                await performance.do_fault(fault, task)
        elif key == "l":
            self._large = not self._large
        elif key == "t":
            self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"
        elif name in BACK:
            self._move(self._wanted - 1)
        elif name in NEXT and (performance.started or self._moving):
            self._move(self._wanted + 1)
        elif not performance.opened:
            pass  # nothing can be started or commanded yet
        elif key in (" ", "\r") or name in ("space", "enter", *NEXT):
            # In the background, because the start waits until the clients have connected.
            self.run_worker(self._guarded(performance.go()))
        elif performance.game and (key.isdecimal() or key == "v"):
            await self._reveal(performance, int(key) if key.isdecimal() else None)
        elif key in FAULTS and performance.started and performance.player.live:
            performance.fault = key
        elif key in ("+", "-", "="):
            await performance.change_pace(-1 if key in "+=" else 1)
        elif task and performance.started:
            await performance.step(task)

    async def _reveal(self, performance: Performance, number: int | None) -> None:
        if number is None and self._room is None:
            return  # there is no answer to reveal
        await performance.answer(number, self._room.votes if self._room else {})
