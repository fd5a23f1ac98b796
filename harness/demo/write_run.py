"""The run folder of a demo: that of a compare with one round, and `demo.ndjson`, the lecturer's commands with times.

A command can reset a poem or stop its server.  The clients that this affects get a scenario of their own with that
fault, so that each client is judged by what happened to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from harness.backend import Backend, Ready
from harness.compare.options import SLOWEST, Options
from harness.compare.provenance import provenance
from harness.demo.events import Command
from harness.demo.live import LiveCell
from harness.errors import UsageError
from harness.judge.exit_status import exit_status
from harness.judge.likeness import likenesses
from harness.judge.verdict import judge
from harness.record import run_folder
from harness.record.evidence import read_evidence
from harness.record.ndjson import Seconds, bad, read_ndjson
from harness.record.run_folder import RunFolder
from harness.record.send_log import SendLog, read_send_log
from harness.spec.client import Client
from harness.spec.scenario import Scenario, Server
from harness.spec.server_program import ServerProgram
from slowpoetry.schedule import Act, Schedule

COMMAND_FILE = "demo.ndjson"
COMMANDS = re.compile(
    r"pause|resume|pace [0-9]{1,9}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?|(step|reset|stall|go|down) [1-9][0-9]?"
)


def create(
    parent: Path,
    options: Options,
    backend: Backend,
    ready: Ready,
    clients: Sequence[Client],
    program: ServerProgram,
    scenario: Scenario,
) -> RunFolder:
    """Create the folder, as it is before anything has happened."""
    folder = RunFolder.create(run_folder.make_parent(parent), run_folder.new_id())
    folder.run["options"] = options.record()
    folder.run["provenance"] = provenance(backend.name, ready)
    folder.run["clients"] = [client.record() for client in clients]
    folder.run["servers"] = [program.record()]
    folder.add_scenario(scenario)
    (folder.path / COMMAND_FILE).touch()
    folder.save()
    return folder


def note(folder: RunFolder, command: Command) -> None:
    """Write down a command of the lecturer."""
    with (folder.path / COMMAND_FILE).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"t": round(command.t, 6), "words": command.words}) + "\n")


def complete(folder: RunFolder, cells: Sequence[LiveCell], scenario: Scenario, program: ServerProgram) -> None:
    """Judge the clients that have ended and write their cells; a client that was stopped has no cell."""
    for cell in cells:
        if cell.recording is not None and cell.recording.stopped != "timeout":
            folder.run["cells"].append(_judged(folder, cell, scenario, program))
    folder.run["likeness"] = likenesses(folder)
    if len(folder.run["cells"]) == len(cells):
        folder.run["status"] = exit_status(folder.run["cells"])
    folder.save()


def _judged(folder: RunFolder, cell: LiveCell, scenario: Scenario, program: ServerProgram) -> dict[str, Any]:
    assert cell.recording is not None
    met = as_met(scenario, read_send_log(cell.folder / "send-log.ndjson", scenario), _down(folder))
    if met.name not in {record["name"] for record in folder.run["scenarios"]}:
        folder.add_scenario(met)
    facts = run_folder.facts(cell.recording)
    # Judged from the scenario as it is in the folder, so that a replay gives the same result.
    played = run_folder.scenarios_of(folder)[met.name]
    evidence = read_evidence(cell.folder, played, run_folder.recording_of(facts))
    return {
        "server": program.name,
        "client": cell.client.name,
        "scenario": met.name,
        "round": 1,
        "attempt": 1,
        **judge(cell.client, evidence).record(),
        **facts,
        "weak_evidence": evidence.transcript.evidence == "stdout",
        "evidence": folder.evidence_of(cell.folder),
    }


def read_commands(folder: Path) -> list[Command]:
    """The lecturer's commands; an empty list if this is not the run of a demo.  UsageError if they cannot be read."""
    path = folder / COMMAND_FILE
    if not path.exists():
        return []
    try:
        return [_command(path, line, told) for line, told in enumerate(read_ndjson(path, _Told), 1)]
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


class _Told(msgspec.Struct):
    t: Seconds
    words: list[str]


def _command(path: Path, line: int, told: _Told) -> Command:
    words = told.words
    if not COMMANDS.fullmatch(" ".join(words)):
        raise bad(path, line, "words", words, "a command for servers")
    if words[0] == "pace" and not 0 < float(words[1]) <= SLOWEST:
        raise bad(path, line, "words", words, f"a pace above 0, up to {SLOWEST}")
    return Command(told.t, tuple(words))


def _down(folder: RunFolder) -> set[int]:
    return {int(command.words[1]) for command in read_commands(folder.path) if command.words[0] == "down"}


def as_met(scenario: Scenario, log: SendLog, down: set[int]) -> Scenario:
    """The scenario as a client met it: with the resets in its send log, and without the servers in `down`."""
    broken: dict[int, tuple[str, Server]] = {}
    for task, index in enumerate(scenario.tasks, 1):
        server, connection = scenario.servers[index], log.of_task(task)
        if server.fault is not None:
            continue
        if connection is None and index + 1 in down:
            broken[index] = f"{task}-down", Server()
        elif connection is not None and connection.how == "reset":
            broken[index] = f"{task}-reset", replace(server, schedule=_until(server.schedule, connection.sent))
    if not broken:
        return scenario
    servers = [broken[index][1] if index in broken else server for index, server in enumerate(scenario.servers)]
    names = "-".join(name for name, _ in broken.values())
    return replace(scenario, name=f"{scenario.name}-{names}", servers=tuple(servers))


def _until(schedule: Schedule, sent: int) -> Schedule:
    """The schedule up to the act with which `sent` bytes had been sent, then a reset."""
    acts: list[Act] = []
    for act in schedule:
        if act.kind != "send" or sent <= 0:
            break
        acts.append(replace(act, size=min(act.size, sent)))
        sent -= act.size
    return (*acts, Act(acts[-1].at if acts else 0.0, "reset"))
