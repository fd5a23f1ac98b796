"""The claims about clients: for each, a recorded run in which it holds, and runs in which it does not (worlds)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import (
    LAG,
    ONE_DOWN,
    RESET,
    ROSE_SERVER,
    START,
    TRIO,
    client,
    evidence,
    got,
    in_turn,
    play,
    printed,
    server,
    together,
    told,
)
from run_maker import recorded

from harness.claims import FAILS, HOLDS, LIMITED, UNSEEN, Answer, comparing
from harness.claims.comparing import ERLANG, HASKELL, LAZY, TWISTED
from harness.claims.records import Cells, Records
from harness.record.evidence import Evidence
from harness.record.run_folder import RunFolder
from harness.record.send_log import SendLog

World = dict[tuple[str, str], list[Evidence]]
Change = Callable[..., Evidence]

GREAT = 4000  # bytes, instead of the real limit that no socket buffer can hold: a small flood is tested the same way
CLAIMS = {claim.id: claim for claim in comparing.CLAIMS}

SCENARIOS = {
    "trio": replace(TRIO, name="trio"),
    "one-down": replace(ONE_DOWN, name="one-down"),
    "reset": replace(RESET, name="reset"),
    "flood": replace(
        TRIO,
        name="flood",
        servers=(ROSE_SERVER, server(b"Hold infinity in the palm of your hand\n" * 200, 500, 0, name="great")),
        tasks=(0, 1),
    ),
}
trio = partial(evidence, SCENARIOS["trio"])
one_down = partial(evidence, SCENARIOS["one-down"])
reset = partial(evidence, SCENARIOS["reset"])
flood = partial(evidence, SCENARIOS["flood"])
TRIO_LOG = play(SCENARIOS["trio"])
TRIO_END = START + SCENARIOS["trio"].longest


class Watched(Records):
    """Records that note of which cells they are asked."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self.asked: set[tuple[str, str]] = set()

    def cells(self, client: str, scenario: str) -> Cells:
        self.asked.add((client, scenario))
        return super().cells(client, scenario)


ASKED: dict[str, set[tuple[str, str]]] = {}  # by claim: the cells that it is answered from


@pytest.fixture(scope="module", autouse=True)
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run with the world of the lab's own clients; in all tests, floods are smaller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.judge.axes.waiting.HOLDS", GREAT)
        run = made(tmp_path_factory.mktemp("own"), honest())
        for id_, claim in CLAIMS.items():
            watched = Watched(run)
            claim.answer(watched)
            ASKED[id_] = watched.asked
        yield run


def stalled(byte: int, *, more_at: float = 2) -> SendLog:
    """The send log of a flood whose client takes `byte` bytes of the great poem, 500 more after `more_at` seconds,
    and the rest when the other poem has ended."""
    log = play(SCENARIOS["flood"])
    great = log.of_task(2)
    assert great is not None
    great.times = [
        t if end <= byte else START + (more_at if end <= byte + 500 else 2)
        for end, t in zip(great.ends, great.times, strict=True)
    ]
    great.ended = START + 2
    return log


def streamed(made: Evidence, second: float = 0.0) -> Evidence:
    """The same for a silent client that streams its first poem and then prints the others; it takes `second` seconds
    to print each of them."""
    scene, log = made.scenario, made.log
    first = log.of_task(1)
    assert first is not None
    pieces, start = [], 0
    for end, t in zip(first.ends, first.times, strict=True):
        pieces.append((t + LAG, scene.server(1).poem[start:end]))
        start = end
    at = max(made.last_done, first.times[-1]) + LAG
    pieces.append((at, b"\n"))
    for task in range(2, len(scene.tasks) + 1):
        poem = scene.server(task).poem + b"\n"
        pieces += [(at + LAG, poem[:-5]), (at + LAG + second, poem[-5:])]
        at += LAG + second
    return evidence(scene, log=log, stdout=pieces, stderr=[], ended=at + LAG)


