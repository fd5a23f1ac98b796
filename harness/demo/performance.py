"""A scene while it is played: what the lecturer's keys do to it, and what its status line says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from harness.demo.events import Event
from harness.demo.model import Show
from harness.demo.predict import Game
from harness.demo.scene import PLAY, PREDICT, Scene
from harness.errors import LabError

SHOWN_SECONDS = 0.2
PACES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # factors by which the schedules are slowed down
FAULTS = {"r": "reset", "s": "stall", "d": "down"}
ASKED = {
    "r": "Reset which poem?",
    "s": "Stall which poem, or let it go on?",
    "d": "Take down which poem's server?",
}
DONE = {"reset": "is reset", "stall": "is stalled", "go": "goes on", "down": "has no server any more"}


class Performance:
    """A scene with its player; `changed` is called whenever there is something new to show.

    The methods that command the player raise LabError if the servers cannot carry it out.
    """

    def __init__(self, scene: Scene, changed: Callable[[], None]) -> None:
        self.scene = scene
        self.show = Show(scene.clients, scene.scenario)
        self.player = scene.make_player(self._hear)
        self.tasks = len(scene.scenario.tasks)
        self.opened = False
        self.started = False
        self.game: Game | None = None
        self.fault: str | None = None  # the key of a fault, while the key of its poem has not been pressed yet
        self._changed = changed
        self._said = ""
        self._starting = False
        self._closed = False

    def _hear(self, event: Event) -> None:
        self.show.feed(event)
        if self.game:
            self.game.settle()
        self._changed()

    async def open(self) -> None:
        """Open the servers; the clients wait for the first key."""
        await self.player.open()
        self.opened = True
        self._changed()

    async def close(self) -> None:
        """End all clients and servers; a command that they have not answered yet does not count any more."""
        self._closed = True
        await self.player.close()

    async def _command(self, *words: str) -> None:
        if self._closed:
            return
        try:
            await self.player.command(*words)
        except LabError:
            if not self._closed:
                raise

    async def go(self) -> None:
        """Start the clients; later, pause the schedules or let them go on."""
        if self.started:
            self._said = ""
            await self._command("pause" if self.player.going else "resume")
            return
        self.started = self._starting = True
        self._changed()
        await self.player.start()
        self._starting = False
        if self.scene.mode == PREDICT:
            self.game = Game(self.show)
        if self.scene.mode == PLAY:
            await self._command("resume")
        self._changed()

    async def step(self, task: int) -> None:
        """Send the next chunk of a poem."""
        if self._unheard(task):
            return
        await self._command("step", str(task))
        self._said = f"The next chunk of poem {task} is sent."

    def _unheard(self, task: int) -> bool:
        """Whether no client is connected to the server of a live poem; then the status line says so."""
        if not self.player.live or any(pane.lanes[task].open for pane in self.show.panes):
            return False
        self._said = f"No client is connected for poem {task}."
        return True

    async def change_pace(self, slower: int) -> None:
        """Go on slower (1) or faster (-1)."""
        now = self.player.pace
        paces = [pace for pace in PACES if pace != now and (pace > now) == (slower > 0)]
        if paces:
            await self._command("pace", str(min(paces) if slower > 0 else max(paces)))

    async def do_fault(self, key: str, task: int) -> None:
        """Reset, stall or take down a poem; in a game the room is asked about it first."""
        fault = "go" if key == "s" and task in self.show.stalled else FAULTS[key]
        if self.game and fault != "go":
            self.game.ask_fault(fault, str(task))
            return
        if fault == "reset" and self._unheard(task):
            return
        await self._command(fault, str(task))
        self._said = f"Poem {task} {DONE[fault]}."

    async def answer(self, number: int | None, votes: Mapping[int, int]) -> None:
        """Take an answer from the lecturer's keys, if any, and those of the room, and do what was asked about."""
        assert self.game is not None
        command = self.game.answer(number, votes)
        if command:
            await self._command(*command)
        if self.game.question is None:
            # Wait a moment, so that the next question already takes the effect of this answer into account.
            asyncio.get_running_loop().call_later(SHOWN_SECONDS, self._ask)

    def _ask(self) -> None:
        if self.game and self.game.question is None:
            self.game.ask()
            self._changed()

    def status(self, answered: str = "") -> tuple[str, str]:
        """What happens, and what to press, as a person would say it; `answered`: how many of the room have answered."""
        name, keys = self.scene.scenario.name, "1" if self.tasks == 1 else f"1 to {self.tasks}"
        live = self.player.live
        if self.fault:
            return ASKED[self.fault], f"Press {keys}; any other key cancels."
        if not self.opened:
            return f"Opening the servers of {name} ...", ""
        if not self.started:
            ready = f"The servers of {name} are ready." if live else f"The recording of {name} is ready."
            then = "" if self.scene.mode == PLAY else f"; then {keys} send chunks"
            return ready, f"Press space to start{then}."
        if self._starting:
            return " ".join(filter(None, ("The clients start ...", self._said))), ""
        if self.show.over:
            return self._whole(name), ""
        if self.game:
            return self._asked(answered)
        pace = _said(self.player.pace)
        if self.player.going:
            plays, press = f"{name if live else f'The recording of {name}'} plays{pace}.", ""
        elif self.scene.mode == PLAY:
            plays, press = "Paused." + (pace and f" It goes on{pace}."), "Press space to go on."
        else:
            plays, press = "", f"{keys} send the next chunk of a poem, space lets all play{pace}."
        return " ".join(filter(None, (self._said, self._stalled(), plays))), press

    def _whole(self, name: str) -> str:
        count, (start, end) = len(self.show.panes), self.show.axis
        who = {1: "The client has ended.", 2: "Both clients have ended."}.get(count, f"All {count} clients have ended.")
        score = f" {self.game.score} answers were right." if self.game and self.game.settled else ""
        return f"{who} Left to right: the whole of {name}, {end - start:.1f} seconds.{score}"

    def _asked(self, answered: str) -> tuple[str, str]:
        assert self.game is not None
        question = self.game.question
        score = f"{self.game.score} right." if self.game.settled else ""
        if question is None:
            return " ".join(filter(None, (self.game.said or "The answer comes later.", score))), ""
        if answered:
            return f"{question.words} {answered}", "v reveals."
        first, last = question.answers[0], question.answers[-1]
        said = " ".join(filter(None, (self.game.said, score, question.words)))
        return said, f"Press {first} to {last}." if last > first else f"Press {first}."

    def _stalled(self) -> str:
        numbers = sorted(self.show.stalled)
        if not numbers or "stalled" in self._said:
            return ""
        *others, last = map(str, numbers)
        return f"Poems {', '.join(others)} and {last} are stalled." if others else f"Poem {last} is stalled."


def _said(pace: float) -> str:
    """A pace as a person says it, with a space in front; nothing for the usual one."""
    if pace == 1:
        return ""
    times = pace if pace > 1 else 1 / pace
    return f" {'twice' if times == 2 else f'{times:.3g} times'} as {'slow' if pace > 1 else 'fast'}"
