"""A client that is sent a signal, cannot print, or is read slowly: what earns each code, and what just does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from evidence_maker import (
    CLOSED,
    ROSE,
    START,
    TERM,
    TYGER,
    cell,
    client,
    evidence,
    got,
    play,
    run,
    scenario,
    server,
    told,
)

from harness.backend import Exit
from harness.check.explain import explain
from harness.errors import UsageError
from harness.judge.axes import AXES, observe
from harness.judge.axes.axis import PIPE
from harness.judge.axes.failing import PROMPT
from harness.judge.breaches import BY_CODE
from harness.judge.metrics import measure
from harness.judge.verdict import judge
from harness.record.evidence import SETTLED, Evidence
from harness.record.send_log import SendLog
from harness.report.remarks import remarks
from harness.report.table import table
from harness.spec.conditions import USUAL, Conditions, from_record, from_table
from harness.spec.scenario import Scenario
from harness.spec.scenario_file import load

# Two poems of 0.1 s, and one that takes 10 s.
SHORT, LONG = server(ROSE, 50, 0.05, name="rose"), server(TYGER * 10, 6, 0.1, name="long")
STOPPED = replace(scenario(SHORT, server(TYGER, 30, 0.05, name="tyger"), LONG), client=TERM)
AT = START + 2.0  # of the signal
WHOLE = [(START + 0.2, ROSE + b"\n"), (START + 0.2, TYGER + b"\n")]
BY_SIGTERM = Exit(None, signal=15)


def left(after: float, how: str = "hang-up", made: Scenario = STOPPED) -> SendLog:
    """The servers' account of a client that leaves them so long after the signal."""
    log = play(made)
    connection = log.of_task(3)
    assert connection
    ended = AT + after
    sends = [(end, t) for end, t in zip(connection.ends, connection.times, strict=True) if t < ended]
    connection.ends, connection.times = [list(column) for column in zip(*sends, strict=True)]
    connection.ended, connection.how = ended, how
    return log


def stopped(after: float = 0.01, *, how: str = "hang-up", exit_: Exit | None = None, **made) -> Evidence:
    """A client that ends by SIGTERM, and has printed what was whole."""
    log = left(after, how)
    lines = [line for line in told((STOPPED, log)) if line[0] < AT] + list(made.pop("stderr", []))
    more = {"stdout": WHOLE, "signalled": AT, "ended": AT + after, **made}
    return evidence(STOPPED, log=log, stderr=lines, exit_=exit_ or Exit(143), **more)


def word(made: Evidence) -> str:
    return judge(client(), made).code


TRACE = [(AT + 0.01, b"Traceback (most recent call last):\n"), (AT + 0.01, b"KeyboardInterrupt\n")]

EARNED = [
    (stopped(), "as-declared"),
    (stopped(exit_=BY_SIGTERM), "as-declared"),
    (stopped(exit_=Exit(None, signal=2)), "died-by-signal"),
    (stopped(exit_=Exit(0)), "exit-lies"),
    (stopped(exit_=Exit(1)), "exit-lies"),
    (stopped(PROMPT - 0.01), "as-declared"),
    (stopped(PROMPT + 0.01), "hang-up-late"),
    (stopped(8.0, how="close", exit_=Exit(0), stdout=[*WHOLE, (AT + 8, TYGER * 10 + b"\n")]), "signal-ignored"),
    (stopped(stdout=WHOLE[:1]), "whole-poem-lost"),
    (stopped(stdout=[]), "whole-poem-lost"),
    (stopped(stdout=[(START + 0.2, ROSE + b"\n" + TYGER[:9])]), "whole-poem-lost"),
    # What streams may have printed a part, and may have been stopped within a line.
    (stopped(stdout=[*WHOLE, (START + 1, TYGER[:9])]), "as-declared"),
    (stopped(stdout=[*WHOLE, (START + 1, TYGER[:9] + b"\n")]), "as-declared"),
    (stopped(stdout=[*WHOLE, (START + 1, b"Nonsense")]), "bytes-extra"),
    (stopped(stderr=TRACE), "stack-trace"),
    (stopped(stderr=TRACE[:1]), "as-declared"),
    (stopped(stderr=[(START, b"by the way\n"), *TRACE]), "as-declared"),  # it talks like that
    (stopped(failures=[3]), "as-declared"),  # it may tell what it leaves, and need not
    (stopped(stopped="timeout", exit_=Exit(None, signal=9)), "killed-at-limit"),
]


@pytest.mark.parametrize(("made", "code"), EARNED, ids=[f"{n} {code}" for n, (_, code) in enumerate(EARNED)])
def test_a_signal(made: Evidence, code: str) -> None:
    assert word(made) == code
    if code not in ("as-declared", "died-by-signal"):
        assert BY_CODE[code].advice(made)


