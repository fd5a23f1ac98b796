"""Poems that come in odd ways, for a client of each language; rounds and seeds."""

from __future__ import annotations

from pathlib import Path

from contract_run import compare

OF_EACH_LANGUAGE = ("--backend", "local", "--clients", "python-twisted-inlinecallbacks,erlang-processes,haskell-lazy")


def test_a_server_that_falls_silent_is_given_up_by_clients_of_every_language(tmp_path: Path) -> None:
    stall = compare(tmp_path, *OF_EACH_LANGUAGE, "--scenarios", "stall", "--pace", "2", "--late-budget", "1000")
    assert stall.status == 0, stall.said
    for cell in stall.cells("stall").values():
        assert (cell["axes"]["truncation"], cell["axes"]["isolation"]) == (["noticed"], ["kept"])
        assert 2.0 <= round(cell["metrics"]["gave_up_s"], 2) <= 3.0
    again = compare(tmp_path, "--replay", str(stall.folder))
    assert again.recorded == stall.recorded


def test_clients_of_every_language_get_poems_whole_that_come_in_odd_ways(tmp_path: Path) -> None:
    names = "cut-short,tiny,empty,crlf,late,many-down,half-close,comeback"
    quickly = ("--pace", "0.3", "--late-budget", "1000")
    odd = compare(tmp_path, *OF_EACH_LANGUAGE, "--scenarios", names, *quickly)
    for cell in odd.recorded["cells"]:
        if cell["reason"]["code"] == "starved":  # a busy machine; it has another try without the others beside it
            alone = ("--backend", "local", "--clients", cell["client"], "--scenarios", cell["scenario"])
            [cell] = compare(tmp_path, *alone, *quickly).recorded["cells"]
        assert (cell["verdict"], cell["expected"]) == ("pass", True), odd.said


def test_two_rounds_are_taken_in_turn_with_a_rotating_start(tmp_path: Path) -> None:
    names = "python-asyncio,python-blocking"
    rounds = compare(
        tmp_path,
        *("--backend", "local", "--clients", names, "--scenarios", "burst", "--rounds", "2"),
        *("--pace", "0.2", "--late-budget", "1000"),
    )
    turns = [(cell["round"], cell["client"]) for cell in rounds.recorded["cells"]]
    assert turns == [(1, "python-asyncio"), (1, "python-blocking"), (2, "python-blocking"), (2, "python-asyncio")]


def test_the_same_seed_gives_the_same_schedules_and_another_seed_others(tmp_path: Path) -> None:
    def playbill(seed: int) -> str:
        seeded = compare(
            tmp_path,
            *("--backend", "local", "--clients", "python-asyncio", "--scenarios", "trio", "--pace", "0.1"),
            *("--seed", str(seed), "--late-budget", "1000"),
        )
        return (seeded.folder / "scenarios" / "trio.playbill").read_text()

    first = playbill(7)
    assert first == playbill(7)
    assert first != playbill(8)
