"""Evidence made from a compact description, for the tests of pure functions.

A cell is honest unless a test says otherwise: the servers keep their schedules, and the client connects to all at once,
reports every chunk and prints each poem as soon as it is done, a millisecond after it was sent.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from harness.backend import Exit
from harness.judge.verdict import judge
from harness.record.evidence import Evidence
from harness.record.run_folder import facts
from harness.record.send_log import Connection, SendLog
from harness.record.transcript import Stamped, understand
from harness.run.recorder import Recording
from harness.spec.client import Client, from_record
from harness.spec.conditions import USUAL, Conditions
from harness.spec.scenario import Scenario, Server
from slowpoetry.schedule import even_schedule

START = 100.0  # when the first connection is accepted, in monotonic seconds
LAG = 0.001

Pieces = Iterable[tuple[float, bytes]]

DOWN = Server()
TERM = Conditions(signal="TERM", signal_after=1)
CLOSED = Conditions(stdout_closes_after=10)
ROSE = b"O Rose thou art sick.\nThe invisible worm\nthat flies in the night,\nin the howling storm,\n"
TYGER = b"Tyger Tyger, burning bright,\nIn the forests of the night;\n"
PEAR = b"My mother groand! my father wept.\nInto the dangerous world I leapt:\nHelpless, naked\n"


def server(
    poem: bytes,
    num_bytes: int,
    delay: float,
    *,
    reset_after: int | None = None,
    stall_after: int | None = None,
    half_close: bool = False,
    pause_after: int | None = None,
    pause: float = 0.0,
    name: str = "poem",
) -> Server:
    """A server that sends `num_bytes` every `delay` seconds."""
    schedule = even_schedule(
        len(poem),
        num_bytes=num_bytes,
        delay=delay,
        reset_after=reset_after,
        stall_after=stall_after,
        half_close=half_close,
        pause_after=pause_after,
        pause=pause,
    )
    return Server(name, poem, schedule)


def scenario(*servers: Server, tasks: int | None = None, name: str = "made", patience: float | None = None) -> Scenario:
    """A scenario of these servers, with one task each, or with `tasks` given to them in turn."""
    count = len(servers) if tasks is None else tasks
    dealt = tuple(task % len(servers) for task in range(count))
    return Scenario(name, "made for a test", servers, dealt, patience=patience)


# Done after 1.44 s, 0.88 s and 1.17 s: neither the order of the arguments nor its reverse.
ROSE_SERVER = server(ROSE, 8, 0.12, name="rose")
TYGER_SERVER = server(TYGER, 7, 0.0975, name="tyger")
PEAR_SERVER = server(PEAR, 11, 0.14, name="pear")
TRIO = scenario(ROSE_SERVER, TYGER_SERVER, PEAR_SERVER)
ONE_DOWN = scenario(ROSE_SERVER, DOWN)
STALL = scenario(server(TYGER, 7, 0.1, stall_after=35, name="tyger"), ROSE_SERVER, patience=0.5)
PAUSE = scenario(server(TYGER, 7, 0.1, pause_after=35, pause=2.0, name="tyger"), ROSE_SERVER, patience=0.5)
HALF_CLOSE = scenario(server(TYGER, 7, 0.05, half_close=True, name="tyger"), ROSE_SERVER)
NO_ANSWER = scenario(Server(full=True), ROSE_SERVER, patience=0.5)
COMEBACK = scenario(ROSE_SERVER, replace(server(TYGER, 7, 0.1, name="tyger"), away=(0.4, 0.8)))
RESET = scenario(ROSE_SERVER, server(TYGER, 7, 0.1, reset_after=35, name="tyger"))


def together(scenario: Scenario) -> dict[int, float]:
    """The times of the accepts, by task, for a client that connects to all at once."""
    return {task: START + task * 1e-4 for task in range(1, len(scenario.tasks) + 1)}


def in_turn(scenario: Scenario) -> dict[int, float]:
    """The times of the accepts, by task, for a client that fetches one poem after another."""
    accepts, at = {}, START
    for task in range(1, len(scenario.tasks) + 1):
        accepts[task] = at
        at += scenario.seconds(task) + LAG
    return accepts


def play(scenario: Scenario, accepts: Mapping[int, float] | None = None) -> SendLog:
    """The send log of servers that keep exactly to their schedules."""
    connections = []
    for task, accepted in (together(scenario) if accepts is None else accepts).items():
        connection = Connection(task, accepted, server=scenario.tasks[task - 1] + 1)
        silence, away = scenario.silence(task), scenario.server(task).away
        for act in scenario.server(task).schedule:
            if silence and act.at > silence.at:  # the client has given up; the log shows it when the server goes on
                connection.half_closed = accepted + scenario.seconds(task) + LAG
                connection.ended, connection.how = accepted + act.at, "hang-up"
                break
            if away and accepted < START + away[0] < accepted + act.at:
                connection.ended, connection.how = START + away[0], "reset"
                break
            if act.kind == "send":
                connection.ends.append(connection.sent + act.size)
                connection.times.append(accepted + act.at)
            elif act.kind == "stall":
                connection.ended, connection.how = accepted + scenario.seconds(task) + LAG, "hang-up"
            elif act.kind == "fin":
                connection.fin = accepted + act.at
                connection.ended, connection.how = connection.fin + LAG, "hang-up"
            else:
                connection.ended, connection.how = accepted + act.at, act.kind
        if scenario.server(task).name is not None:
            connections.append(connection)
    full = [index for index, server in enumerate(scenario.servers, 1) if server.full]
    return SendLog(sorted(connections, key=lambda c: c.accepted), [0.0002], {number: [START] for number in full})


def got(task: int, size: int) -> bytes:
    """A progress line."""
    return b"Task %d: got %d bytes of poetry from 127.0.0.1:10001\n" % (task, size)


def failed(task: int) -> bytes:
    """A failure line."""
    return b"Task %d: failed: connection refused (127.0.0.1:10005)\n" % task


def told(
    source: Evidence | tuple[Scenario, SendLog], grain: str = "read", lag: float = LAG
) -> list[tuple[float, bytes]]:
    """Progress lines for every read, line or poem, each `lag` seconds after its last byte was sent."""
    what, log = (source.scenario, source.log) if isinstance(source, Evidence) else source
    pieces = []
    for connection in log.connections:
        task = connection.task or 0
        poem = what.server(task).poem[: connection.sent]
        lines = [index + 1 for index, byte in enumerate(poem) if byte == 10]
        ends = {"read": connection.ends, "line": lines, "poem": [len(poem)] if poem else []}[grain]
        for start, end in zip([0, *ends], ends, strict=False):
            pieces.append(((connection.sent_at(end) or 0.0) + lag, got(task, end - start)))
    return sorted(pieces)


def printed(scenario: Scenario, times: Mapping[int, float]) -> list[tuple[float, bytes]]:
    """Whole poems on standard output, each at its time."""
    return sorted(((at, scenario.server(task).poem + b"\n") for task, at in times.items()), key=lambda piece: piece[0])


def stamped(pieces: Pieces) -> Stamped:
    """A stream of these pieces, each with the time of its arrival."""
    times, data = [], []
    for at, piece in pieces:
        times.append(at)
        data.append(piece)
    return Stamped(b"".join(data), tuple(accumulate(map(len, data))), tuple(times))


def evidence(
    scenario: Scenario,
    *,
    accepts: Mapping[int, float] | None = None,
    log: SendLog | None = None,
    stdout: Pieces | None = None,
    stderr: Pieces | None = None,
    failures: Iterable[int] | None = None,
    status: int | None = None,
    stopped: str | None = None,
    exit_: Exit | None = None,
    ended: float | None = None,
    signalled: float | None = None,
    stdout_closed: float | None = None,
    lateness: list[float] | None = None,
) -> Evidence:
    """The evidence of a cell, honest by default; `log` replaces the send log of servers that keep their schedules."""
    log = play(scenario, accepts) if log is None else log
    if lateness is not None:
        log.lateness = lateness
    bare = Evidence(scenario, log, understand(Stamped(), Stamped()), Recording(START - 0.3, START, None, Exit(0)))
    last = bare.last_done + LAG
    if stdout is None:
        stdout = printed(scenario, {task: (bare.done(task) or last) + LAG for task in bare.good})
    lines = list(told((scenario, log)) if stderr is None else stderr)
    lines += [(last, failed(task)) for task in (bare.faults if failures is None else failures)]
    if exit_ is None:
        exit_ = Exit((1 if bare.faults else 0) if status is None else status)
    recording = Recording(START - 0.3, last + LAG if ended is None else ended, stopped, exit_)
    recording = replace(recording, signalled=signalled, stdout_closed=stdout_closed)
    return replace(bare, transcript=understand(stamped(stdout), stamped(lines)), recording=recording)


def client(
    known: Iterable[tuple[str, str]] = (),
    *,
    name: str = "made",
    connects: str = "together",
    grain: str = "read",
    delivery: str = "each",
    order: str = "completion",
    flush: str | None = "live",
) -> Client:
    """A client with these traits declared; `known` holds (scenario, reason code) of its known failures."""
    traits = {"connects": connects, "grain": grain, "delivery": delivery, "order": order, "flush": flush}
    return from_record(
        {
            "name": name,
            "language": "python",
            "model": "made for a test",
            "summary": "made for a test",
            "image": "python",
            "command": ["true"],
            "traits": traits,
            "known-failures": [{"scenario": s, "code": code, "reason": "as it is"} for s, code in known],
        }
    )


def wild(rng: random.Random) -> Evidence:
    """Random evidence: servers, connections, reports, output and exit are all drawn from `rng`."""
    poems = [ROSE, TYGER, b"", b"no newline", b"\n\n", "古池や".encode()]
    servers = [DOWN]
    while rng.random() < 0.7:
        poem = rng.choice(poems)
        reset = rng.choice([None, None, rng.randrange(len(poem) + 2)])
        servers.append(server(poem, rng.randrange(1, 40), rng.choice([0, 0.05, 0.2]), reset_after=reset))
    conditions = rng.choice([USUAL] * 3 + [TERM, CLOSED, Conditions(stdout_rate=100)])
    drawn = scenario(*servers[rng.randrange(2) if len(servers) > 1 else 0 :], tasks=rng.randrange(1, 7))
    drawn = replace(drawn, client=conditions)
    accepts = {task: START + rng.random() for task in together(drawn) if rng.random() < 0.8}
    tasks = [rng.randrange(9) for _ in range(rng.randrange(9))]
    texts = [drawn.server(task).poem + b"\n" for task in together(drawn)] + [b"\x1b[2J", b"\xff", got(1, 3), b"\r\n"]

    def pieces(texts: list[bytes]) -> Pieces:
        times = sorted(START + 3 * rng.random() for _ in texts)
        return zip(times, [text[: rng.choice([3, 10, 10**6])] for text in texts], strict=True)

    return evidence(
        drawn,
        accepts=accepts,
        stdout=rng.choice([None, list(pieces(rng.choices(texts, k=rng.randrange(7))))]),
        stderr=rng.choice([None, list(pieces([got(task, rng.randrange(90)) for task in tasks]))]),
        failures=rng.choice([None, tasks]),
        stopped=rng.choice([None] * 9 + ["timeout", "too-much-stdout"]),
        exit_=rng.choice([None] * 5 + [Exit(2), Exit(127), Exit(None, signal=rng.randrange(99)), Exit(None)]),
        signalled=rng.choice([None, START + rng.random()]) if drawn.client.signal else None,
        stdout_closed=rng.choice([None, START + rng.random()]) if drawn.client.stdout_closes_after else None,
        lateness=rng.choice([None] * 9 + [[], [1.0]]),
    )


def cell(who: Client, based_on: Evidence, **changes: Any) -> dict[str, Any]:
    """A cell of run.json: the client judged by this evidence, changed by `changes`."""
    judged = {**judge(who, based_on).record(), **facts(based_on.recording)}
    place = {"server": "twisted", "client": who.name, "scenario": based_on.scenario.name, "round": 1, "attempt": 1}
    return {**place, **judged, "weak_evidence": False, "evidence": {}, **changes}


def not_run(who: Client, scenario: Scenario, verdict: str, sentence: str) -> dict[str, Any]:
    """A cell of run.json that was not run."""
    told = {"verdict": verdict, "expected": verdict == "unsupported", "reason": {"code": "any", "sentence": sentence}}
    place = {"server": "twisted", "client": who.name, "scenario": scenario.name, "round": 1, "attempt": 0}
    return {**place, **told, "axes": {}, "metrics": {}, "exit_status": None, "evidence": None}


def run(clients: Iterable[Client], scenarios: Iterable[Scenario], *cells: dict[str, Any]) -> dict[str, Any]:
    """A run.json with all that reports read."""
    return {
        "id": "20260102T030405Z-abcdef",
        "options": {"rounds": 1, "pace": 1.0, "seed": 1},
        "provenance": {"backend": "local", "cores": 2, "runtimes": {"python": "3.13"}},
        "clients": [one.record() for one in clients],
        "servers": [{"name": "twisted", "language": "python", "summary": "any"}],
        "scenarios": [scenario.record() for scenario in scenarios],
        "cells": list(cells),
        "likeness": {},
        "time": {"wall_s": 3.0, "floors_s": 2.0, "ratio": 1.5},
    }
