"""Explanations, from made evidence: the facts that a student needs stand in them, and no evidence breaks them."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_maker import (
    DOWN,
    ONE_DOWN,
    PEAR,
    PEAR_SERVER,
    RESET,
    ROSE,
    ROSE_SERVER,
    STALL,
    START,
    TRIO,
    TYGER,
    client,
    evidence,
    failed,
    got,
    in_turn,
    scenario,
    server,
    told,
    wild,
)
from run_maker import recorded

from harness.backend import Exit
from harness.check.explain import Explanation, explain
from harness.check.program import exit_status
from harness.judge import exit_status as of_compare
from harness.judge.breaches import BY_CODE
from harness.judge.verdict import judge
from harness.record.evidence import Evidence

KILLED = {"stopped": "timeout", "exit_": Exit(None, signal=9), "ended": START + 9.7}
HONEST = evidence(TRIO)
ECLAIR = "Éclair\nà la fin\n".encode()
CREAM = scenario(server(ECLAIR, 3, 0.1, name="éclair"))
NO_END = scenario(server(b"no newline", 5, 0.1, name="bare"))
A, B, C = (poem + b"\n" for poem in (ROSE, TYGER, PEAR))


def explained(made: Evidence) -> Explanation:
    return explain(made, judge(client(), made))


def output(text: bytes, made=TRIO, **more) -> Evidence:
    """All of standard output in one piece, at the end."""
    return evidence(made, stdout=[(START + 2, text)], **more)


def reports(*sizes: tuple[int, int]) -> list[tuple[float, bytes]]:
    """Progress lines, a second and more after the start."""
    return [(START + 1 + index / 100, got(task, size)) for index, (task, size) in enumerate(sizes)]


def test_a_client_that_is_stuck_hears_what_it_has_read_and_how_long_the_rest_has_waited():
    read = [(at, line) for at, line in told(HONEST) if b"Task 1:" in line]
    stuck = evidence(TRIO, stdout=[], stderr=[*read, (START + 1.7, got(2, 10))], **KILLED)
    account = explained(stuck).account
    assert "Poem 2 (tyger): you connected after 0.3 s; all 58 bytes were sent; the server closed after 1.2 s" in account
    assert "you had read 10, and the other 48 had been waiting for 8.0 s" in account
    assert "poem 3 (pear)" in account.lower() and "you reported none of it" in account
    assert "You read one poem after another while the others wait." in account
    assert account.endswith("The lab stopped you after 10.0 s.")
    assert "You stopped reading poem 2 at byte 10" in explained(stuck).advice


def test_waiting_is_counted_from_when_the_bytes_came_not_from_the_last_read():
    early = evidence(TRIO, stdout=[], stderr=[(START + 0.121, got(1, 8))], **KILLED)
    assert "you had read 8, and the other 80 had been waiting for 9.5 s" in explained(early).account


def test_a_client_that_was_still_reading_is_not_told_that_it_had_stopped():
    byte_by_byte = [(START + 0.3 + index / 5, got(2, 1)) for index in range(48)]
    slow = evidence(TRIO, stdout=[], stderr=byte_by_byte, **KILLED)
    assert "You were still reading poem 2 at byte 48" in explained(slow).advice
    assert "Let a read return more bytes" in explained(slow).advice


def test_a_silent_client_that_does_not_reach_the_end_of_a_large_poem_may_be_slow():
    large = scenario(server(b"A line of eighteen\n" * 1000, 19000, 0.1), ROSE_SERVER)
    slow = evidence(large, stdout=[], stderr=[], **KILLED)
    assert "Or do you read poem 1 so slowly that you were not yet there?" in explained(slow).advice
    assert "slowly" not in explained(evidence(TRIO, stdout=[], stderr=[], **KILLED)).advice


STUCK = [
    (evidence(TRIO, accepts={}, stdout=[], stderr=[], **KILLED), "waits for something before it connects"),
    (
        evidence(TRIO, stdout=[], stderr=[], **KILLED),
        "The server has closed the connection of poems 1, 2 and 3: when",
    ),
    (
        evidence(TRIO, accepts={1: START}, stdout=[], stderr=[], **KILLED),
        "connects to addresses 2 and 3 only after that",
    ),
    (evidence(ONE_DOWN, failures=[], **KILLED), "Does it still wait for address 2, which failed?"),
    (evidence(ONE_DOWN, failures=[], stdout=[], **KILLED), "Or does it still wait for address 2, which failed?"),
    (
        evidence(ONE_DOWN, failures=[], stdout=[], **KILLED),
        "The server has closed the connection of poem 1: when a read",
    ),
    (evidence(STALL, failures=[], stdout=[(START + 2, A)], **KILLED), "the SECONDS of --timeout ends a task, too."),
    (
        evidence(TRIO, **KILLED),
        "All poems have arrived. Exit when the last task has ended, whether",
    ),
]


@pytest.mark.parametrize(("made", "advice"), STUCK)
def test_a_client_that_does_not_end_hears_what_it_may_be_waiting_for(made, advice):
    assert advice in explained(made).advice


DIFFERENCES = [
    (output(b"b'O Rose"), "how Python displays bytes"),
    (output(b"\xef\xbb\xbf" + A, ONE_DOWN), "byte order mark"),
    (output(ROSE.decode().encode("utf-16") + b"\n"), "byte order mark"),
    (output(A + A + B + C), "Poem 1 is there once more: print each poem once."),
    (output(C + C + C, accepts={3: START}), "Poem 3 is there once more, and you never connected to addresses 1 and 2"),
    (output(A + B + C + B), "Poem 2 is there once more: print each poem once."),
    (output(ROSE.replace(b"\n", b"\r\n")), "CR LF"),
    (output(b"Task one: got it\n" + A), "messages belong on standard error"),
    (output(b"Tyger Tyger\n" + A), "You end the poem at byte 11, as if it were complete"),
    (output(b"two lines\n\n", scenario(server(b"two lines\nno end", 7, 0.1))), "up to its last newline"),
    (output(ROSE + B + C), "A newline is missing: print one after each poem.*own last newline"),
    (
        output(b"no newline", NO_END),
        "newline is missing: print one after each poem, even if the poem ends with one.$",
    ),
    (output(A + b"\n" + B + C), "There is one empty line too many: print one newline after each complete poem.$"),
    (output(A + b"\n", ONE_DOWN), "nothing for address 2, which failed.$"),
    (output(TYGER[:29] + b"\n\n" + A, RESET, failures=[], status=0), "A read that fails is not the end of a poem."),
    (output(A + b"\n" + B + C + b"Done."), "one empty line too many"),
    (output(A + B + C + b"Done."), "Print only the poems on standard output"),
    (output(ECLAIR.decode("latin-1").encode() + b"\n", CREAM), "Latin-1 character and encoded again"),
    (output(ECLAIR[:8] + b"\xef\xbf\xbd la fin\n", CREAM), "ended in the middle of a character"),
    (output(ECLAIR.decode().encode("ascii", "replace") + b"\n", CREAM), "ended in the middle of a character"),
    (output(ECLAIR.decode().encode("ascii", "ignore") + b"\n", CREAM), "Bytes outside ASCII are missing"),
    (
        output(ROSE[:8], scenario(server(ROSE, 8, 0.1)), stderr=[(START + 0.2, got(1, 8))]),
        "You end the poem at byte 8.*One read is not the whole poem: read until a read returns 0 bytes",
    ),
    (
        output(b"".join(ROSE[i : i + 8] + b"\n" for i in range(0, 88, 8)), scenario(server(ROSE, 8, 0.1))),
        "nothing between",
    ),
    (output(ROSE[:24] + b"\n" + ROSE[24:] + b"\n", scenario(server(ROSE, 8, 0.1))), "no server sent, from byte 24 on"),
    (output(ROSE[:8] + TYGER[:7] + ROSE[8:] + b"\n" + TYGER[7:] + b"\n" + C), "Poems are mixed with one another"),
    (output(A + TYGER + TYGER[51:56] + b"\n" + C), "old bytes of the buffer"),  # reads of 7 bytes, the last of 2
    (output(A.replace(b"worm", b"wrm") + B + C), "are lost, from byte 37 on"),
    (output(A.replace(b"worm", b"woorm") + B + C), "no server sent, from byte 38 on"),
]


@pytest.mark.parametrize(("made", "advice"), DIFFERENCES)
def test_the_first_difference_is_taken_for_a_sign_of_the_usual_mistakes(made, advice):
    assert re.search(advice, explained(made).advice), explained(made)


def test_the_first_differing_bytes_are_shown():
    difference = explained(output(A.replace(b"worm", b"WORM") + B + C)).difference
    assert difference == (
        "First difference: poem 1 (rose) at byte 36 (line 2, column 15): expected 'worm\\nthat flies in the n', "
        "got 'WORM\\nthat flies in the n'."
    )


MISSING = [
    (evidence(TRIO, accepts={}, stdout=[], stderr=[], status=1), "Connect to every address"),
    (
        evidence(TRIO, accepts={1: START}, stdout=[(START + 2, A)], status=1),
        "You have never connected to addresses 2 and 3",
    ),
    (output(A + B), "All bytes of poem 3 were sent, but they are not on standard output"),
]


@pytest.mark.parametrize(("made", "advice"), MISSING)
def test_a_poem_that_is_missing_is_looked_for(made, advice):
    assert advice in explained(made).advice


def test_a_client_that_hangs_up_early_is_told_at_which_byte():
    early = evidence(TRIO, stdout=[(START + 1, A)], ended=START + 0.5)
    connection = early.log.of_task(2)
    connection.ends, connection.times = connection.ends[:2], connection.times[:2]
    connection.how, connection.ended = "hang-up", START + 0.3
    told_it = explained(early)
    assert "14 of 58 bytes were sent; you closed the connection after 0.6 s" in told_it.account
    assert "You left before the server had sent all of poem 2" in told_it.advice


def test_a_client_that_left_after_the_only_chunk_that_was_sent_hears_of_reads():
    left = evidence(ONE_DOWN, stdout=[(START + 0.2, ROSE[:8] + b"\n")], stderr=[(START + 0.2, got(1, 8))])
    connection = left.log.of_task(1)
    connection.ends, connection.times = connection.ends[:1], connection.times[:1]
    assert "One read is not the whole poem" in explained(left).advice


def test_a_client_that_read_once_hears_of_reads_also_where_that_had_two_chunks():
    once = evidence(ONE_DOWN, stdout=[(START + 0.2, ROSE[:16] + b"\n")], stderr=[(START + 0.2, got(1, 16))])
    assert "One read is not the whole poem" in explained(once).advice
    twice = evidence(ONE_DOWN, stdout=[(START + 0.2, ROSE[:16] + b"\n")], stderr=reports((1, 8), (1, 8)))
    assert "One read is not the whole poem" not in explained(twice).advice


def test_a_client_that_tells_of_no_read_and_left_hears_of_reads_too():
    left = evidence(ONE_DOWN, stdout=[(START + 0.2, ROSE[:16] + b"\n")], stderr=[])
    connection = left.log.of_task(1)
    connection.ends, connection.times, connection.how = connection.ends[:4], connection.times[:4], "hang-up"
    assert "One read is not the whole poem" in explained(left).advice


def test_the_last_words_stand_in_the_account_and_cannot_act_on_a_terminal():
    died = evidence(TRIO, accepts={}, stdout=[], stderr=[(START, b"trace\n\x1b[2Jbad host\n")], status=1)
    assert r"your last message was '\x1b[2Jbad host'" in explained(died).account


def test_a_client_that_gives_a_good_address_up_hears_of_its_own_words():
    lost = {"stdout": [(START + 2, B + C)], "status": 1, "failures": []}
    timed_out = [(START + 0.4, b"Task 1: failed: timed out (127.0.0.1:10001)\n")]
    advice = explained(evidence(TRIO, stderr=timed_out, **lost)).advice
    assert "You wrote that task 1 failed, but it did not: 'timed out" in advice
    assert "You were given no --timeout: then wait for a slow server as long as it takes." in advice
    refused = [(START + 0.4, failed(1))]
    advice = explained(evidence(TRIO, accepts={2: START, 3: START}, stderr=refused, **lost)).advice
    assert "No connection came to its server: connect to the host and the port of the argument." in advice
    assert "timeout" not in advice
    strange = [(START + 0.4, b"Task 1: failed: fetch failed (127.0.0.1:10001)\n")]
    assert "read the bytes as they are, over plain TCP" in explained(evidence(TRIO, stderr=strange, **lost)).advice


def test_a_client_that_does_not_wait_for_its_threads_is_told_to():
    none = {"stdout": [], "stderr": [], "status": 0}
    wait = "If threads or tasks fetch the poems, wait for all of them before you exit."
    assert wait in explained(evidence(TRIO, accepts={}, **none)).advice
    assert wait not in explained(evidence(TRIO, accepts={}, **{**none, "status": 1})).advice
    left = evidence(TRIO, **none)
    for connection in left.log.connections:
        connection.ends, connection.times, connection.how = [], [], "hang-up"
    assert explained(left).advice == f"You exited before any server had sent a byte. {wait}"


def test_an_error_of_the_program_is_to_be_mended_first():
    error = [(START, b"KeyError: 'TERM'\n")]
    lost = {"stdout": [], "stderr": error, "status": 1}
    mend = "Mend the error of the program first: 'KeyError: 'TERM''."
    assert explained(evidence(TRIO, accepts={}, **lost)).advice == mend
    assert explained(evidence(TRIO, **lost)).advice == mend
    assert "Connect to every address" in explained(evidence(TRIO, accepts={}, stdout=[], status=1)).advice


def test_good_arguments_that_were_refused_are_named():
    refused = {"accepts": {}, "stdout": [], "stderr": [], "status": 2, "failures": []}
    assert "There are no other arguments." in explained(evidence(TRIO, **refused)).advice
    assert "Before them may stand --timeout SECONDS." in explained(evidence(STALL, **refused)).advice
    assert "in brackets, as [::1]:10001" in explained(evidence(replace(TRIO, host="::1"), **refused)).advice


FAILURES = [
    (evidence(ONE_DOWN, stdout=[], status=1, failures=[]), "failure of address 2 is no reason to give up the others"),
    (output(ROSE, ONE_DOWN), "A newline is missing"),
    (evidence(RESET, failures=[], status=0), "`Task 2: failed: connection reset \\(HOST:PORT\\)`"),
    (evidence(ONE_DOWN, status=0), "Remember that address 2 failed"),
    (evidence(TRIO, status=1), "exit with status 0"),
    (evidence(TRIO, failures=[1]), "that task 1 failed, but it did not: 'connection refused"),
    (evidence(ONE_DOWN, failures=[1]), "task 1 failed, but it was task 2: count tasks from 1"),
    (evidence(ONE_DOWN, failures=[]), "Write one line on standard error for every address that fails: `Task 2: failed"),
    (
        evidence(
            ONE_DOWN,
            failures=[],
            stderr=[(START, b"error log\n"), *told(evidence(ONE_DOWN)), (START + 2, b"task 2: Refused!\n")],
        ),
        "Your line 'task 2: Refused!' does not have the form",
    ),
]


@pytest.mark.parametrize(("made", "advice"), FAILURES)
def test_a_failure_that_is_not_dealt_with_is_told_with_what_is_due(made, advice):
    assert re.search(advice, explained(made).advice), explained(made)


def test_a_client_that_goes_on_after_a_failure_and_forgets_an_address_is_told_which():
    made = scenario(DOWN, ROSE_SERVER, PEAR_SERVER)
    forgot = evidence(made, accepts={2: START}, stdout=[(START + 2, A)], status=1)
    assert "after the failure of address 1, but never connected to address 3" in explained(forgot).advice


def test_a_client_that_ended_its_side_before_a_server_fell_silent_is_told_so():
    for half_closed, advice in (
        (None, "A silent server is not the end"),
        (START, "You close your own side of the connection"),
    ):
        left = evidence(STALL, stdout=[(START + 2, TYGER[:35] + b"\n" + A)], failures=[], status=0)
        left.log.of_task(1).half_closed = half_closed
        assert advice in explained(left).advice


PROGRESS = [
    (
        TRIO,
        reports((0, len(ROSE)), (1, len(TYGER))),
        "task 0, but the tasks are 1 to 3. Count tasks from 1",
    ),
    (TRIO, reports((10001, len(ROSE))), "task 10001, but the tasks are 1 to 3. Task N is the N-th argument"),
    (TRIO, reports((1, 40), (1, len(ROSE))), "Your numbers are running totals"),
    (TRIO, reports((1, len(ROSE)), (2, len(TYGER))), "add up to 0 bytes, but the poem has 84. This task has no line"),
    (TRIO, reports((1, len(ROSE) - 4)), "You do not count the 4 newlines"),
    (TRIO, reports((1, 5)), "add up to 5 bytes, but the poem has 88. Give the number of bytes that each read"),
    (CREAM, reports((1, len(ECLAIR.decode()))), "That is its number of characters: count the bytes"),
]


@pytest.mark.parametrize(("made", "stderr", "advice"), PROGRESS)
def test_numbers_that_do_not_add_up_are_added_up(made, stderr, advice):
    assert advice in explained(evidence(made, stderr=stderr)).advice


def test_lines_that_are_written_in_pieces_are_shown():
    pieces = (START + 1, b"Task 1: got Task 2: got 58 bytes of poetry\n88 bytes of poetry from a:1\n from a:2\n")
    advice = explained(evidence(TRIO, stderr=[*reports((3, 84)), pieces])).advice
    assert "The line 'Task 1: got Task 2: got 58 bytes of poetry' is made of pieces of two: write each" in advice


def test_what_was_reported_wrongly_is_not_said_to_wait_unread():
    account = explained(evidence(TRIO, stderr=reports((1, 5)))).account
    assert "you reported 5" in account
    assert "waiting" not in account


def test_a_fault_of_the_lab_is_never_laid_at_the_clients_door():
    late = explained(evidence(TRIO, stdout=[], lateness=[1.0]))
    assert "the lab's fault, not yours" in late.account
    assert "again" in late.advice


def test_of_a_crowd_a_sentence_names_the_first_only():
    crowd = scenario(server(ROSE, 8, 0.1), tasks=1000)
    lost = explained(evidence(crowd, accepts={1: START}, stdout=[(START + 2, A)], status=1))
    assert "addresses 2, 3, 4, 5, 6, 7 and 993 more" in lost.advice
    assert len(lost.account) < 400


def test_where_tasks_share_a_server_no_poem_is_said_to_be_missing_a_connection():
    shared = scenario(server(ROSE, 8, 0.1), tasks=2)
    lost = evidence(shared, accepts={1: START}, stdout=[(START + 2, A)], status=1)
    assert "There were 2 addresses and 1 connection." in explained(lost).account


def test_poems_fetched_one_after_another_are_no_fault_as_long_as_all_goes_well():
    wrong = evidence(TRIO, accepts=in_turn(TRIO), status=1)
    assert "one poem after another" not in explained(wrong).account


def test_any_evidence_is_explained_in_printable_sentences():
    for seed in range(400):
        made = wild(random.Random(seed))
        judgement = judge(client(), made)
        if judgement.verdict == "pass":
            continue
        told_it = explain(made, judgement)
        for paragraph in (told_it.account, told_it.difference, told_it.advice):
            assert paragraph.isprintable(), seed
            assert not paragraph or paragraph[0].isupper(), seed
        assert told_it.account.endswith("."), seed
        assert bool(told_it.advice) == (judgement.code in BY_CODE or judgement.verdict == "lab-error"), seed


def test_whoever_takes_silence_for_the_end_hears_what_to_say_of_it():
    told = explain(made := evidence(STALL, failures=[], status=0), judge(client(), made))
    assert judge(client(), made).code == "truncation-swallowed"
    assert "Print `Task 1: failed: timed out (HOST:PORT)`" in told.advice


def test_whoever_does_not_name_a_silent_address_hears_the_form_of_the_line():
    told = explain(made := evidence(STALL, failures=[]), judge(client(), made))
    assert judge(client(), made).code == "failure-not-named"
    assert "`Task 1: failed: timed out (HOST:PORT)`" in told.advice


def test_what_a_manifest_declares_changes_nothing_for_a_check(tmp_path: Path) -> None:
    swallowed = evidence(RESET, failures=[], status=0)
    for name, who, made, status in (
        ("known", client([("made", "truncation-swallowed")]), swallowed, 1),
        ("unlike", client(connects="in-turn"), evidence(TRIO), 0),
        ("late", client(), evidence(TRIO, lateness=[0.5]), 4),
    ):
        (tmp_path / name).mkdir()
        run = recorded(tmp_path / name, (who, made))
        assert exit_status(run) == status, name
        assert of_compare.exit_status(run.run["cells"]) == {"known": 0, "unlike": 1, "late": 4}[name]