def at_the_end(made: Evidence) -> Evidence:
    """The same for a client that prints all poems at the end, starting with the one that ended last."""
    end = made.last_done + LAG
    latest = sorted(made.good, key=lambda task: -(made.done(task) or 0.0))
    times = {task: end + LAG * place for place, task in enumerate(latest)}
    stderr = [(t, made.transcript.stderr.data[start : stop + 1]) for start, stop, t in made.transcript.stderr.lines()]
    return evidence(
        made.scenario,
        log=made.log,
        stdout=printed(made.scenario, times),
        stderr=stderr,
        failures=[],
        ended=end + 10 * LAG,
    )


def by_line(scene: Change) -> Evidence:
    """A client that reports lines."""
    bare = scene()
    return scene(stderr=told(bare, "line"))


@cache
def honest() -> World:
    """The world of the lab's own clients."""
    world: World = {}
    for name, scene in (("trio", trio), ("one-down", one_down), ("reset", reset), ("flood", flood)):
        world[TWISTED, name] = [scene()]
        world[ERLANG, name] = [at_the_end(scene())]
        world[HASKELL, name] = [by_line(scene)]
    world[LAZY, "trio"] = [streamed(trio())]
    world[LAZY, "flood"] = [streamed(flood(log=stalled(1000)))]
    return world


def made(folder: Path, world: Mapping[tuple[str, str], list[Evidence]]) -> RunFolder:
    """A run's folder with the records of this world."""
    return recorded(folder, *((client(name=who), one) for (who, _), rounds in world.items() for one in rounds))


def answer(folder: Path, id_: str, world: Mapping[tuple[str, str], list[Evidence]], **changes: Any) -> Answer:
    """The answer to a claim from a run's folder with the records of this world that the claim is answered from."""
    run = made(folder, {key: rounds for key, rounds in world.items() if key in ASKED[id_]})
    for cell in run.run["cells"]:
        cell.update(changes)
    return CLAIMS[id_].answer(Records(run))


def in_one_burst() -> Evidence:
    """Every chunk is reported in the order sent, but only after the end."""
    return trio(stderr=[(TRIO_END + LAG, line) for _, line in told(trio())])


def task_by_task() -> Evidence:
    """All reports of task 1, then all of task 2, and so on."""
    lines = sorted((line for _, line in told(trio())), key=lambda line: line[:6])
    return trio(stderr=[(TRIO_END + LAG, line) for line in lines])


def late_for(task: int, seconds: float) -> Evidence:
    """All chunks of one task are reported late."""
    lines = [(t + seconds * line.startswith(b"Task %d" % task), line) for t, line in told(trio())]
    return trio(stderr=sorted(lines, key=lambda piece: piece[0]))


def few_reads() -> Evidence:
    """About every fourth chunk ends a read."""
    pieces = []
    for connection in TRIO_LOG.connections:
        ends = [*connection.ends[3:-1:4], connection.ends[-1]]
        for start, end in zip([0, *ends], ends, strict=False):
            pieces.append(((connection.sent_at(end) or 0.0) + LAG, got(connection.task or 0, end - start)))
    return trio(stderr=sorted(pieces))


def one_after_another() -> Evidence:
    return trio(accepts=in_turn(SCENARIOS["trio"]))


def two_at_a_time() -> Evidence:
    """The third connection is made when the first poem has ended."""
    first = min(connection.ended or 0.0 for connection in TRIO_LOG.connections)
    return trio(accepts={**together(SCENARIOS["trio"]), 1: first + LAG})


