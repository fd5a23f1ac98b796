"""The lab's word on a proxy: what its callers got, and how often it asked the servers behind it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

from harness.judge.server_verdict import Finding, Seen, received
from harness.printable import byte_at, counted, excerpt
from harness.record.send_log import Connection, SendLog, read_send_log
from harness.run.proxy_trial import AGAIN, CALLERS, FIRST, Trial
from harness.run.server_probe import SEND_LOG
from harness.spec.scenario import Scenario, Server

LAST_WORDS = 160  # bytes of standard error

NOT_STARTABLE, NOT_LISTENING, ENDED, UNREACHABLE = (
    "not-startable", "proxy-not-listening", "proxy-ended", "proxy-unreachable",
)  # fmt: skip
SILENT, DIFFERS, CUT_SHORT, PASSES_HALF, KEEPS_HALF, IN_TURN, ASKS_AGAIN = (
    "proxy-silent", "proxy-differs", "proxy-cut-short", "proxy-passes-half", "proxy-keeps-half", "proxy-in-turn",
    "proxy-asks-again",
)  # fmt: skip
CODES = (
    NOT_STARTABLE, NOT_LISTENING, ENDED, UNREACHABLE, SILENT, DIFFERS, CUT_SHORT, PASSES_HALF, KEEPS_HALF, IN_TURN,
    ASKS_AGAIN,
)  # fmt: skip


def examine(folder: Path, scenario: Scenario, trial: Trial) -> Finding | None:
    """The first thing that is wrong; None if the proxy does what it should in this scenario."""
    if trial.ended is not None:
        return _ended(folder, trial)
    count = len(scenario.servers)
    if not trial.ports:
        said = excerpt(trial.said.encode()) if trial.said else "nothing"
        expected = f"`listening` and {counted(count, 'port')}"
        return Finding(NOT_LISTENING, f"the first line on standard output should be {expected}; what came: {said}")
    log = read_send_log(folder / SEND_LOG, replace(scenario, tasks=tuple(range(count))))
    seen = {name: received(folder / name, count * CALLERS[name]) for name in trial.rounds}
    begun = min((one.began for one in seen.get(AGAIN, {}).values()), default=float("inf"))
    for name, calls in seen.items():
        for number, one in calls.items():
            server = (number - 1) % count + 1
            asked = name == FIRST or _accepts_after(begun, server, log)
            wrong = _wrong(scenario.server(server), one, whole=scenario.fault(server) is None, asked=asked)
            if wrong:
                at = scenario.server(server).name or "the server that is down"
                return Finding(wrong.code, f"{_which(name)} for {at} {wrong.sentence}")
    return _in_turn([one for one in log.connections if one.accepted < begun]) or _asks_again(scenario, log, begun)


def _which(round_: str) -> str:
    return "a caller" if round_ == FIRST else "a caller who came after the others"


def _ended(folder: Path, trial: Trial) -> Finding:
    assert trial.ended is not None
    end, stderr = trial.ended.exit, (folder / "proxy" / "stderr").read_bytes().strip()
    how = f"exit status {end.status}" if end.status is not None else f"signal {end.signal}"
    how = f"was stopped, {trial.ended.stopped}" if trial.ended.stopped else f"ended by itself with {how}"
    words = f"; its last words: {excerpt(stderr.splitlines()[-1][-LAST_WORDS:], LAST_WORDS)}" if stderr else ""
    return Finding(ENDED, f"the proxy {how}{words}")


def _accepts_after(begun: float, server: int, log: SendLog) -> bool:
    return any(one.server == server and one.accepted >= begun for one in log.connections)


def _wrong(server: Server, seen: Seen, *, whole: bool, asked: bool) -> Finding | None:
    """What one caller got, against what the server behind the proxy sent; `asked`: the proxy asked it in this round."""
    sent = server.poem
    if seen.how == "refused":  # a reset may come before the caller knows that it is connected
        return Finding(UNREACHABLE, "could not connect")
    if not sent.startswith(seen.bytes):
        at = next((at for at, pair in enumerate(zip(sent, seen.bytes, strict=False)) if pair[0] != pair[1]), len(sent))
        expected = excerpt(sent[at : at + 16]) if at < len(sent) else "the end"
        got = excerpt(seen.bytes[at : at + 16])
        return Finding(DIFFERS, f"got a wrong {byte_at(sent, at)}: expected {expected}, got {got}")
    came = f"{counted(len(seen.bytes), 'byte')} of {len(sent) + len(server.unsent)}"
    if seen.how == "silent":
        return Finding(SILENT, f"got {came}, and then neither more nor an end")
    if whole and (len(seen.bytes) < len(sent) or seen.how != "end"):
        return Finding(CUT_SHORT, f"got {came}, and then {'the end' if seen.how == 'end' else 'a reset'}")
    if not whole and seen.bytes and not asked:
        return Finding(KEEPS_HALF, f"got the {came} that the proxy had kept, and the server was not asked again")
    if not whole and seen.bytes and seen.how == "end":
        return Finding(PASSES_HALF, f"got {came}, and then the end, as if that was the poem")
    return None


def _in_turn(first: list[Connection]) -> Finding | None:
    """Whether the servers were asked one after another, although callers waited for all of them."""
    pairs = [(a, b) for a, b in combinations(first, 2) if a.server != b.server]
    if pairs and all(a.ended is not None and a.ended <= b.accepted for a, b in pairs):
        return Finding(IN_TURN, "the proxy asked one server after another, although callers for all of them waited")
    return None


def _asks_again(scenario: Scenario, log: SendLog, begun: float) -> Finding | None:
    for number, server in enumerate(scenario.servers, 1):
        if scenario.fault(number) is None and _accepts_after(begun, number, log):
            sentence = f"the proxy asked the server of {server.name} again, although it had passed the whole poem on"
            return Finding(ASKS_AGAIN, sentence)
    return None
