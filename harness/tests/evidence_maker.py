"""Evidence made from a compact description, for the tests of pure functions.

A cell is honest where a test says nothing: the servers keep their schedules, and the client connects to all at once,
reports every chunk and prints each poem as soon as it is done, a millisecond after it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.backend import Exit
from harness.client import Client, from_record
from harness.evidence import Evidence
from harness.recorder import Recording
from harness.scenario import Scenario, Server
from harness.send_log import Connection, SendLog
from harness.transcript import Stamped, understand
from slowpoetry.schedule import even_schedule

START = 100.0  # when the first connection is accepted, in monotonic seconds
LAG = 0.001

Pieces = Iterable[tuple[float, bytes]]

DOWN = Server()
ROSE = b"O Rose thou art sick.\nThe invisible worm\nthat flies in the night,\nin the howling storm,\n"
TYGER = b"Tyger Tyger, burning bright,\nIn the forests of the night;\n"
PEAR = b"My mother groand! my father wept.\nInto the dangerous world I leapt:\nHelpless, naked\n"


def server(poem: bytes, num_bytes: int, delay: float, *, reset_after: int | None = None, name: str = "poem") -> Server:
    """A server that sends `num_bytes` every `delay` seconds."""
    return Server(name, poem, even_schedule(len(poem), num_bytes=num_bytes, delay=delay, reset_after=reset_after))


def scenario(*servers: Server, tasks: int | None = None, name: str = "made") -> Scenario:
    """A scenario of these servers, a task each, or `tasks` dealt to them in turn."""
    count = len(servers) if tasks is None else tasks
    return Scenario(name, "made for a test", servers, tuple(task % len(servers) for task in range(count)))


# Done after 1.44 s, 0.88 s and 1.17 s: neither the order of the arguments nor its reverse.
ROSE_SERVER = server(ROSE, 8, 0.12, name="rose")
TYGER_SERVER = server(TYGER, 7, 0.0975, name="tyger")
PEAR_SERVER = server(PEAR, 11, 0.14, name="pear")
TRIO = scenario(ROSE_SERVER, TYGER_SERVER, PEAR_SERVER)
ONE_DOWN = scenario(ROSE_SERVER, DOWN)
RESET = scenario(ROSE_SERVER, server(TYGER, 7, 0.1, reset_after=35, name="tyger"))


def together(made: Scenario) -> dict[int, float]:
    """When each task is accepted, for a client that connects to all at once."""
    return {task: START + task * 1e-4 for task in range(1, len(made.tasks) + 1)}


def in_turn(made: Scenario) -> dict[int, float]:
    """The same for a client that fetches one poem after another."""
    accepts, at = {}, START
    for task in range(1, len(made.tasks) + 1):
        accepts[task] = at
        at += made.server(task).seconds + LAG
    return accepts


def play(made: Scenario, accepts: Mapping[int, float] | None = None) -> SendLog:
    """What the servers do, each exactly by its schedule."""
    connections = []
    for task, accepted in (together(made) if accepts is None else accepts).items():
        connection = Connection(task, accepted)
        for act in made.server(task).schedule:
            if act.kind == "send":
                connection.ends.append(connection.sent + act.size)
                connection.times.append(accepted + act.at)
            else:
                connection.ended, connection.how = accepted + act.at, act.kind
        if made.server(task).name is not None:
            connections.append(connection)
    return SendLog(sorted(connections, key=lambda c: c.accepted), [0.0002])


def got(task: int, size: int) -> bytes:
    """A progress line."""
    return b"Task %d: got %d bytes of poetry from 127.0.0.1:10001\n" % (task, size)


def failed(task: int) -> bytes:
    """A line that tells of a failure."""
    return b"Task %d: failed: connection refused (127.0.0.1:10005)\n" % task


def told(made: Evidence | tuple[Scenario, SendLog], grain: str = "read", lag: float = LAG) -> list[tuple[float, bytes]]:
    """Progress lines for every read, line or poem, each `lag` seconds after its last byte was sent."""
    what, log = (made.scenario, made.log) if isinstance(made, Evidence) else made
    pieces = []
    for connection in log.connections:
        task = connection.task or 0
        poem = what.server(task).poem[: connection.sent]
        lines = [index + 1 for index, byte in enumerate(poem) if byte == 10]
        ends = {"read": connection.ends, "line": lines, "poem": [len(poem)] if poem else []}[grain]
        for start, end in zip([0, *ends], ends, strict=False):
            pieces.append(((connection.sent_at(end) or 0.0) + lag, got(task, end - start)))
    return sorted(pieces)


def printed(made: Scenario, times: Mapping[int, float]) -> list[tuple[float, bytes]]:
    """Whole poems on standard output, each at its time."""
    return sorted(((at, made.server(task).poem + b"\n") for task, at in times.items()), key=lambda piece: piece[0])


def stamped(pieces: Pieces) -> Stamped:
    """A stream of pieces with the times of their arrival."""
    data, ends, times = b"", [], []
    for at, piece in pieces:
        data += piece
        ends.append(len(data))
        times.append(at)
    return Stamped(data, tuple(ends), tuple(times))


def evidence(
    made: Scenario,
    *,
    accepts: Mapping[int, float] | None = None,
    stdout: Pieces | None = None,
    stderr: Pieces | None = None,
    failures: Iterable[int] | None = None,
    status: int | None = None,
    stopped: str | None = None,
    exit_: Exit | None = None,
    ended: float | None = None,
    lateness: list[float] | None = None,
) -> Evidence:
    """The evidence of a cell, honest where nothing is said."""
    log = play(made, accepts)
    if lateness is not None:
        log.lateness = lateness
    bare = Evidence(made, log, understand(Stamped(), Stamped()), Recording(START - 0.3, START, None, Exit(0)))
    last = bare.last_done + LAG
    if stdout is None:
        stdout = printed(made, {task: (bare.done(task) or last) + LAG for task in bare.good})
    lines = list(told((made, log)) if stderr is None else stderr)
    lines += [(last, failed(task)) for task in (bare.faults if failures is None else failures)]
    if exit_ is None:
        exit_ = Exit((1 if bare.faults else 0) if status is None else status)
    recording = Recording(START - 0.3, last + LAG if ended is None else ended, stopped, exit_)
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
