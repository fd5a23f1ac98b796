"""The claims about running programs, answered from records; and the trials that make the records, if they fail."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_process import eventually, processes_of

from harness.backend import ownership
from harness.backend.child_process import environment
from harness.claims import FAILS, HOLDS, LIMITED, UNSEEN, Answer, programs, services, trials
from harness.claims.records import Records, service_evidence
from harness.paths import POEMS, ROOT
from harness.record.run_folder import RunFolder

CLAIMS = {claim.id: claim for claim in services.CLAIMS}

Record = dict[str, Any]

DAEMON = {
    "pid": 4711,
    "pid_file_while_running": "4711",
    "served": True,
    "logged_request": True,
    "ended": True,
    "pid_file_after": None,
    "last_log_line": "Server Shut Down.",
    "traceback": False,
}
MARKS = [
    "setUp returns a Deferred",
    "setUp's Deferred fires",
    "the test returns a Deferred",
    "the test's Deferred fires",
    "tearDown returns a Deferred",
    "tearDown's Deferred fires",
]


def send(t: float, end: int) -> Record:
    """A chunk of ten bytes in a send log."""
    return {"t": t, "act": "send", "server": 1, "conn": 1, "start": end - 10, "end": end}


def end(t: float, how: str) -> Record:
    """The end of the connection in a send log."""
    return {"t": t, "act": how, "server": 1, "conn": 1}


RECORDS: dict[str, Record] = {
    "proxy-hang-up": {
        "hung_up": 7.0,
        "poem_bytes": 100,
        "send_log": [send(6.5, 10), send(6.9, 20), end(7.01, "hang-up")],
    },
    "proxy-cache": {
        "fetches": [{"exact": True, "seconds": 1.3}, {"exact": True, "seconds": 0.002}],
        "accepts": 1,
    },
    "twistd-lifecycle": {"SIGTERM": DAEMON, "SIGINT": DAEMON},
    "inline-fallback": {
        "poem": "O Rose thou art sick.\n",
        "transformed": "o rose thou art sick.\n",
        "with_server": {"status": 0, "stdout": "o rose thou art sick.\n\n", "stderr": ""},
        "without_server": {
            "status": 0,
            "stdout": "O Rose thou art sick.\n\n",
            "stderr": "Task 1: got 22 bytes\nTask 1: not transformed: connection refused (127.0.0.1:10005)\n",
        },
    },
    "trial-waits": {"status": 0, "marks": MARKS},
}


def other(id_: str, *path: str | int, value: Any) -> Record:
    """The record for which the claim holds, with another value in one place."""
    record = copy.deepcopy(RECORDS[id_])
    place: Any = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return record


ALL_SENT = [send(6.0 + n / 10, 10 * n) for n in range(1, 11)]

OPPOSITES: dict[str, dict[str, Record]] = {
    "proxy-hang-up": {
        "the poem comes to its end": other("proxy-hang-up", "send_log", value=[*ALL_SENT, end(7.1, "close")]),
        "the server ends it": other("proxy-hang-up", "send_log", value=[send(6.9, 20), end(7.01, "reset")]),
        "the proxy takes it all": other("proxy-hang-up", "send_log", value=[*ALL_SENT, end(7.1, "hang-up")]),
    },
    "proxy-cache": {
        "the slow server is asked again": other("proxy-cache", "accepts", value=2),
        "it takes as long again": other("proxy-cache", "fetches", 1, "seconds", value=1.3),
        "another poem": other("proxy-cache", "fetches", 1, "exact", value=False),
    },
    "twistd-lifecycle": {
        f"{how}, {key} {value}": other("twistd-lifecycle", how, key, value=value)
        for how in ("SIGTERM", "SIGINT")
        for key, value in [
            ("pid_file_while_running", None),
            ("pid_file_while_running", "4712"),
            ("served", False),
            ("logged_request", False),
            ("ended", False),
            ("pid_file_after", "4711"),
            ("last_log_line", "Received SIGTERM, shutting down."),
            ("traceback", True),
        ]
    },
    "inline-fallback": {
        "nothing is printed": other("inline-fallback", "without_server", "stdout", value=""),
        "something else is printed": other("inline-fallback", "without_server", "stdout", value="None\n"),
        "half of it is printed": other("inline-fallback", "without_server", "stdout", value="O Rose\n"),
    },
    "trial-waits": {
        "tearDown comes first": other("trial-waits", "marks", value=[*MARKS[:3], MARKS[4], MARKS[3], MARKS[5]]),
        "the Deferred never fires": other("trial-waits", "marks", value=[*MARKS[:3], *MARKS[4:]]),
        "the test fails": other("trial-waits", "status", value=1),
    },
}

UNOBSERVED: dict[str, dict[str, Record]] = {
    "proxy-hang-up": {
        "the download has not ended": other("proxy-hang-up", "send_log", value=[send(6.9, 20)]),
        "it had ended before": other("proxy-hang-up", "send_log", value=[send(6.8, 20), end(6.9, "hang-up")]),
        "nothing was sent": other("proxy-hang-up", "send_log", value=[end(7.1, "hang-up")]),
    },
    "proxy-cache": {
        "the first did not come whole": other("proxy-cache", "fetches", 0, "exact", value=False),
        "one fetch only": other("proxy-cache", "fetches", value=[{"exact": True, "seconds": 1.3}]),
    },
    "twistd-lifecycle": {
        "no daemon": {},
        "one of two": {"SIGTERM": DAEMON},
    },
    "inline-fallback": {
        "the server did not transform": other(
            "inline-fallback", "with_server", "stdout", value="O Rose thou art sick.\n\n"
        ),
        "nothing to transform": other("inline-fallback", "poem", value="o rose thou art sick.\n"),
    },
    "trial-waits": {
        "no such test": {"status": 1, "marks": []},
        "no tearDown": {"status": 1, "marks": MARKS[:4]},
        "setUp never ended": {"status": 1, "marks": [MARKS[0], MARKS[4]]},
    },
}


def answer(folder: Path, id_: str, record: Any) -> Answer:
    """The answer to a claim from a run's folder with this record."""
    place = folder / service_evidence(id_)
    place.parent.mkdir(parents=True)
    place.write_text(record if isinstance(record, str) else json.dumps(record), "utf-8")
    return CLAIMS[id_].answer(Records(RunFolder(folder, {"cells": []})))


