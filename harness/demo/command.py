"""`./lab demo`: its options, its backend, and the record that it leaves."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.backend import Say, ownership
from harness.backend.choice import choose
from harness.compare.options import Options, selected
from harness.demo import replay, write_run
from harness.demo.app import DemoApp, Player
from harness.demo.asciicast import Cast
from harness.demo.events import Command, Event
from harness.demo.live import LiveCell, LivePlayer
from harness.demo.model import Show
from harness.demo.plain import PlainDemo
from harness.errors import Interrupted, LabError, UsageError
from harness.paths import RUNS
from harness.record import run_folder
from harness.spec.client import Client
from harness.spec.conditions import USUAL
from harness.spec.scenario import Scenario
from harness.spec.server_program import REFERENCE, discover

CLIENTS = "python-blocking,python-twisted-inlinecallbacks,erlang-processes,haskell-announcing"
MOST_CLIENTS = 6
MOST_TASKS = 9  # each has its own key and shape

Make = Callable[[Callable[[Event], None]], Player]


@dataclass(frozen=True)
class DemoOptions:
    """The options of `demo`."""

    clients: str = ""
    client_folders: tuple[Path, ...] = ()
    scenario: str = ""
    backend: str = "auto"
    pace: float = 5.0
    seed: int = 1
    conduct: bool = False
    predict: bool = False
    large: bool = False
    light: bool = False
    cast: Path | None = None
    out: Path | None = None
    install: bool = True
    replay: Path | None = None


def demo(options: DemoOptions, say: Say) -> int:
    """Show a demo, live or from a record, and return the exit status."""
    if (options.conduct or options.predict) and not _on_terminal():
        raise UsageError("--conduct and --predict need a terminal on standard input, output and error")
    if options.replay is not None:
        names = options.clients.split(",") if options.clients else []
        clients, scenario, events = replay.read(options.replay, names, options.scenario, MOST_CLIENTS)
        _check(clients, scenario)
        return _show(options, clients, scenario, lambda tell: replay.RecordedPlayer(events, tell))
    with live(options, say) as (clients, scenario, make):
        return _show(options, clients, scenario, make)


@contextmanager
def live(options: DemoOptions, say: Say) -> Iterator[tuple[list[Client], Scenario, Make]]:
    """Prepare a live demo: yields its clients, its scenario and a function that makes its player.

    The record is completed when the block ends.
    """
    compared = Options(
        clients=options.clients or ("" if options.client_folders else CLIENTS),
        client_folders=options.client_folders,
        scenarios=options.scenario or "trio",
        backend=options.backend,
        pace=options.pace,
        seed=options.seed,
    )
    compared.check()
    clients, [scenario, *others] = selected(compared)
    if others:
        raise UsageError(f"--scenario {options.scenario}: a demo shows exactly one scenario")
    _check(clients, scenario)
    if scenario.client != USUAL:
        raise UsageError(
            f"scenario {scenario.name}: it sets special conditions for the clients, and a demo cannot do that; "
            "choose another one"
        )
    program = discover()[REFERENCE]
    with choose(options.backend, ownership.this_owner(), install=options.install, say=say) as backend:
        ready = backend.prepare([*clients, program], say)
        for client in clients:
            if client.key in ready.unready:
                say(f"{client.name} is not shown: {ready.unready[client.key].sentence}")
        clients = [client for client in clients if client.key not in ready.unready]
        if not clients:
            raise LabError("none of the clients can run here")
        folder = write_run.create(options.out or RUNS, compared, backend, ready, clients, program, scenario)
        cells: list[LiveCell] = []

        def make(tell: Callable[[Event], None]) -> LivePlayer:
            def hear(event: Event) -> None:
                if isinstance(event, Command):
                    write_run.note(folder, event)
                tell(event)

            for number, client in enumerate(clients):
                place = folder.cell_folder(program.name, scenario.name, client.name, 1, 1)
                cells.append(LiveCell(number, client, scenario, place, hear))
            playbill = folder.playbill(scenario.name)
            return LivePlayer(lambda: backend.pod(program, folder.path), cells, playbill, hear)

        try:
            yield clients, run_folder.scenarios_of(folder)[scenario.name], make
        finally:
            write_run.complete(folder, cells, scenario, program)
            say(f"The evidence is in {folder.path}")


def _check(clients: list[Client], scenario: Scenario) -> None:
    if len(clients) > MOST_CLIENTS:
        raise UsageError(f"--clients: a demo shows up to {MOST_CLIENTS} clients side by side, not {len(clients)}")
    if len(scenario.tasks) > MOST_TASKS or scenario.shares_servers:
        raise UsageError(f"scenario {scenario.name}: a demo shows up to {MOST_TASKS} poems, each from its own server")


def _show(options: DemoOptions, clients: list[Client], scenario: Scenario, make: Make) -> int:
    show = Show(clients, scenario)
    with contextlib.ExitStack() as stack:
        cast = stack.enter_context(Cast(options.cast, *shutil.get_terminal_size())) if options.cast else None
        if not _on_terminal():
            PlainDemo(show, make, partial(_write, cast)).run()
            return 0
        app = DemoApp(
            show, make, conduct=options.conduct, predict=options.predict, large=options.large, light=options.light,
            cast=cast,
        )  # fmt: skip
        status = app.run()
    if app.failure is not None:
        raise app.failure
    if status is not None and status > 128:
        raise Interrupted(status - 128)
    return LabError.status if status is None else status  # None: Textual has already printed what went wrong


def _on_terminal() -> bool:
    # Standard error is needed because Textual draws there.
    return os.environ.get("TERM") != "dumb" and all(s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr))


def _write(cast: Cast | None, line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
    if cast is not None:
        cast.write(line.replace("\n", "\r\n"))
