"""The lab's own word on servers: a wrong server is told from a wrong client before any client meets it.

`attendance` reads one connection of every server and writes down what came; `examine` holds that, and the servers' own
send log, against the scenario.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.judge.metrics import percentile
from harness.printable import byte_at, counted, excerpt
from harness.record.ndjson import Count, Seconds, Unreadable, Whole, bad, read_ndjson
from harness.record.send_log import Connection, read_send_log
from harness.run.server_probe import RECORD, SEND_LOG
from harness.spec.fault import ENDLESS
from harness.spec.scenario import Scenario, Server, Silence

ROUNDING = 0.001  # seconds
ENDINGS = {"close": "end", "fin": "fin", "reset": "reset", "stall": "hang-up"}
LOGGED = {"close": "close", "fin": "hang-up", "reset": "reset", "stall": "hang-up"}


@dataclass(frozen=True)
class Finding:
    """What is wrong with the servers: a reason code and a sentence."""

    code: str
    sentence: str


class _Told(msgspec.Struct):
    """A line of the lab's own reader: of a piece, of a connection's end (`how`), or of a server's return (`back`)."""

    server: Count
    t: Seconds = 0.0
    end: Whole | None = None
    how: str | None = None
    began: Seconds = 0.0
    connected: Seconds | None = None
    refused: bool = False
    back: Seconds | None = None


@dataclass
class Seen:
    """What came from one call: `ends[i]` bytes had come at `times[i]`."""

    bytes: bytes
    began: float = 0.0
    connected: float | None = None
    ended: float = 0.0
    how: str = "silent"
    refused: bool = False  # it refused when it had died
    back: float | None = None  # when it answered again
    ends: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def came(self, byte: int) -> float:
        """When the byte with this index came."""
        return self.times[bisect.bisect_right(self.ends, byte)]


def examine(folder: Path, scenario: Scenario, late_budget_ms: float) -> Finding | None:
    """The first thing that is wrong; None where all was as the scenario has it."""
    seen = received(folder, len(scenario.servers))
    # One connection a server was made, however many tasks there are.
    try:
        log = read_send_log(folder / SEND_LOG, replace(scenario, tasks=tuple(range(len(scenario.servers)))))
    except Unreadable as error:
        said = str(error).removeprefix(f"{folder}/")
        return Finding("send-log-wrong", f"the send log cannot be read: {said}")
    late: list[float] = []
    first = min(one.began for one in seen.values())
    for number, server in enumerate(scenario.servers, 1):
        own = log.first(number)
        wrong = _wrong(server, seen[number], first, late) or _untrue(server, seen[number], own)
        if not wrong and server.full and number not in log.knocks:
            wrong = Finding("send-log-wrong", "was called, and its send log does not say so")
        pause = server.silence(scenario.patience)
        if not wrong and pause and server.fault not in ENDLESS:
            wrong = _unnoticed(server, pause, own)
        if wrong:
            return Finding(
                wrong.code, f"server {number} ({server.name or ('full' if server.full else 'down')}) {wrong.sentence}"
            )
    p99 = percentile(late, 0.99)
    if p99 is not None and p99 * 1000 > late_budget_ms:
        sentence = f"the chunks came {p99 * 1000:.1f} ms late at p99, over the budget of {late_budget_ms:g} ms"
        return Finding("servers-late", sentence)
    return None


def received(folder: Path, servers: int) -> dict[int, Seen]:
    """What the lab's own reader wrote of so many calls, by their numbers; Unreadable if it contradicts itself."""
    seen = {number: Seen((folder / f"received-{number}").read_bytes()) for number in range(1, servers + 1)}
    path = folder / RECORD
    for line, told in enumerate(read_ndjson(path, _Told), 1):
        if told.server not in seen:
            raise bad(path, line, "server", told.server, f"a server from 1 to {servers}")
        one = seen[told.server]
        if told.how is not None:
            one.how, one.began, one.connected, one.ended = told.how, told.began, told.connected, told.t
            if one.ended < (one.connected or one.began) or (one.connected or one.began) < one.began:
                raise bad(path, line, "t", told.t, f"a time after its beginning at {told.began} s")
        elif told.end is None:
            one.refused, one.back = told.refused, told.back
        else:
            so_far, last = (one.ends[-1], one.times[-1]) if one.ends else (0, 0.0)
            if not so_far <= told.end <= len(one.bytes):
                raise bad(path, line, "end", told.end, f"a whole number from {so_far} to {len(one.bytes)}")
            if told.t < last:
                raise bad(path, line, "t", told.t, f"a time of {last} s or later")
            one.ends.append(told.end)
            one.times.append(told.t)
    for number, one in seen.items():
        if len(one.bytes) != (one.ends[-1] if one.ends else 0):
            raise Unreadable(f"{path}: tells of other bytes than those of received-{number}")
    return seen