def each(worlds: dict[str, dict[str, Record]]) -> list[Any]:
    """One test parameter for each record of each claim."""
    return [pytest.param(id_, record, id=f"{id_}: {what}") for id_ in worlds for what, record in worlds[id_].items()]


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_claim_holds_for_its_record(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, RECORDS[id_])
    assert said.answer == HOLDS, said
    assert said.evidence == (service_evidence(id_),)


@pytest.mark.parametrize(("id_", "record"), each(OPPOSITES))
def test_a_claim_does_not_hold_for_an_opposite_record(id_: str, record: Record, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, record)
    assert said.answer == FAILS, said


@pytest.mark.parametrize(("id_", "record"), each(UNOBSERVED))
def test_nothing_is_observed_if_the_trial_went_wrong(id_: str, record: Record, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, record)
    assert said.answer == UNSEEN and "are damaged" not in said.figures, said


@pytest.mark.parametrize(
    ("id_", "what", "figures"),
    [
        ("proxy-hang-up", "the poem comes to its end", "the slow server ended the connection 100 ms after the"),
        ("proxy-cache", "another poem", "with another poem; the slow server accepted 1 connection"),
        ("proxy-cache", "the slow server is asked again", "accepted 2 connections"),
        ("twistd-lifecycle", "SIGINT, pid_file_after 4711", "SIGINT: the pid file is still there"),
        ("inline-fallback", "nothing is printed", "the client printed nothing; its message: Task 1: not transformed:"),
        ("trial-waits", "tearDown comes first", "tearDown began before"),
    ],
)
def test_the_figures_come_from_the_record(id_: str, what: str, figures: str, tmp_path: Path) -> None:
    assert figures in answer(tmp_path, id_, OPPOSITES[id_][what]).figures


def test_every_claim_has_a_record_an_opposite_record_and_a_trial() -> None:
    assert RECORDS.keys() == OPPOSITES.keys() == UNOBSERVED.keys() == CLAIMS.keys() == trials.TRIALS.keys()


@pytest.mark.parametrize("id_", CLAIMS)
def test_without_a_record_nothing_is_observed(id_: str, tmp_path: Path) -> None:
    said = CLAIMS[id_].answer(Records(RunFolder(tmp_path, {"cells": []})))
    assert said.answer == UNSEEN and "was not run" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
