"""The lab's own reader: it meets a scenario's servers before the clients do, so that a wrong server is told from a
wrong client.

`attend` reads one connection of every server and writes down what came; `examine` holds that, and the servers' own
send log, against the scenario.  Its evidence: `received.ndjson` with pieces ``{"server", "t", "start", "end"}`` and one
``{"server", "began", "connected", "t", "how"}`` a server, and the bytes in `received-SERVER`.
"""

from __future__ import annotations

import bisect
import contextlib
import errno
import itertools
import json
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.metrics import percentile
from harness.ndjson import Unreadable, read_ndjson
from harness.scenario import Scenario, Server
from harness.send_log import Connection, read_send_log
from harness.show import excerpt

READ_SIZE = 1 << 16
ROUNDING = 0.001  # seconds
LISTEN = 0.5  # seconds: how long a server that has stalled is listened to
ENDINGS = {"close": "end", "reset": "reset", "stall": "hang-up"}
LOGGED = {"close": "close", "reset": "reset", "stall": "hang-up"}
RECORD, SEND_LOG = "received.ndjson", "send-log.ndjson"


@dataclass
class _Reader:
    """One connection that is read to its end."""

    server: int
    connection: socket.socket
    began: float
    raw: Any
    connected: float | None = None
    size: int = 0
    hung_up: bool = False


def silences(scenario: Scenario) -> dict[int, float]:
    """The servers that stall, each with the seconds after which it has been listened to long enough."""
    servers = enumerate(scenario.servers, 1)
    return {number: server.seconds + LISTEN for number, server in servers if server.fault == "stall"}


def attend(
    iface: str, ports: Sequence[int], folder: Path, seconds: float, silences: Mapping[int, float] | None = None
) -> None:
    """Connect to all ports at once and read each to its end, or until so many seconds are over.

    On the servers in `silences` it hangs up after so long, by ending its side: each is to end the connection then.
    """
    with contextlib.ExitStack() as stack:
        record = stack.enter_context((folder / RECORD).open("w", encoding="utf-8"))
        selector = stack.enter_context(selectors.DefaultSelector())

        def note(**entry: object) -> None:
            record.write(json.dumps(entry, separators=(",", ":")) + "\n")

        def end(reader: _Reader, how: str) -> None:
            selector.unregister(reader.connection)
            note(server=reader.server, began=reader.began, connected=reader.connected, t=time.monotonic(), how=how)

        def hang_up(server: int) -> None:
            for key in selector.get_map().values():
                reader = key.data
                if reader.server == server and reader.connected is not None:
                    reader.connection.shutdown(socket.SHUT_WR)
                    reader.hung_up = True

        for server, port in enumerate(ports, 1):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            raw = stack.enter_context((folder / f"received-{server}").open("wb"))
            reader = _Reader(server, connection, time.monotonic(), raw)
            connection.connect_ex((iface, port))
            selector.register(connection, selectors.EVENT_WRITE, reader)
        began = time.monotonic()
        deadline = began + seconds
        hang_ups = sorted(((began + after, server) for server, after in (silences or {}).items()), reverse=True)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            while hang_ups and hang_ups[-1][0] <= time.monotonic():
                hang_up(hang_ups.pop()[1])
            if hang_ups:
                left = min(left, max(0.0, hang_ups[-1][0] - time.monotonic()))
            for key, _ in selector.select(left):
                reader = key.data
                if reader.connected is None:
                    error = reader.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if error:
                        end(reader, "refused" if error == errno.ECONNREFUSED else "reset")
                        continue
                    reader.connected = time.monotonic()
                    selector.modify(reader.connection, selectors.EVENT_READ, reader)
                    continue
                try:
                    data = reader.connection.recv(READ_SIZE)
                except ConnectionResetError:
                    end(reader, "hang-up" if reader.hung_up else "reset")
                    continue
                if not data:
                    end(reader, "hang-up" if reader.hung_up else "end")
                    continue
                reader.raw.write(data)
                start, reader.size = reader.size, reader.size + len(data)
                note(server=reader.server, t=time.monotonic(), start=start, end=reader.size)
        for key in list(selector.get_map().values()):
            end(key.data, "silent")


@dataclass(frozen=True)
class Finding:
    """What is wrong with the servers: a reason code and a sentence."""

    code: str
    sentence: str


@dataclass
class _Seen:
    """What came from one server: `ends[i]` bytes had come at `times[i]`."""

    bytes: bytes
    began: float = 0.0
    connected: float | None = None
    how: str = "silent"
    ends: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def came(self, byte: int) -> float:
        """When the byte with this index came."""
        return self.times[bisect.bisect_right(self.ends, byte)]