OPPOSITES: dict[str, dict[str, World]] = {
    "both-connect-at-once": {
        "Twisted one after another": {(TWISTED, "trio"): [one_after_another()]},
        "Erlang one after another": {(ERLANG, "trio"): [one_after_another()]},
        "two at a time": {(ERLANG, "trio"): [two_at_a_time()]},
        "in one of two rounds": {(ERLANG, "trio"): [trio(), one_after_another()]},
    },
    "data-as-it-comes": {
        "held back to the end": {(TWISTED, "trio"): [in_one_burst()]},
        "one task later than the others": {(ERLANG, "trio"): [late_for(1, 0.3)]},
    },
    "little-bits": {
        "whole poems": {(TWISTED, "trio"): [trio(stderr=told(trio(), "poem"))]},
        "reads of many chunks": {(ERLANG, "trio"): [few_reads()]},
        "a byte is lost": {(ERLANG, "trio"): [trio(stdout=[(TRIO_END + 1, b"O Rose")])]},
    },
    "finish-counted": {
        "status 0 though one is down": {(ERLANG, "one-down"): [one_down(status=0)]},
        "status 1 though all came": {(TWISTED, "trio"): [trio(status=1)]},
        "given up with the first failure": {(TWISTED, "reset"): [reset(stdout=[])]},
        "never ended": {(ERLANG, "reset"): [reset(stopped="timeout")]},
        "gave up waiting": {(TWISTED, "trio"): [trio(ended=TRIO_END + 10)]},
        "gave up waiting in one of two rounds": {(TWISTED, "trio"): [trio(), trio(ended=TRIO_END + 10), trio()]},
    },
    "dead-port-survived": {
        "the other poem is lost": {(ERLANG, "one-down"): [one_down(stdout=[])]},
        "no failure is named": {(ERLANG, "one-down"): [one_down(failures=[])]},
        "never ended": {(ERLANG, "one-down"): [one_down(stopped="timeout")]},
        "never ended in one of two rounds": {(ERLANG, "one-down"): [one_down(), one_down(stopped="timeout")]},
    },
    "blocking-only-itself": {
        "the flood stands still": {(ERLANG, "flood"): [flood(log=stalled(1000))]},
    },
    "switches-back-and-forth": {
        "task by task": {(ERLANG, "trio"): [task_by_task()]},
        "one after another": {(TWISTED, "trio"): [one_after_another()]},
    },
    "prints-at-the-end": {
        "each when it is done": {(ERLANG, "trio"): [trio()]},
        "nothing": {(ERLANG, "trio"): [trio(stdout=[])]},
    },
    "line-by-line": {
        "reads": {(HASKELL, "trio"): [trio()]},
        "poems": {(HASKELL, "trio"): [trio(stderr=told(trio(), "poem"))]},
    },
    "together-not-in-turn": {
        "one after another": {(HASKELL, "trio"): [one_after_another()]},
        "connected, but read task by task": {(HASKELL, "trio"): [task_by_task()]},
    },
    "first-when-finished": {
        "all at the end": {(HASKELL, "trio"): [at_the_end(trio())]},
        "nearer to the last one's end": {
            (HASKELL, "trio"): [
                trio(stdout=printed(SCENARIOS["trio"], {2: START + 1.3, 3: START + 1.31, 1: START + 2}))
            ]
        },
    },
    "lazy-streams": {
        "each when it is done": {(LAZY, "trio"): [trio(stderr=[])]},
        "all at the end": {(LAZY, "trio"): [at_the_end(trio())]},
    },
    "lazy-accumulates": {
        "one after another": {(LAZY, "trio"): [streamed(trio(accepts=in_turn(SCENARIOS["trio"])))]},
        "the second comes slowly": {(LAZY, "trio"): [streamed(trio(), second=0.8)]},
        "nothing of the great one comes": {(LAZY, "flood"): [streamed(flood(log=stalled(0)))]},
    },
    "servers-send-at-once": {
        "one after another": {(HASKELL, "trio"): [one_after_another()]},
        "two at a time": {(HASKELL, "trio"): [two_at_a_time()]},
    },
}  # fmt: skip


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_claim_holds_in_the_world_of_the_labs_own_clients(id_: str, own: RunFolder) -> None:
    expected = LIMITED if id_ == "lazy-accumulates" else HOLDS
    said = CLAIMS[id_].answer(Records(own))
    assert said.answer == expected, said
    assert said.evidence and all((own.path / path / "stdout").exists() for path in said.evidence)


