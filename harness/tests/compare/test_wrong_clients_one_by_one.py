"""Wrong clients that need a run of their own: they hang, flood, devour memory, leave processes, come back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lab_process import LAB, QUICK, SECONDS, WRONG, Ended, alive, compare, lab


def told(ended: Ended) -> tuple[Any, ...]:
    """The lab's exit status, and the cell's verdict, its reason code and whether it was expected."""
    cell = ended.cell
    return ended.status, cell["verdict"], cell["reason"]["code"], cell["expected"]


def test_a_client_that_hangs_is_ended_and_the_place_is_reported(backend: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client="hangs", backend=backend)
    assert told(ended) == (1, "timeout", "killed-at-limit", False)
    assert "its last report was byte 50 of 305 of poem 1 (automne)" in ended.cell["reason"]["sentence"]


# wait4's memory of a child includes its parent's before the exec, so the parent is a small process, not pytest.
PEAK = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def test_a_flood_is_stopped_and_does_not_fill_the_labs_memory(backend: str, tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", backend, "--out", tmp_path, *QUICK)
    command = [sys.executable, "-c", PEAK, LAB, "compare", "--client", WRONG / "floods", *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1
    assert "too-much-stdout" in done.stdout
    kilobytes = int(done.stdout.rsplit(None, 1)[1])
    assert 10_000 < kilobytes < 200_000
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 20_000_000


def test_too_much_memory_is_reported(tmp_path: Path, engine: object) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client="devours", backend="docker")
    assert told(ended) == (1, "crash", "out-of-memory", False)


@pytest.mark.parametrize("client", ["escapes", "refuses"])
def test_what_a_client_prints_never_controls_the_terminal(client: str, tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", "local", "--out", tmp_path, *QUICK)
    table = lab("compare", "--client", WRONG / client, *options)
    record = compare(tmp_path, "--scenarios", "accents", client=client)
    for text in (table.stdout, table.stderr, record.stdout, record.stderr):
        assert all(character == "\n" or character.isprintable() for character in text)
    assert r"\x1b" in table.stdout


@pytest.mark.parametrize("client", ["leaves-children", "hides-children"])
def test_processes_that_a_client_leaves_running_are_counted_and_ended(client: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", client=client)
    assert told(ended) == (0, "pass", "as-declared", True)
    assert ended.cell["left_behind"] == 1
    [stderr] = tmp_path.glob("*/cells/twisted/accents/*/1/stderr")
    [line] = [line for line in stderr.read_text().splitlines() if line.startswith("child ")]
    assert not alive(int(line.removeprefix("child ")))


def test_a_client_that_calls_again_has_the_poem_of_a_server_that_came_back(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "comeback", "--pace", 1, client="calls-again")
    assert told(ended) == (0, "pass", "as-declared", True)
    assert ended.cell["exit_status"] == 0  # the honest client, which does not call again, ends with 1
    assert lab("compare", "--replay", *tmp_path.iterdir(), "--json").stdout == ended.stdout


def test_a_known_failure_that_fails_as_declared_is_expected(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "reset", client="known-to-swallow")
    assert told(ended) == (0, "fail", "truncation-swallowed", True)
    assert "this client tests declared failures" in ended.cell["reason"]["sentence"]


def test_late_servers_are_a_lab_error_after_three_attempts(tmp_path: Path) -> None:
    options = ("--scenarios", "accents", "--backend", "local", "--out", tmp_path, "--json", "--pace", "0.3")
    ended = lab("compare", "--client", WRONG / "honest", *options, "--late-budget", "0.001")
    assert told(ended) == (4, "lab-error", "servers-late", False)
    assert ended.cell["attempt"] == 3