@pytest.mark.parametrize(("before", "code"), [(SETTLED + 0.01, "whole-poem-lost"), (SETTLED - 0.01, "as-declared")])
def test_a_poem_that_was_whole_only_just_before_the_signal_may_be_lost(before: float, code: str) -> None:
    done = stopped().done(2)
    assert done is not None
    early = evidence(STOPPED, log=left(0.01), stdout=[], stderr=[], signalled=done + before, exit_=Exit(143))
    assert (
        word(replace(early, transcript=replace(early.transcript, stdout=stopped().transcript.stdout))) == "as-declared"
    )
    assert word(early) == code


@pytest.mark.parametrize("size", range(1, 26))
def test_a_poem_of_which_half_was_printed_before_the_signal_is_lost_wherever_it_breaks_off(size: int) -> None:
    poem = b"line one\nline two is long\n"
    made = replace(scenario(SHORT, server(poem, 30, 0.05, name="two lines"), LONG), client=TERM)
    half = [(START + 0.2, ROSE + b"\n" + poem[:size])]
    log = left(0.01, made=made)
    assert word(evidence(made, log=log, stdout=half, stderr=[], signalled=AT, exit_=Exit(143))) == "whole-poem-lost"


def test_an_end_without_the_signal_is_judged_as_ever() -> None:
    assert word(stopped(signalled=None)) == "poem-missing"
    assert word(stopped(signalled=None, exit_=BY_SIGTERM)) == "died-by-signal"


@pytest.mark.parametrize("signalled", [None, START + 60])
def test_a_signal_that_comes_too_late_is_the_labs_own_fault(signalled: float | None) -> None:
    late = judge(client(), evidence(STOPPED, signalled=signalled))
    assert (late.verdict, late.code) == ("lab-error", "signal-missed")


def test_the_figures_of_a_stopped_client_count_up_to_the_signal() -> None:
    figures = measure(stopped(0.3), sequential=False)
    assert figures["hang_up_ms"] == pytest.approx(300)
    assert (figures["floor_s"], figures["time"]) == (pytest.approx(2.0, abs=0.01), pytest.approx(1.15, abs=0.01))


def test_a_client_has_left_when_it_ended_its_side_though_the_server_could_not_tell() -> None:
    log = left(0.3)
    connection = log.of_task(3)
    assert connection
    connection.half_closed = AT + 0.002
    assert measure(replace(stopped(0.3), log=log), sequential=False)["hang_up_ms"] == pytest.approx(2.0)


def test_no_trait_is_read_off_a_client_that_is_disturbed() -> None:
    at_ease = [axis.name for axis in AXES.values() if axis.at_ease]
    assert at_ease == ["reads", "grain", "flush", "delivery", "order"]
    assert [observe(stopped())[trait] for trait in at_ease] == [[]] * len(at_ease)
    assert all(observe(evidence(replace(STOPPED, client=USUAL)))[trait] for trait in at_ease if trait != "reads")


def test_a_stopped_client_is_told_when_and_the_table_says_how_soon_it_left() -> None:
    made = stopped(2.5)
    told_so = explain(made, judge(client(), made))
    assert "The lab sent you SIGTERM after 2.3 s." in told_so.account
    assert "It closed the connection of task 3 only 2.50 s after SIGTERM." in told_so.account
    shown = run([client()], [STOPPED], cell(client(), stopped(0.25, exit_=BY_SIGTERM)))
    assert "made: the clients closed their connections 250.0 ms after SIGTERM, as the servers saw it." in [
        remark.sentence for remark in remarks(shown)
    ]
    row = next(line for line in table(shown).splitlines() if line.strip().startswith("made  "))
    assert row.split()[-1] == "143"  # whether by the signal or with its status