@pytest.mark.parametrize(("id_", "what"), [(id_, what) for id_, worlds in OPPOSITES.items() for what in worlds])
def test_a_claim_does_not_hold_in_an_opposite_world(id_: str, what: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, honest() | OPPOSITES[id_][what])
    assert said.answer == FAILS, said


def test_every_claim_has_an_opposite_world() -> None:
    assert OPPOSITES.keys() == CLAIMS.keys()


@pytest.mark.parametrize("id_", CLAIMS)
def test_without_cells_nothing_is_observed(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, {})
    assert said.answer == UNSEEN and "was not run" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_fault_of_the_lab_gives_no_answer(id_: str, tmp_path: Path) -> None:
    reason = {"code": "servers-late", "sentence": "the chunks were late"}
    said = answer(tmp_path, id_, honest(), verdict="lab-error", reason=reason)
    assert said.answer == UNSEEN and "the chunks were late" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_client_that_was_not_started_gives_no_answer(id_: str, tmp_path: Path) -> None:
    reason = {"code": "no-toolchain", "sentence": "there is no erlc"}
    said = answer(tmp_path, id_, honest(), verdict="skipped", evidence=None, reason=reason)
    assert said.answer == UNSEEN and "there is no erlc" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_a_client_that_never_connected_gives_no_answer(id_: str, tmp_path: Path) -> None:
    world: World = {
        key: [evidence(one.scenario, log=SendLog(), stdout=[], stderr=[], status=1) for one in rounds]
        for key, rounds in honest().items()
    }
    said = answer(tmp_path, id_, world)
    assert said.answer == UNSEEN and "never connected" in said.figures, said


@pytest.mark.parametrize("id_", CLAIMS)
def test_damaged_records_give_no_answer(id_: str, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, honest(), evidence={})
    assert said.answer == UNSEEN and "are damaged" in said.figures, said


@pytest.mark.parametrize(
    ("id_", "world"),
    [
        # The great poem continues, but only as far as socket buffers can hold it: both answers are possible.
        ("blocking-only-itself", {(ERLANG, "flood"): [flood(log=stalled(1000, more_at=1.2))]}),
        ("lazy-accumulates", {(LAZY, "flood"): [streamed(flood(log=stalled(1000, more_at=1.2)))]}),
        # Nothing was printed, or not all, or nothing was reported.
        ("first-when-finished", {(HASKELL, "trio"): [trio(stdout=[])]}),
        ("first-when-finished", {(HASKELL, "trio"): [trio(stdout=printed(SCENARIOS["trio"], {1: TRIO_END}))]}),
        ("lazy-streams", {(LAZY, "trio"): [trio(stdout=[], stderr=[])]}),
        ("lazy-accumulates", {(LAZY, "trio"): [trio(stdout=[], stderr=[])]}),
        ("data-as-it-comes", {(TWISTED, "trio"): [trio(stderr=[])]}),
        ("switches-back-and-forth", {(TWISTED, "trio"): [trio(stderr=[])]}),
    ],
)  # fmt: skip
def test_a_record_that_leaves_it_open_gives_no_answer(id_: str, world: World, tmp_path: Path) -> None:
    said = answer(tmp_path, id_, honest() | world)
    assert said.answer == UNSEEN and "are damaged" not in said.figures, said


def test_a_refused_port_that_the_exit_status_hides_holds_within_limits(tmp_path: Path) -> None:
    said = answer(tmp_path, "dead-port-survived", {(ERLANG, "one-down"): [one_down(status=0)]})
    assert (said.answer, said.figures.endswith("exit status 0")) == (LIMITED, True), said


def test_a_client_that_really_reads_the_second_poem_meanwhile_has_no_limit(tmp_path: Path) -> None:
    said = answer(tmp_path, "lazy-accumulates", honest() | {(LAZY, "flood"): [streamed(flood())]})
    assert said.answer == HOLDS, said


def test_the_figures_come_from_the_records(tmp_path: Path) -> None:
    said = answer(tmp_path, "finish-counted", honest() | {(TWISTED, "trio"): [trio(ended=TRIO_END + 0.25), trio()]})
    assert "ended at most 250 ms after" in said.figures