def _wrong(server: Server, seen: Seen, first: float, late: list[float]) -> Finding | None:
    """What came, against poem and schedule; `first` is when the first of all servers was called.

    Adds to `late` how late each chunk's first byte came, in seconds.
    """
    if server.full:
        return None if seen.how == "unanswered" else Finding("server-answers", "should not answer a call, and does")
    if server.name is None:
        return None if seen.how == "refused" else Finding("server-not-down", "should refuse, and does not")
    if seen.connected is None:
        return Finding("server-unreachable", "cannot be connected to")
    if server.opens is not None and seen.connected < seen.began + server.opens - ROUNDING:
        return Finding("server-answers", f"answers a call in less than {server.opens:g} s")
    sends = [act for act in server.schedule if act.kind == "send"]
    due = server.poem[: sum(act.size for act in sends)]
    if not due.startswith(seen.bytes):
        same = (a == b for a, b in zip(seen.bytes, due, strict=False))
        at = len(list(itertools.takewhile(bool, same)))
        expected = excerpt(due[at : at + 16]) if at < len(due) else "the end"
        sentence = (
            f"sends a wrong {byte_at(server.poem, at)}: expected {expected}, got {excerpt(seen.bytes[at : at + 16])}"
        )
        return Finding("server-differs", sentence)
    # What a reset overtakes on its way does not count.
    how = ENDINGS[server.schedule[-1].kind] if server.away is None else "reset"
    if how != "reset" and len(seen.bytes) < len(due):
        return Finding("server-cut-short", f"sends {counted(len(seen.bytes), 'byte')} of {len(due)}")
    if seen.how != how:
        return Finding("server-ends-otherwise", f"should end with: {how}; what came: {seen.how}")
    if server.away is not None and (wrong := _came_and_went(server.away, seen, first)):
        return wrong
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


def _came_and_went(away: tuple[float, float], seen: Seen, first: float) -> Finding | None:
    """Its death and its return, whose times run from the first accept of any server."""
    if seen.ended < first + away[0] - ROUNDING:
        return Finding("server-early", f"dies before {away[0]:g} s are over")
    if not seen.refused:
        return Finding("server-not-down", "should refuse when it has died, and does not")
    if seen.back is None or seen.back < first + away[1] - ROUNDING:
        when = "does not" if seen.back is None else f"is there after {seen.back - first:.2f} s"
        return Finding("server-ends-otherwise", f"should come back after {away[1]:g} s, and {when}")
    return None


def _unnoticed(server: Server, pause: Silence, log: Connection | None) -> Finding | None:
    """Its note of the end of the reader's side, which came in the middle of a pause."""
    after = next(act.at for act in server.schedule if act.at > pause.at)
    if log is not None and log.half_closed is not None and pause.at < log.half_closed - log.accepted < after:
        return None
    return Finding("send-log-wrong", "does not log in its pause that it saw the client's end")


def _untrue(server: Server, seen: Seen, log: Connection | None) -> Finding | None:
    """Its send log, against what came."""
    if server.name is None:
        return None
    if log is None:
        return Finding("send-log-wrong", "was connected to, and its send log has no accept")
    if log.sent < len(seen.bytes):
        return Finding("send-log-wrong", f"sent {counted(len(seen.bytes), 'byte')}; its send log has {log.sent}")
    for came, end in zip(seen.times, seen.ends, strict=True):
        stamp = log.sent_at(end)
        if stamp is None or stamp > came + ROUNDING:
            return Finding("send-log-wrong", f"stamps byte {end - 1} later than it came")
    if server.schedule[-1].kind == "fin" and log.fin is None:
        return Finding("send-log-wrong", "ends its side, and its send log does not say so")
    how = LOGGED[server.schedule[-1].kind] if server.away is None else "reset"
    if log.how != how:
        return Finding("send-log-wrong", f"should log {how!r} at the end, and logs {log.how!r}")
    return None