# Standard output that is closed.  No poem goes into a pipe; they are done after 0.1 s, 0.4 s and 10 s.
BIG = ROSE * (3 * PIPE // len(ROSE))
PARTS = [server(BIG, len(BIG) // 10, delay, name="big") for delay in (0.01, 0.04, 1.0)]
PIPED = replace(scenario(*PARTS), client=CLOSED)
SHUT = START + 0.15


def cut(after: float, *, status: int = 1, how: str = "hang-up", **made) -> Evidence:
    """A client whose output was closed in its first poem, and which leaves all so long after that."""
    log = play(PIPED)
    for connection in log.connections:
        if connection.ended is None or connection.ended > SHUT + after:
            connection.ended, connection.how = SHUT + after, how
    more = {"stdout": [(START + 0.12, BIG[:10])], "stdout_closed": SHUT, "exit_": Exit(status), **made}
    return evidence(PIPED, log=log, stderr=more.pop("stderr", []), ended=SHUT + after, **more)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (cut(0.01), "as-declared"),
        (cut(0.01, exit_=Exit(None, signal=13)), "as-declared"),
        (cut(0.01, exit_=Exit(None, signal=11)), "died-by-signal"),
        (cut(0.01, status=0), "exit-lies"),
        (cut(0.01, stdout=[(START + 0.12, b"Nonsense..")]), "bytes-extra"),
        # A foreign client's progress lines come on standard output, and are cut off like all else.
        (cut(0.01, stdout=[(START + 0.12, got(1, 7) + got(2, 5)[:20])]), "as-declared"),
        (cut(0.01, stdout=[(START + 0.12, got(1, 7) + b"Nonsense\n" + got(2, 5)[:20])]), "bytes-extra"),
        (cut(0.01, stderr=[(SHUT + 0.01, b"Traceback:\n  BrokenPipeError\n")]), "stack-trace"),
        (cut(0.01, stderr=[(SHUT + 0.01, b"broken pipe\n")]), "as-declared"),
        # It may come to know of it only when the second poem is whole, 0.25 s later.
        (cut(0.25 + PROMPT - 0.05), "as-declared"),
        (cut(0.25 + PROMPT + 0.05), "hang-up-late"),
        (cut(9.9, how="close"), "pipe-ignored"),
    ],
)
def test_a_closed_standard_output(made: Evidence, code: str) -> None:
    assert word(made) == code


def test_a_client_that_has_written_all_before_the_pipe_was_closed_may_say_that_all_is_well() -> None:
    small = replace(scenario(SHORT), client=CLOSED)
    made = evidence(small, stdout=[(START + 0.2, ROSE[:10])], stdout_closed=START + 0.2, exit_=Exit(0))
    assert word(made) == "as-declared"


# Standard output that is read slowly.
SLOW = replace(scenario(*PARTS[:2]), client=Conditions(stdout_rate=PIPE))


@pytest.mark.parametrize(
    ("taken", "code"), [(len(BIG), "as-declared"), (PIPE, "output-lost"), (PIPE - 10, "poems-mixed")]
)
def test_what_is_lost_after_as_much_as_a_pipe_holds_is_lost_to_a_slow_reader(taken: int, code: str) -> None:
    newline = b"\n" if taken == len(BIG) else b""
    assert word(evidence(SLOW, stdout=[(START + 1, BIG[:taken] + newline + BIG + b"\n")])) == code


def test_a_newline_that_no_reader_would_get_is_not_lost_to_a_slow_one() -> None:
    assert word(evidence(SLOW, stdout=[(START + 1, BIG + BIG + b"\n")])) == "bytes-missing"


def test_the_least_time_of_a_slow_reader_is_that_of_the_reading() -> None:
    figures = measure(evidence(SLOW), sequential=False)
    assert figures["floor_s"] == pytest.approx((2 * len(BIG) + 2) / PIPE, abs=0.001)


# Conditions as they stand in a scenario's file and in run.json.


def test_conditions_are_the_same_again_from_a_record() -> None:
    table_ = {"signal": "INT", "signal-after": 7, "environment": {"LC_ALL": "C", "HOME": False}, "read-only": True}
    conditions = from_table(table_)
    assert conditions.environment == {"LC_ALL": "C", "HOME": None}
    assert (conditions.signal_number, conditions.read_only, conditions.own_stdout) == (2, True, False)
    assert from_record(conditions.record()) == conditions
    assert from_table({"stdout-rate": 100}).scaled(2.0).record() == {"stdout_rate": 50.0}
    assert from_table({}) == USUAL and USUAL.record() == {}


@pytest.mark.parametrize(
    ("table_", "place"),
    [
        ('signal = "TERM"', "signal-after"),
        ("signal-after = 5", "signal"),
        ('signal = "KILL"\nsignal-after = 5', "client.signal"),
        ("stdout-closes-after = 0", "client.stdout-closes-after"),
        ("environment = { HOME = true }", "client.environment.HOME"),
        ("environment = { 'a b' = 'c' }", "client.environment"),
        ("unknown = 1", "unknown"),
    ],
)
def test_a_wrong_table_is_refused_by_its_place(table_: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "made.toml"
    path.write_text(f'schema = 1\nsummary = "made"\n[client]\n{table_}\n[[servers]]\ndown = true\n')
    with pytest.raises(UsageError, match=f"{path}.*{place}"):
        load(path)
