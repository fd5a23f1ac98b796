"""The clients of all languages accept the same addresses, and refuse the same ones."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from harness.paths import ROOT
from slowpoetry.address import UsageError, parse_addresses

PROGRAMS = {
    "erlang": [str(ROOT / "erlang" / "build" / "get-poetry")],
    "haskell": [str(ROOT / "haskell" / "build" / "haskell-announcing")],
    "python": [sys.executable, "-m", "slowpoetry.clients.blocking"],
}
BAD = "::no-address"  # the last argument: a client that accepts all others refuses this one, so that none fetches
ODD = ["1", "65535", "65536", "0", "00080", "0" * 300 + "7", "9" * 300, "host:000001", "h:1", "1:1", "a.b.:2", "-a:1"]
SIX = [
    "::1",
    "::",
    "1::2::3",
    ":::",
    "::1%lo",
    "fe80::1%lo",
    "::ffff:1.2.3.4",
    "::01.2.3.4",
    "1:2:3:4:5:6:7",
    "::12345",
]
ODD += [f"[{host}]:1" for host in [*SIX, "127.0.0.1", "a.b", ""]] + [
    "::1",
    "::1:1",
    "[::1]",
    "[::1]1",
    "[::1",
    "x[::1]:1",
]
SECONDS = 120


def drawn(count: int) -> list[str]:
    """Random arguments of the characters that matter; they are the same in every run."""
    rng = random.Random(20)
    plain = ["".join(rng.choices("0125:.a-+ _", k=rng.randrange(1, 7))) for _ in range(count)]
    return [*plain, *("[" + "".join(rng.choices("01f::.", k=rng.randrange(2, 9))) + "]:1" for _ in range(count))]


def is_address(argument: str) -> bool:
    try:
        return bool(parse_addresses([argument]))
    except UsageError:
        return False


def spelt(argument: str) -> bool:
    """Whether its host has no empty label: no name service can look one up, and only Python refuses it at once."""
    host = argument.rpartition(":")[0]
    return all(host.removesuffix(".").split(".")) or not host


ARGUMENTS = [argument for argument in [*ODD, *drawn(400)] if spelt(argument)]
GOOD = [argument for argument in ARGUMENTS if is_address(argument)]
REFUSED = [argument for argument in ARGUMENTS if not is_address(argument)]


def refused(program: list[str], *arguments: str) -> str:
    """The program's message about these arguments, one of which is bad."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=SECONDS, env=environment)
    assert (done.returncode, done.stdout) == (2, ""), (arguments, done)
    return done.stderr


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> list[str]:
    words = PROGRAMS[request.param]
    if not os.path.exists(words[0]):
        missing = f"{words[0]} is not built: ./lab build --backend local"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return words


def test_there_are_many_good_and_many_bad_addresses() -> None:
    assert len(GOOD) > 30 and len(REFUSED) > 100


def test_a_good_address_is_accepted_by_every_client(program: list[str]) -> None:
    assert BAD in refused(program, *GOOD, BAD)


# Python's clients have the parser that decides here what is bad; for Erlang, which is slow to start, see below.
FEW = REFUSED[20:22]
MANY = [*(argument for argument in ODD if argument in REFUSED), *FEW]
EACH = {"haskell": MANY, "erlang": ["-a:1", *FEW], "python": FEW}


@pytest.mark.parametrize(
    ("program", "argument"), [(name, argument) for name in PROGRAMS for argument in EACH[name]], indirect=["program"]
)
def test_a_bad_address_is_refused_by_every_client(argument: str, program: list[str]) -> None:
    assert BAD not in refused(program, argument, BAD)


@pytest.mark.parametrize("program", ["erlang"], indirect=True)
def test_the_parser_in_erlang_refuses_the_same(program: list[str]) -> None:
    each = '[io:format("~s ", [element(1, poetry_address:parse([A]))]) || A <- init:get_plain_arguments()]'
    command = ["erl", "-noinput", "-pa", str(Path(program[0]).with_name("ebin")), "-eval", f"{each}, halt()."]
    bad = [argument for argument in REFUSED if not argument.startswith("-")]  # the program takes these for options
    done = subprocess.run([*command, "-extra", *GOOD, *bad], capture_output=True, text=True, timeout=SECONDS)
    assert done.stdout.split() == ["ok"] * len(GOOD) + ["error"] * len(bad), done