@pytest.mark.parametrize("record", ["", "{", "[1]", '{"any": 1, "SIGTERM": {}, "SIGINT": {}}'])
def test_a_damaged_record_gives_no_answer(id_: str, record: str, tmp_path: Path) -> None:
    assert answer(tmp_path, id_, record).answer == UNSEEN


@pytest.mark.parametrize("id_", CLAIMS)
def test_the_answer_says_why_a_trial_could_not_be_carried_out(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, {"error": "there is no twistd"})
    assert (said.answer, said.figures) == (UNSEEN, "there is no twistd")


def test_a_late_hang_up_of_the_proxy_holds_within_limits(tmp_path: Path) -> None:
    late = [send(6.9, 20), send(7.5, 30), end(9.5, "hang-up")]
    said = answer(tmp_path, "proxy-hang-up", other("proxy-hang-up", "send_log", value=late))
    assert said.answer == LIMITED
    assert "2500 ms" in said.figures and "sent 10 more bytes, 30 of 100" in said.figures


def recorded(folder: Path, trial: Callable[[Path], Record], monkeypatch: pytest.MonkeyPatch) -> Record:
    """The record of a trial that is carried out instead of one of the lab's trials."""
    monkeypatch.setitem(trials.TRIALS, "any", trial)
    trials.carry_out("any", folder / "any")
    record: Record = json.loads((folder / "any" / "record.json").read_text("utf-8"))
    return record


def test_the_failure_of_a_program_is_described_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(folder: Path) -> Record:
        with programs.program("slowpoetry.no_such_module", says=r"(never)", log=folder / "log"):
            return {}

    why = recorded(tmp_path, trial, monkeypatch)["error"]
    assert why.startswith("slowpoetry.no_such_module ended with status 1: ") and "No module named" in why
    assert len(why) < 160


def test_a_program_ends_with_its_block_even_if_that_is_interrupted(tmp_path: Path) -> None:
    def interrupted() -> None:
        with programs.program("slowpoetry.transform", says=r"Serving .*:(\d+)\.", log=tmp_path / "log"):
            assert processes_of(os.getpid(), programs.ROLE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not processes_of(os.getpid(), programs.ROLE)


def test_a_server_that_does_not_stop_sending_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 100)
    poem = POEMS / "science.txt"

    def trial(folder: Path) -> Record:
        with programs.slow_server(folder, poem, 200, 0.01) as (port, _):
            return {"read": len(programs.read_all(port))}

    assert "and did not end" in recorded(tmp_path, trial, monkeypatch)["error"]


def daemon(folder: Path, variables: dict[str, str]) -> None:
    """Start the fast server as a twistd daemon, with these environment variables."""
    twistd = str(Path(sys.executable).with_name("twistd"))
    files = ["--pidfile", str(folder / "twistd.pid"), "--logfile", str(folder / "twistd.log")]
    service = ["fastpoetry", "--port", "0", "--poem", str(POEMS / "science.txt")]
    subprocess.run([twistd, *files, *service], cwd=ROOT, env=variables, check=True, timeout=120)


def test_an_interrupted_trial_leaves_no_daemon(tmp_path: Path) -> None:
    def interrupted() -> None:
        with programs.no_daemon_left():
            daemon(tmp_path, environment(ownership.this_owner(), programs.ROLE))
            eventually(lambda: processes_of(os.getpid(), programs.ROLE), "a daemon")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    eventually(lambda: not processes_of(os.getpid(), programs.ROLE), "an end of the daemon")


def test_the_daemon_of_a_killed_lab_is_removed(tmp_path: Path) -> None:
    # The lab lives until the daemon runs: if it died earlier, another lab on this machine could remove the daemon.
    with subprocess.Popen(["sleep", "600"]) as its_lab:
        try:
            boot, namespace, _, _ = ownership.this_owner().split("/")
            label = f"{boot}/{namespace}/{its_lab.pid}/{ownership._started(its_lab.pid)}"
            daemon(tmp_path, environment(label, programs.ROLE))
            eventually(lambda: processes_of(its_lab.pid), "a daemon")
        finally:
            its_lab.kill()
    ownership.sweep_processes()
    eventually(lambda: not processes_of(its_lab.pid), "an end of the daemon")
