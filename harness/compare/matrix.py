"""The main job: every client in every scenario, against the same slow servers, recorded as a run."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from harness.backend import Say, Unready, ownership
from harness.compare.besides import NOTHING, Besides, Work
from harness.compare.completion import complete
from harness.compare.examination import examined
from harness.compare.options import Options, selected, selected_servers
from harness.compare.plan import left_out, rounds_in_turn, seconds, share
from harness.compare.progress import Progress, Watch
from harness.compare.provenance import provenance
from harness.compare.site import Lost, Pool, site
from harness.compare.waiting import Waiting
from harness.compare.worker import ATTEMPTS, Cell, Shared, not_run, run_one
from harness.errors import Interrupted, LabError, NothingSelected
from harness.paths import RUNS
from harness.printable import counted
from harness.record import run_folder
from harness.record.run_folder import RunFolder
from harness.run import server_probe
from harness.spec.client import Client
from harness.spec.scenario import Scenario
from harness.spec.server_program import REFERENCE

SAVE_SECONDS = 0.5  # run.json is written at most so often, because writing a long one takes time
T = TypeVar("T")


def compare(options: Options, say: Say, watch: Watch | None = None) -> RunFolder:
    """Run everything that the options select, as `run` does; UsageError or NothingSelected if they are wrong."""
    options.check()
    return run(options, *selected(options), say, watch)


def run(
    options: Options,
    clients: Sequence[Client],
    scenarios: Sequence[Scenario],
    say: Say,
    watch: Watch | None = None,
    besides: Besides = NOTHING,
) -> RunFolder:
    """Run these clients and scenarios; after an error or a signal, the folder has all cells that are finished.

    After a kill, those of the last half second may be missing.

    `watch` is called after each cell; without it, `say` is called with the line about the cell.
    """
    watch = watch or (lambda progress: say(progress.line))
    began = time.monotonic()
    programs = selected_servers(options)
    cells = share(list(rounds_in_turn(programs, clients, scenarios, options.rounds)), options.shard)
    if not cells:
        raise NothingSelected("this shard has no cell: there are more shards than cells; choose fewer")
    parent = run_folder.make_parent(options.out or RUNS)
    label = ownership.this_owner()
    with site(options, label, say) as here:
        count = here.jobs(options.jobs, len(cells) + len(besides.work))
        readers = [server_probe.PROBE] if options.examines_servers else []
        ready = here.prepare([*clients, *programs, *readers], say)
        besides.prepared(ready)
        folder = RunFolder.create(parent, run_folder.new_id())
        folder.run["options"] = options.record()
        folder.run["provenance"] = {**provenance(here.name, ready), "jobs": count}
        folder.run["clients"] = [client.record() for client in clients]
        folder.run["servers"] = [program.record() for program in programs]
        for scenario in scenarios:
            folder.add_scenario(scenario)
        besides.begun(folder)
        folder.save()
        shared = Shared(
            here.name,
            label,
            ready,
            folder,
            {client.name: client for client in clients},
            # From here on everything is judged as the folder holds it, so that a replay has the same result.
            run_folder.scenarios_of(folder),
            {program.name: program for program in programs},
            besides.calls,
            options.late_budget_ms,
        )
        with here.pool(shared, count) as workers, Waiting() as waiting:
            matrix = Matrix(shared, workers, waiting, cells, count, say, watch, besides)
            try:
                matrix.play(examined(shared, workers, waiting, say) if options.examines_servers else {})
            except Interrupted:
                say(
                    f"{matrix.finished} of {counted(len(cells), 'cell')} finished; what is recorded is in {folder.path}"
                )
                raise
            finally:
                matrix.save()
    complete(folder, began)
    return folder


class Matrix:
    """The cells of a run, those that are done and those that are not."""

    def __init__(
        self,
        shared: Shared,
        workers: Pool,
        waiting: Waiting,
        cells: Sequence[Cell],
        count: int,
        say: Say,
        watch: Watch,
        besides: Besides = NOTHING,
    ) -> None:
        self._shared, self._workers, self._waiting = shared, workers, waiting
        self._say, self._watch = say, watch
        self._besides, self._policy = besides, besides.policy
        self._cells, self._count = cells, count
        self._done: dict[Cell, dict[str, Any]] = {}
        self._told: set[Cell] = set()
        self._saved, self._changed = time.monotonic(), False
        self._left_out: dict[Cell, Unready] = {}
        self._postponed: list[Cell] = []
        self._alone: list[Cell] = []

    @property
    def finished(self) -> int:
        """How many cells have an outcome that will not change."""
        return len(self._told)

    def save(self) -> None:
        """Write run.json with the cells that are done, in the order of the plan."""
        self._shared.folder.run["cells"] = [self._done[cell] for cell in self._cells if cell in self._done]
        self._shared.folder.save()
        self._saved, self._changed = time.monotonic(), False

    def play(self, wrong: Mapping[tuple[str, str], Unready]) -> None:
        """Run all cells that can be run: side by side, then alone those that need the machine or were disturbed.

        `wrong` says by server program and scenario whose servers no client is run against.
        """
        shared = self._shared
        for cell in self._cells:
            why = wrong.get((cell.server, cell.scenario)) or self._why_not(cell)
            if why:
                self._done[cell] = {**cell.record(), **not_run(why)}
                self._tell(cell, self._done[cell])
        cells = [cell for cell in self._cells if cell not in self._done]
        self._alone = [cell for cell in cells if shared.scenarios[cell.scenario].heavy]
        disturbed = self._add_all(self._together([cell for cell in cells if cell not in self._alone]), 1)
        self._again(disturbed)
        self._again(self._add_all(self._one_by_one([*self._postponed, *self._alone], 1), 1))

    def _again(self, disturbed: list[Cell]) -> None:
        for attempt in range(2, ATTEMPTS + 1):
            disturbed = self._add_all(self._one_by_one(disturbed, attempt), attempt)

    def _why_not(self, cell: Cell) -> Unready | None:
        shared, unready = self._shared, self._shared.ready.unready
        program, client = shared.programs[cell.server], shared.clients[cell.client]
        scenario = shared.scenarios[cell.scenario]
        return unready.get(program.key) or unready.get(client.key) or left_out(program, client, scenario)

    def _together(self, cells: Iterable[Cell]) -> Iterator[tuple[Cell, dict[str, Any]]]:
        """Run cells side by side: of each round the longest first, so that no long one is left at the end."""
        policy, work = self._policy, self._besides.work
        order = sorted(cells, key=lambda cell: (cell.round, -self._seconds(cell)))
        early = [cell for cell in order if cell.scenario in policy.first]
        waiting: list[Cell | Work] = [*early, *(cell for cell in order if cell not in early), *work]
        running: dict[Future[Any], Cell | Work] = {}
        results = []
        while waiting or running:
            while len(running) < self._workers.width and (one := self._next(waiting, running.values())):
                waiting.remove(one)
                done = self._done_of(one.client)
                if isinstance(one, Work):
                    if not policy.hopeless(done):
                        running[self._workers.submit(one.function)] = one
                elif self._leave_out(one):
                    yield one, {**one.record(), **not_run(self._left_out[one])}
                elif policy.postpone(done):
                    self._postponed.append(one)
                else:
                    running[self._run(one, 1)] = one
            if not (waiting or self._postponed or self._alone):
                self._workers.no_more()
            for future in self._wait(running):
                match running.pop(future):
                    case Work():
                        results.append(future.result())
                    case cell:
                        yield cell, self._record(cell, future, 1)
        self._besides.done(self._shared.folder, results)

    def _next(self, waiting: Iterable[Cell | Work], running: Iterable[Cell | Work]) -> Cell | Work | None:
        """The first whose client is not held back, which happens only while something of this client runs."""
        busy = {one.client for one in running}
        held = {client for client in busy if self._policy.hold(self._done_of(client))}
        return next((one for one in waiting if one.client not in held), None)

    def _wait(self, running: Collection[Future[T]]) -> list[Future[T]]:
        """Wait until some are done; meanwhile run.json gets the cells that it does not have."""
        done = self._waiting.some(running, SAVE_SECONDS if self._changed else None)
        if not done and self._changed:
            self.save()
            done = self._waiting.some(running)
        return done

    def _one_by_one(self, cells: Iterable[Cell], attempt: int) -> Iterator[tuple[Cell, dict[str, Any]]]:
        for cell in cells:
            if self._leave_out(cell):
                # What it did alone is kept: it may be the reason.
                before = self._done.get(cell, {"attempt": 0})
                yield cell, before if before["attempt"] > 1 else {**cell.record(), **not_run(self._left_out[cell])}
            else:
                [future] = self._wait([self._run(cell, attempt)])
                yield cell, self._record(cell, future, attempt)

    def _leave_out(self, cell: Cell) -> bool:
        """Whether what the cell's client did in others is enough."""
        done = self._done_of(cell.client)
        if why := self._policy.hopeless(done) or self._policy.needless(cell.scenario, done):
            self._left_out[cell] = why
        return cell in self._left_out

    def _done_of(self, client: str) -> list[dict[str, Any]]:
        return [record for cell, record in self._done.items() if cell.client == client]

    def _record(self, cell: Cell, future: Future[dict[str, Any]], attempt: int) -> dict[str, Any]:
        try:
            return future.result()
        except Lost as lost:
            return {**cell.record(), **not_run(Unready("lab-error", "workers-lost", str(lost)))}
        except LabError as error:
            if not self._besides.go_on:
                raise
            return {**cell.record(), **not_run(Unready("lab-error", "engine-failed", str(error))), "attempt": attempt}

    def _run(self, cell: Cell, attempt: int) -> Future[dict[str, Any]]:
        shared = self._shared
        needs = (shared.programs[cell.server], shared.clients[cell.client], shared.scenarios[cell.scenario])
        return self._workers.submit(run_one, cell, attempt, needs=needs)

    def _add_all(self, records: Iterable[tuple[Cell, dict[str, Any]]], attempt: int) -> list[Cell]:
        """Add the records; returns the cells that must be run again, because the lab disturbed them."""
        disturbed = []
        for cell, record in records:
            self._done[cell], self._changed = record, True
            again = record["attempt"] and attempt < ATTEMPTS and not self._leave_out(cell)
            if record["verdict"] == "lab-error" and again:
                disturbed.append(cell)
                self._say(f"{self._name(cell)}: {record['reason']['sentence']}; it will be run again, alone")
            else:
                self._tell(cell, record)
            if time.monotonic() > self._saved + SAVE_SECONDS:
                self.save()
        return disturbed

    def _tell(self, cell: Cell, record: dict[str, Any]) -> None:
        self._told.add(cell)
        mark = "" if record["expected"] else f", unexpected: {record['reason']['sentence']}"
        line = f"[{len(self._told)}/{len(self._cells)}] {self._name(cell)}: {record['verdict']}{mark}"
        left = [self._seconds(cell) for cell in self._cells if cell not in self._told]
        running = min(self._count, len(left))
        unexpected = sum(not self._done[cell]["expected"] for cell in self._told)
        left_s = max([sum(left) / self._count, *left])
        expected, done, cells = record["expected"], len(self._told), len(self._cells)
        self._watch(Progress(line, expected, done, cells, running, unexpected, left_s))

    def _seconds(self, cell: Cell) -> float:
        return seconds(cell, self._shared.clients, self._shared.scenarios)

    def _name(self, cell: Cell) -> str:
        by = "" if cell.server == REFERENCE else f" · {cell.server} servers"
        return f"{cell.scenario}{by} · {cell.client}"
