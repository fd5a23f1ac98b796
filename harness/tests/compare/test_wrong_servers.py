"""Server programs that are each wrong in one way: the lab finds the fault itself, and blames no client."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lab_process import SECONDS, Ended, lab

from harness.paths import ROOT
from harness.record.run_folder import RunFolder, open_run

SERVERS = ROOT / "harness" / "tests" / "wrong_servers"

CAUGHT = [
    ("drops-byte", "accents", "server-differs", ["server 1 (automne)", "wrong byte 40"]),
    ("cuts-short", "accents", "server-cut-short", ["server 1 (automne)"]),
    ("closes-for-reset", "reset", "server-ends-otherwise", ["server 2 (science)", "reset"]),
    ("talks-on", "stall", "server-differs", ["server 1 (science)", "wrong byte 300 (line ", "): expected the end"]),
    ("closes-for-stall", "stall", "server-ends-otherwise", ["server 1 (science)", "hang-up"]),
    ("closes-for-fin", "half-close", "server-ends-otherwise", ["server 1 (science)", "should end with: fin"]),
    ("misses-hang-ups", "half-close", "send-log-wrong", ["server 1 (science)", "logs 'reset'"]),
    ("misses-half-closes", "pause", "send-log-wrong", ["server 1 (science)", "the client's end"]),
    ("answers-for-full", "no-answer", "server-answers", ["server 1 (full)", "should not answer"]),
    ("hears-nothing", "no-answer", "send-log-wrong", ["server 1 (full)", "was called"]),
    ("answers-for-full", "slow-connect", "server-answers", ["server 1 (science)", "in less than"]),
    ("stays-up", "comeback", "server-not-down", ["server 2 (science)", "when it has died"]),
    ("stays-away", "comeback", "server-ends-otherwise", ["server 2 (science)", "should come back"]),
    ("closes-for-death", "comeback", "server-ends-otherwise", ["server 2 (science)", "should end with: reset"]),
    ("accepts-for-down", "one-down", "server-not-down", ["server 2 (down)"]),
    ("sends-late", "accents", "servers-late", ["budget of 50 ms"]),
    ("sends-early", "accents", "server-early", ["server 1 (automne)", "before it is due"]),
    ("backdates", "accents", "servers-late", ["budget of 50 ms"]),
    ("postdates", "accents", "send-log-wrong", ["server 1 (automne)", "later than it came"]),
    ("forgets-accepts", "accents", "send-log-wrong", ["the send log cannot be read"]),
]
LATE = "servers-late"  # on a busy machine the others may be late, too; they have a larger budget


PLAYED = ("trio", "one-down", "reset", "stall", "half-close", "pause")


def compare(out: Path, servers: str, scenario: str, *, backend: str = "local", budget: int = 500, pace=0.3) -> Ended:
    """Run a good client against some of the wrong servers."""
    chosen = ("--server", SERVERS, "--servers", servers, "--clients", "python-asyncio", "--scenarios", scenario)
    return lab(
        "compare", *chosen, "--backend", backend, "--out", out, "--json", "--pace", pace, "--late-budget", budget
    )


def told(cell: dict[str, Any]) -> tuple[Any, ...]:
    return cell["server"], cell["verdict"], cell["reason"]["code"], cell["expected"]


def test_another_good_server_program_passes_the_check(tmp_path: Path) -> None:
    ended = compare(tmp_path, "honest,twisted", ",".join(PLAYED), pace=0.6)
    assert ended.status == 0, ended.stderr
    assert [cell["server"] for cell in ended.run["cells"]] == ["honest"] * len(PLAYED) + ["twisted"] * len(PLAYED)
    assert {cell["reason"]["code"] for cell in ended.run["cells"]} == {"as-declared"}
    witnessed = {(one["server"], one["scenario"]): one["code"] for one in ended.run["witness"]}
    assert witnessed == {(s, p): None for s in ("honest", "twisted") for p in PLAYED}


Caught = Callable[[str, bool], tuple[Ended, RunFolder]]


@pytest.fixture(scope="module")
def caught_in(tmp_path_factory: pytest.TempPathFactory) -> Caught:
    """One run of the server programs that are to be found wrong in the scenario; in accents also of the good one."""

    @cache
    def run(scenario: str, late: bool) -> tuple[Ended, RunFolder]:
        out = tmp_path_factory.mktemp(scenario)
        servers = [case[0] for case in CAUGHT if case[1] == scenario and (case[2] == LATE) == late]
        if scenario == "accents" and not late:
            servers.append("twisted")
        ended = compare(out, ",".join(servers), scenario, budget=50 if late else 500)
        folder = out / ended.run["id"]
        return ended, open_run(folder)

    return run


@pytest.mark.parametrize(("server", "scenario", "code", "words"), CAUGHT, ids=["-".join(case[:2]) for case in CAUGHT])
def test_a_wrong_server_is_found_and_no_client_is_blamed(
    server: str, scenario: str, code: str, words: list[str], caught_in: Caught
) -> None:
    ended, _ = caught_in(scenario, code == LATE)
    [cell] = [cell for cell in ended.run["cells"] if cell["server"] == server]
    assert (ended.status, told(cell)) == (4, (server, "lab-error", code, False)), cell
    for word in [f"the {server} servers failed the lab's own check", *words]:
        assert word in cell["reason"]["sentence"]


def test_wrong_servers_do_not_change_the_cells_of_others(caught_in: Caught) -> None:
    ended, _ = caught_in("accents", False)
    [good] = [cell for cell in ended.run["cells"] if cell["server"] == "twisted"]
    assert told(good) == ("twisted", "pass", "as-declared", True)


@pytest.mark.parametrize(
    ("scenario", "late"), sorted({(case[1], case[2] == LATE) for case in CAUGHT}), ids=lambda value: str(value)
)
def test_a_replay_says_the_same_of_wrong_servers(scenario: str, late: bool, caught_in: Caught) -> None:
    _, folder = caught_in(scenario, late)
    again = lab("compare", "--replay", folder.path, "--json")
    assert (again.status, again.stdout) == (4, (folder.path / "run.json").read_text())


@pytest.mark.parametrize(
    ("server", "words"),
    [("forgets-later", "send-log.ndjson: line 1: "), ("keeps-no-log", "No such file or directory")],
)
def test_servers_that_log_wrongly_only_for_a_client_are_found_too(server: str, words: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, server, "accents")
    assert [one["code"] for one in ended.run["witness"]] == [None]
    [cell] = ended.run["cells"]
    assert (ended.status, told(cell)) == (4, (server, "lab-error", "send-log-wrong", False))
    assert cell["reason"]["sentence"].startswith(f"the send log cannot be read: {words}")
    [folder] = tmp_path.iterdir()
    again = lab("compare", "--replay", folder, "--json")
    assert (again.status, again.stdout) == (4, (folder / "run.json").read_text())


def test_a_scenario_that_servers_declare_unsupported_is_not_played_and_not_a_failure(tmp_path: Path) -> None:
    ended = compare(tmp_path, "honest", "no-answer")
    [cell] = ended.run["cells"]
    assert (ended.status, told(cell)) == (0, ("honest", "unsupported", "servers", True))
    assert "its queue of calls is never full" in cell["reason"]["sentence"]
    assert "witness" not in ended.run


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        ("speechless", "server program ended"),
        ("forgets-a-port", "2 ports were expected"),
        ("mumbles", "'listening' was expected"),
    ],
)
def test_servers_that_do_not_answer_as_they_should_are_named(servers: str, words: str, tmp_path: Path) -> None:
    ended = compare(tmp_path, servers, "accents")
    assert ended.status == 4
    assert f"lab: the {servers} server program" in ended.stderr and words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("engine")
def test_a_wrong_server_is_found_in_the_docker_backend_too(tmp_path: Path) -> None:
    ended = compare(tmp_path, "drops-byte,honest", "accents", backend="docker")
    assert ended.status == 4, ended.stderr
    assert [cell["verdict"] for cell in ended.run["cells"]] == ["lab-error", "pass"]


def test_bad_choices_of_servers_are_named(tmp_path: Path) -> None:
    compare(tmp_path, "twistd", "accents").refused(2, "unknown server 'twistd'", "twisted")
    lab("compare", "--server", tmp_path, seconds=SECONDS).refused(2, str(tmp_path), "NAME.server.toml")
    manifest = (SERVERS / "honest.server.toml").read_text()
    (tmp_path / "twisted.server.toml").write_text(manifest.replace("honest", "twisted"))
    lab("compare", "--server", tmp_path).refused(2, "--server", "'twisted'")
    (tmp_path / "twisted.server.toml").write_text(manifest + "colour = 1\n")
    lab("compare", "--server", tmp_path).refused(2, "twisted.server.toml", "colour")
