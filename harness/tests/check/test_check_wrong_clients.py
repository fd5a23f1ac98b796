"""Each of the wrong clients that breaks the contract, and the key facts that `./lab check` tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_process import Checked, check
from known_wrong import UNDER_CONDITIONS
from lab_process import WRONG

TOLD = [
    ("all-is-well", "one-down", "exit-lies", ["address 2 failed", "status 1"]),
    ("cries-wolf", "accents", "exit-lies", ["exit with status 0"]),
    ("status-three", "accents", "exit-lies", ["with status 3"]),
    ("names-nobody", "one-down", "failure-not-named", ["`Task 2: failed: connection refused (HOST:PORT)`"]),
    ("names-innocent", "accents", "failure-not-named", ["failed, but it did not"]),
    ("drops-byte", "accents", "bytes-missing", ["at byte 20"]),
    ("doubles-byte", "accents", "bytes-extra", ["First difference: poem"]),
    ("mixes-poems", "accents", "poems-mixed", ["Poems are mixed with one another"]),
    ("decodes-chunks", "accents", "bytes-differ", ["A read ended in the middle of a character"]),
    ("escapes", "accents", "bytes-differ", [r"\x1b]0;owned", "no missing poem begins like that"]),
    ("loses-others", "one-down", "others-lost", ["address 2 is no reason to give up the others"]),
    ("miscounts", "accents", "progress-wrong", ["but the poem has 305", "the number of bytes that each read returned"]),
    ("swallows-reset", "reset", "truncation-swallowed", ["300 of 629 bytes", "ECONNRESET", "`Task 2: failed:"]),
    ("refuses", "accents", "refused-arguments", ["You rejected arguments that are correct"]),
    ("dies", "accents", "died-by-signal", ["You died by signal 9"]),
    ("floods", "accents", "too-much-stdout", ["far more on standard output than the poems have"]),
    ("reconnects", "accents", "too-many-connections", ["far more often than there are", "Connect once to each"]),
    ("not-found", "accents", "not-startable", ["No such file", "chmod +x"]),
    ("swallows-stall", "pause", "truncation-swallowed", ["paused after 300 of 629", "`Task 1: failed: timed out"]),
    ("waits-for-ever", "pause", "gave-up-late", ["the silence was longer than the timeout", "after each read"]),
    ("counts-from-the-start", "steady", "gave-up-early", ["never silent for longer", "start it again after each read"]),
    ("impatient", "pause", "gave-up-early", ["after each read"]),
    (
        "dawdles",
        "no-answer",
        "gave-up-late",
        ["Address 1 answers no connection attempt", "reported that it gave up", "after each read"],
    ),
    ("holds-the-line", "half-close", "left-open", ["the server closed its side", "Close each connection"]),
    ("not-executable", "accents", "not-startable", ["Permission denied", "chmod +x"]),
]
# What a client that hangs is told is tested on students' programs.
# These differ from their own declarations only, which is no breach; `check` tells what they are like.
CHARACTERS = [
    ("sequential", "trio", "connects in-turn"),
    ("concurrent", "trio", "connects together"),
    ("by-lines", "trio", "grain line"),
    ("holds-reports", "trio", "flush held-back"),
    ("does-not-stream", "trio", "delivery each"),
    ("holds-poems", "trio", "delivery at-end"),
    ("wrong-order", "trio", "order arguments"),
]
ELSEWHERE = {
    *("honest", "devours", "hangs", "known-to-swallow", "leaves-children", "hides-children", "mended", "reorders"),
    # These are caught in scenarios that are none of a check's own.
    *("calls-again", "reads-in-turn", "gives-up-all", "no-timeout", "waits-for-reset", "flaky"),
    *(name for clients in UNDER_CONDITIONS.values() for name in clients),
}


UNHURRIED = ("trio", "pause", "steady", "no-answer", "half-close")  # where it matters what comes first, or in time


def tried(client: str, scenario: str, folder: Path) -> Checked:
    """What is said of a wrong client in a scenario."""
    chosen = ("--client", WRONG / client, "--backend", "local", "--scenarios", scenario)
    return check(folder, *chosen, *(("--pace", 1) if scenario in UNHURRIED else ()), cwd=folder)


@pytest.mark.parametrize(("client", "scenario", "code", "facts"), TOLD, ids=[case[0] for case in TOLD])
def test_a_breach_of_the_contract_is_explained(
    client: str, scenario: str, code: str, facts: list[str], tmp_path: Path
) -> None:
    told = tried(client, scenario, tmp_path)
    assert told.status == 1, told
    [(heading, section)] = told.sections.items()
    assert heading.endswith(f", {code}")
    for fact in facts:
        assert fact in section
    assert f"scenario harness/spec/scenarios/{scenario}.toml" in section
    assert all(character == "\n" or character.isprintable() for character in told.stdout + told.stderr)


@pytest.mark.parametrize(("client", "scenario", "character"), CHARACTERS, ids=[case[0] for case in CHARACTERS])
def test_what_a_client_is_like_is_told_and_is_no_fault(
    client: str, scenario: str, character: str, tmp_path: Path
) -> None:
    told = tried(client, scenario, tmp_path)
    assert (told.status, told.sections) == (0, {}), told
    assert f"{character}:" in [" ".join(line.split()[:2]).rstrip(":") + ":" for line in told.stdout.splitlines()]


def test_every_wrong_client_has_its_test() -> None:
    tested = {case[0] for case in TOLD} | {case[0] for case in CHARACTERS}
    assert {folder.name for folder in WRONG.iterdir()} == tested | ELSEWHERE
