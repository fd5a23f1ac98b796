"""From planned scenes to scenes that can be played: recorded ones read from runs, live ones with one backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from harness.backend import Backend, Ready, Say, ownership
from harness.backend.choice import choose
from harness.compare.options import Options, selected
from harness.demo import replay, write_run
from harness.demo.events import Command, Event
from harness.demo.lecture import Planned
from harness.demo.live import LiveCell, LivePlayer
from harness.demo.scene import Scene
from harness.errors import LabError, UsageError
from harness.paths import RUNS
from harness.record.run_folder import RunFolder
from harness.spec.client import Client
from harness.spec.conditions import USUAL
from harness.spec.scenario import Scenario
from harness.spec.server_program import REFERENCE, ServerProgram, discover

CLIENTS = "python-blocking,python-twisted-inlinecallbacks,erlang-processes,haskell-announcing"
MOST_CLIENTS = 6
MOST_TASKS = 9  # each has its own key and shape


@contextmanager
def staged(
    planned: Sequence[Planned], say: Say, *, backend: str, seed: int, out: Path | None, install: bool
) -> Iterator[list[Scene]]:
    """The scenes, all checked before the first one is shown.  The records of the live ones are completed at the end.

    UsageError if one cannot be shown; LabError if no client of a live one can run here.
    """
    recorded = {number: _recorded(plan) for number, plan in enumerate(planned) if plan.replay is not None}
    chosen = {number: _chosen(plan, backend, seed) for number, plan in enumerate(planned) if plan.replay is None}
    if not chosen:
        yield list(recorded.values())
        return
    program = discover()[REFERENCE]
    clients = {client.key: client for _, found, _ in chosen.values() for client in found}
    with choose(backend, ownership.this_owner(), install=install, say=say) as choice:
        ready = choice.prepare([*clients.values(), program], say)
        for client in clients.values():
            if client.key in ready.unready:
                say(f"{client.name} is not shown: {ready.unready[client.key].sentence}")
        stage = _Stage(choice, ready, program, out or RUNS)
        try:
            live = {number: stage.scene(planned[number], *chosen[number]) for number in chosen}
            yield [scene for _, scene in sorted({**recorded, **live}.items())]
        finally:
            stage.complete(say)


def _recorded(plan: Planned) -> Scene:
    assert plan.replay is not None
    names = plan.clients.split(",") if plan.clients else []
    with plan.key("replay"):
        known, played = replay.contents(plan.replay)
    with plan.key("scenario"):
        if plan.scenario and plan.scenario not in played:
            raise UsageError(f"{plan.replay}: the run has no scenario {plan.scenario!r}; it has: {', '.join(played)}")
    with plan.key("clients"):
        for name in names:
            if name not in known:
                raise UsageError(f"{plan.replay}: the run has no client {name!r}; it has: {', '.join(known)}")
        clients, scenario, events = replay.read(plan.replay, names, plan.scenario, MOST_CLIENTS)
    _check(plan, clients, scenario)
    pace = plan.pace if plan.place else 1.0  # without a lecture, a recording is shown at its own speed
    make = partial(replay.RecordedPlayer, events, pace=pace)
    return Scene(clients, scenario, make, plan.mode, plan.title, plan.text)


def _chosen(plan: Planned, backend: str, seed: int) -> tuple[Options, list[Client], Scenario]:
    """The options of a compare with the same clients and scenario, and these clients and this scenario."""
    options = Options(
        clients=plan.clients or ("" if plan.client_folders else CLIENTS),
        client_folders=plan.client_folders,
        scenarios=plan.scenario or "trio",
        backend=backend,
        pace=plan.pace,
        seed=seed,
    )
    options.check()
    with plan.key("scenario"):
        _, [scenario, *others] = selected(Options(scenarios=options.scenarios, pace=plan.pace, seed=seed))
        if others:
            raise UsageError(f"--scenario {plan.scenario}: a demo shows exactly one scenario")
        if scenario.client != USUAL:
            raise UsageError(
                f"scenario {scenario.name}: it sets special conditions for the clients, and a demo cannot do that; "
                "choose another one"
            )
    with plan.key("clients"):
        clients, _ = selected(options)
    _check(plan, clients, scenario)
    return options, clients, scenario


def _check(plan: Planned, clients: Sequence[Client], scenario: Scenario) -> None:
    with plan.key("clients"):
        if len(clients) > MOST_CLIENTS:
            raise UsageError(f"--clients: a demo shows up to {MOST_CLIENTS} clients side by side, not {len(clients)}")
    with plan.key("scenario"):
        if len(scenario.tasks) > MOST_TASKS or scenario.shares_servers:
            raise UsageError(
                f"scenario {scenario.name}: a demo shows up to {MOST_TASKS} poems, each from its own server"
            )


class _Stage:
    """Where live scenes are played; each time that a scene is shown, it leaves the folder of a run."""

    def __init__(self, backend: Backend, ready: Ready, program: ServerProgram, parent: Path) -> None:
        self._backend, self._ready, self._program, self._parent = backend, ready, program, parent
        self._played: list[tuple[RunFolder, list[LiveCell], Scenario]] = []

    def scene(self, plan: Planned, options: Options, chosen: list[Client], scenario: Scenario) -> Scene:
        clients = [client for client in chosen if client.key not in self._ready.unready]
        if not clients:
            raise LabError(f"none of the clients can run here: {', '.join(client.name for client in chosen)}")

        def make(tell: Callable[[Event], None]) -> LivePlayer:
            folder = write_run.create(
                self._parent, options, self._backend, self._ready, clients, self._program, scenario
            )
            cells: list[LiveCell] = []
            self._played.append((folder, cells, scenario))

            def hear(event: Event) -> None:
                if isinstance(event, Command):
                    write_run.note(folder, event)
                tell(event)

            for number, client in enumerate(clients):
                place = folder.cell_folder(self._program.name, scenario.name, client.name, 1, 1)
                cells.append(LiveCell(number, client, scenario, place, hear))
            playbill = folder.playbill(scenario.name)
            return LivePlayer(lambda: self._backend.pod(self._program, folder.path), cells, playbill, hear)

        return Scene(clients, scenario, make, plan.mode, plan.title, plan.text)

    def complete(self, say: Say) -> None:
        """Judge what was played, and say where the evidence is."""
        for folder, cells, scenario in self._played:
            write_run.complete(folder, cells, scenario, self._program)
            say(f"The evidence is in {folder.path}")