def examine(folder: Path, scenario: Scenario, late_budget_ms: float) -> Finding | None:
    """The first thing that is wrong; None where all was as the scenario has it."""
    seen = _read(folder, len(scenario.servers))
    # One connection a server was made, however many tasks there are.
    try:
        log = read_send_log(folder / SEND_LOG, replace(scenario, tasks=tuple(range(len(scenario.servers)))))
    except Unreadable as error:
        said = str(error).removeprefix(f"{folder}/")
        return Finding("send-log-wrong", f"the send log cannot be read: {said}")
    late: list[float] = []
    for number, server in enumerate(scenario.servers, 1):
        wrong = _wrong(server, seen[number], late) or _untrue(server, seen[number], log.of_task(number))
        if wrong:
            return Finding(wrong.code, f"server {number} ({server.name or 'down'}) {wrong.sentence}")
    p99 = percentile(late, 0.99)
    if p99 is not None and p99 * 1000 > late_budget_ms:
        sentence = f"the chunks came {p99 * 1000:.1f} ms late at p99, over the budget of {late_budget_ms:g} ms"
        return Finding("servers-late", sentence)
    return None


def _read(folder: Path, servers: int) -> dict[int, _Seen]:
    seen = {number: _Seen((folder / f"received-{number}").read_bytes()) for number in range(1, servers + 1)}
    for entry in read_ndjson(folder / RECORD):
        one = seen[entry.whole("server", 1, servers)]
        if "how" in entry:
            one.began, one.how = entry.seconds("began"), entry.word("how")
            one.connected = None if entry.data.get("connected") is None else entry.seconds("connected", one.began)
        else:
            one.ends.append(entry.whole("end", one.ends[-1] if one.ends else 0, len(one.bytes)))
            one.times.append(entry.seconds("t", one.times[-1] if one.times else 0.0))
    for number, one in seen.items():
        if len(one.bytes) != (one.ends[-1] if one.ends else 0):
            raise Unreadable(f"{folder / RECORD}: tells of other bytes than those of received-{number}")
    return seen


def _wrong(server: Server, seen: _Seen, late: list[float]) -> Finding | None:
    """What came, against poem and schedule; adds to `late` how late each chunk's first byte came, in seconds."""
    if server.name is None:
        return None if seen.how == "refused" else Finding("server-not-down", "should refuse, and does not")
    if seen.connected is None:
        return Finding("server-unreachable", "cannot be connected to")
    sends = [act for act in server.schedule if act.kind == "send"]
    due = server.poem[: sum(act.size for act in sends)]
    if not due.startswith(seen.bytes):
        same = (a == b for a, b in zip(seen.bytes, due, strict=False))
        at = len(list(itertools.takewhile(bool, same)))
        expected = excerpt(due[at : at + 16]) if at < len(due) else "the end"
        sentence = f"sends a wrong byte {at}: expected {expected}, got {excerpt(seen.bytes[at : at + 16])}"
        return Finding("server-differs", sentence)
    # What a reset overtakes on its way does not count.
    if server.fault != "reset" and len(seen.bytes) < len(due):
        return Finding("server-cut-short", f"sends {len(seen.bytes)} bytes of {len(due)}")
    how = ENDINGS[server.schedule[-1].kind]
    if seen.how != how:
        return Finding("server-ends-otherwise", f"should end with: {how}; what came: {seen.how}")
    start = 0
    for act in sends:
        if start < len(seen.bytes):
            came = seen.came(start)
            if came < seen.began + act.at - ROUNDING:
                ahead = seen.began + act.at - came
                return Finding("server-early", f"sends byte {start} {ahead * 1000:.0f} ms before it is due")
            late.append(came - seen.connected - act.at)
        start += act.size
    return None


def _untrue(server: Server, seen: _Seen, log: Connection | None) -> Finding | None:
    """Its send log, against what came."""
    if server.name is None:
        return None
    if log is None:
        return Finding("send-log-wrong", "was connected to, and its send log has no accept")
    if log.sent < len(seen.bytes):
        return Finding("send-log-wrong", f"sent {len(seen.bytes)} bytes; its send log has {log.sent}")
    for came, end in zip(seen.times, seen.ends, strict=True):
        stamp = log.sent_at(end)
        if stamp is None or stamp > came + ROUNDING:
            return Finding("send-log-wrong", f"stamps byte {end - 1} later than it came")
    how = LOGGED[server.schedule[-1].kind]
    if log.how != how:
        return Finding("send-log-wrong", f"should log {how!r} at the end, and logs {log.how!r}")
    return None
