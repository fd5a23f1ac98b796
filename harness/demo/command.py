"""`./lab demo`: its options, and what it is shown on: a terminal, lines of text, a room's browsers."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.backend import Say
from harness.demo import lecture
from harness.demo.app import DemoApp
from harness.demo.asciicast import Cast
from harness.demo.lecture import PACE, Planned
from harness.demo.model import Show
from harness.demo.plain import PlainDemo
from harness.demo.room import Room, opened
from harness.demo.scene import CONDUCT, PLAY, PREDICT, Scene
from harness.demo.staging import staged
from harness.errors import Interrupted, LabError, UsageError, stopping

PORT, INTERFACE = 8000, "127.0.0.1"


@dataclass(frozen=True)
class DemoOptions:
    """The options of `demo`; `scenes` is the name or the file of a lecture."""

    clients: str = ""
    client_folders: tuple[Path, ...] = ()
    scenario: str = ""
    backend: str = "auto"
    pace: float = PACE
    seed: int = 1
    conduct: bool = False
    predict: bool = False
    scenes: str = ""
    large: bool = False
    light: bool = False
    cast: Path | None = None
    web: bool = False
    port: int = PORT
    interface: str = INTERFACE
    out: Path | None = None
    install: bool = True
    replay: Path | None = None

    def planned(self) -> list[Planned]:
        """The scenes that the options ask for; UsageError if they contradict one another."""
        if not self.scenes:
            mode = PREDICT if self.predict else CONDUCT if self.conduct else PLAY
            folders = self.client_folders
            return [Planned(self.clients, self.scenario, self.pace, mode, self.replay, client_folders=folders)]
        decided = {
            "--clients": self.clients, "--client": self.client_folders, "--scenario": self.scenario,
            "--pace": self.pace != PACE, "--conduct": self.conduct, "--predict": self.predict, "--replay": self.replay,
        }  # fmt: skip
        for option, given in decided.items():
            if given:
                raise UsageError(f"{option} cannot be combined with --scenes; write it in the lecture's scenes")
        return lecture.read(lecture.path_of(self.scenes))


def demo(options: DemoOptions, say: Say) -> int:
    """Show a demo, live or from a record, and return the exit status."""
    for option in ("conduct", "predict", "web"):
        if getattr(options, option) and not _on_terminal():
            raise UsageError(f"--{option} needs a terminal on standard input, output and error")
    if not options.web and (options.port, options.interface) != (PORT, INTERFACE):
        raise UsageError("--port and --interface are for --web; add it")
    with staged(
        options.planned(), say, backend=options.backend, seed=options.seed, out=options.out, install=options.install
    ) as scenes:
        return _show(options, scenes)


def _show(options: DemoOptions, scenes: Sequence[Scene]) -> int:
    with contextlib.ExitStack() as stack:
        cast = stack.enter_context(Cast(options.cast, *shutil.get_terminal_size())) if options.cast else None
        if not _on_terminal():
            return _lines(scenes, cast)
        room: Room | None = None
        if options.web:
            room = stack.enter_context(opened(options.interface, options.port))
        app = DemoApp(scenes, large=options.large, light=options.light, cast=cast, room=room)
        # Also after the app's end, so that no further signal interrupts the clean-up.
        for signum in stopping():
            signal.signal(signum, app.stop)
        status = app.run()
    if app.failure is not None:
        raise app.failure
    if status is not None and status > 128:
        raise Interrupted(status - 128)
    return LabError.status if status is None else status  # None: Textual has already printed what went wrong


def _lines(scenes: Sequence[Scene], cast: Cast | None) -> int:
    write = partial(_write, cast)
    for number, scene in enumerate(scenes, 1):
        if scene.title:
            write(f"{number}/{len(scenes)} {scene.title}: {scene.text}\n")
        PlainDemo(Show(scene.clients, scene.scenario), scene.make_player, write).run()
    return 0


def _on_terminal() -> bool:
    # Standard error is needed because Textual draws there.
    return os.environ.get("TERM") != "dumb" and all(s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr))


def _write(cast: Cast | None, line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
    if cast is not None:
        cast.write(line.replace("\n", "\r\n"))
