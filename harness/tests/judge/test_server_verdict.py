"""What the lab's own reader saw, held against the scenario: folders whose every time is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from evidence_maker import COMEBACK, LAG, START, play

from harness.judge.server_verdict import Finding, examine
from harness.run.server_probe import RECORD, SEND_LOG
from harness.spec.scenario import Scenario

ENDS = {"close": "end", "reset": "reset"}
HELD_UP = {1: START, 2: START + 0.25}  # when each server was called: the machine kept the reader from the second


def recorded(folder: Path, made: Scenario, calls: Mapping[int, float], *, dies: float = 0.0, back: float = 0.0) -> Path:
    """A folder as `attend` leaves it, of servers that keep their schedules, read a millisecond after each send.

    `dies` and `back` move the death and the return of a server that is away by so many seconds.
    """
    record: list[dict[str, object]] = []
    acts: list[dict[str, object]] = []
    for connection in play(made, calls).connections:
        number, called = connection.server, connection.accepted
        assert connection.how and connection.ended
        own = made.servers[number - 1]
        ended = connection.ended + (dies if own.away else 0.0)
        of_it = {"server": number, "conn": 1}
        acts.append({"t": called, "act": "accept", **of_it})
        start = 0
        for t, end in zip(connection.times, connection.ends, strict=True):
            acts.append({"t": t, "due": t, "act": "send", **of_it, "start": start, "end": end})
            record.append({"server": number, "t": t + LAG, "start": start, "end": end})
            start = end
        acts.append({"t": ended, "act": connection.how, **of_it})
        how = ENDS[connection.how]
        record.append({"server": number, "began": called, "connected": called, "t": ended + LAG, "how": how})
        if own.away:
            record.append({"server": number, "refused": True, "back": START + own.away[1] + back})
        (folder / f"received-{number}").write_bytes(own.poem[:start])
    for name, entries in ((RECORD, record), (SEND_LOG, acts)):
        (folder / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return folder


def test_the_times_of_a_server_that_dies_count_from_the_first_call_of_all(tmp_path: Path) -> None:
    assert examine(recorded(tmp_path, COMEBACK, HELD_UP), COMEBACK, 20) is None


def test_a_server_that_dies_too_early_is_found_however_late_it_was_called(tmp_path: Path) -> None:
    folder = recorded(tmp_path, COMEBACK, HELD_UP, dies=-0.05)
    assert examine(folder, COMEBACK, 20) == Finding("server-early", "server 2 (tyger) dies before 0.4 s are over")


def test_a_server_that_comes_back_too_early_is_found_however_late_it_was_called(tmp_path: Path) -> None:
    finding = examine(recorded(tmp_path, COMEBACK, HELD_UP, back=-0.05), COMEBACK, 20)
    sentence = "server 2 (tyger) should come back after 0.8 s, and is there after 0.75 s"
    assert finding == Finding("server-ends-otherwise", sentence)
