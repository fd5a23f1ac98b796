"""Scenarios: all times and bytes are fixed, and the same seed or a run's folder gives the same again."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_maker import DOWN, RESET, ROSE, STALL, TYGER, scenario, server

from harness.errors import UsageError
from harness.paths import POEMS, ROOT, SCENARIOS
from harness.record.run_folder import RunFolder, scenarios_of
from harness.spec import scenario_file
from harness.spec.scenario import Scenario, Server, from_playbill
from harness.spec.scenario_file import discover, load
from slowpoetry.schedule import even_schedule
from slowpoetry.server.playbill import format_playbill, parse_playbill

HEAD = 'schema = 1\nsummary = "made"\n'
SLOW = '[[servers]]\npoem = "science"\nnum-bytes = 10\ndelay = 0.1\n'
SCIENCE = (POEMS / "science.txt").read_bytes()


def loaded(tmp_path: Path, text: str, **options) -> Scenario:
    path = tmp_path / "made.toml"
    path.write_text(text)
    return load(path, **options)


def test_a_server_sends_its_poem_in_chunks_a_delay_apart(tmp_path):
    read = loaded(tmp_path, HEAD + SLOW)
    (only,) = read.servers
    sends = [act for act in only.schedule if act.kind == "send"]
    assert (read.name, read.summary, only.name, only.poem) == ("made", "made", "science", SCIENCE)
    assert [act.size for act in sends] == [10] * (len(SCIENCE) // 10) + [len(SCIENCE) % 10]
    assert [act.at for act in sends] == pytest.approx([0.1 * i for i in range(1, len(sends) + 1)])
    assert (only.schedule[-1].kind, only.fault) == ("close", None)


def test_a_server_that_is_down_refuses_and_has_no_poem(tmp_path):
    read = loaded(tmp_path, HEAD + SLOW + "[[servers]]\ndown = true\n")
    assert (read.server(2).fault, read.server(2).poem, read.server(2).seconds) == ("refused", b"", 0.0)


@pytest.mark.parametrize(("after", "sent"), [(0, 0), (300, 300), (10**6, len(SCIENCE))])
def test_a_reset_comes_after_its_bytes_and_never_after_more_than_the_poem_has(tmp_path, after, sent):
    (only,) = loaded(tmp_path, HEAD + SLOW + f"reset-after = {after}\n").servers
    assert only.fault == "reset"
    assert sum(act.size for act in only.schedule) == sent


def test_a_stall_keeps_the_poem_and_takes_the_time_of_the_clients_patience(tmp_path):
    read = loaded(tmp_path, "patience = 1.5\n" + HEAD + SLOW + "stall-after = 25\n" + SLOW, pace=2.0)
    stalled, good = read.servers
    assert (stalled.fault, stalled.poem, stalled.unsent, good.fault) == ("stall", SCIENCE, b"", None)
    assert [act.size for act in stalled.schedule] == [10, 10, 5, 0]
    assert read.patience == 3.0
    assert (read.seconds(1), read.seconds(2)) == (stalled.seconds + 3.0, good.seconds)
    assert read.total == pytest.approx(0.6 + 3.0 + 2 * 0.1 * 63)


def test_a_stall_without_patience_is_refused_because_no_client_would_end(tmp_path):
    with pytest.raises(UsageError, match=r"made\.toml: at patience: missing"):
        loaded(tmp_path, HEAD + SLOW + "stall-after = 25\n")


def test_a_pause_is_a_fault_only_if_longer_than_the_patience_at_any_pace(tmp_path):
    paused = SLOW + "pause-after = 25\npause = 2.0\n"
    for pace in (0.2, 1.0, 3.0):
        read = loaded(tmp_path, "patience = 1.5\n" + HEAD + paused + SLOW, pace=pace)
        assert (read.fault(1), read.fault(2), read.servers[0].fault) == ("pause", None, None)
        assert read.seconds(1) == pytest.approx((0.3 + 1.5) * pace)
        assert (read.silence(1).sent, read.silence(2)) == (30, None)
    assert loaded(tmp_path, "patience = 2.5\n" + HEAD + paused).fault(1) is None
    assert loaded(tmp_path, HEAD + paused).fault(1) is None


@pytest.mark.parametrize("half", ["pause-after = 3\n", "pause = 3\n"])
def test_a_pause_needs_its_position_and_its_length(tmp_path, half):
    with pytest.raises(UsageError, match=r"made\.toml: at servers\.0"):
        loaded(tmp_path, HEAD + SLOW + half)


def test_a_server_that_closes_only_its_own_side_sends_the_whole_poem(tmp_path):
    (only,) = loaded(tmp_path, HEAD + SLOW + "half-close = true\n").servers
    assert (only.schedule[-1].kind, only.fault, only.poem, only.unsent) == ("fin", None, SCIENCE, b"")


AWAY = "away = [0.5, 1.0]\n"


@pytest.mark.parametrize("two", ["reset-after close-after", "reset-after stall-after", "close-after stall-after"])
def test_a_server_fails_in_one_way(tmp_path, two):
    with pytest.raises(UsageError, match=r"made\.toml: at servers\.0"):
        loaded(tmp_path, "patience = 1\n" + HEAD + SLOW + "".join(f"{key} = 9\n" for key in two.split()))


@pytest.mark.parametrize(
    "other", ["reset-after = 9\n", "stall-after = 9\n", "pause-after = 9\npause = 1\n", "full-for = 1\n"]
)
def test_a_server_that_dies_and_comes_back_has_no_other_fault(tmp_path, other):
    loaded(tmp_path, HEAD + SLOW + AWAY)
    patience = "" if "full" in other else "patience = 1\n"
    loaded(tmp_path, patience + HEAD + SLOW + other)
    with pytest.raises(UsageError, match=r"made\.toml: at servers\.0"):
        loaded(tmp_path, patience + HEAD + SLOW + AWAY + other)


def test_the_bytes_before_an_early_close_are_the_poem(tmp_path):
    read = loaded(tmp_path, HEAD + SLOW + "close-after = 25\n" + SLOW)
    early, whole = read.servers
    assert (early.fault, early.poem, early.unsent) == (None, SCIENCE[:25], SCIENCE[25:])
    assert (whole.poem, whole.unsent) == (SCIENCE, b"")
    assert read.record()["cut_short"] == [{"server": 1, "sent": 25, "size": len(SCIENCE)}]


def test_line_ends_may_be_cr_lf(tmp_path):
    (only,) = loaded(tmp_path, HEAD + SLOW + 'line-ends = "crlf"\n').servers
    assert (only.name, only.poem) == ("science-crlf", SCIENCE.replace(b"\n", b"\r\n"))


def test_a_server_may_start_late_and_send_nothing(tmp_path):
    late, empty = loaded(tmp_path, HEAD + SLOW + "start = 2.0\n" + SLOW + "start = 0.5\nsize = 0\n").servers
    assert late.schedule[0].at == 2.0
    assert (empty.name, empty.poem, empty.fault, empty.seconds) == ("science-0", b"", None, 0.5)


def cut_line_ends(server) -> int:
    """How many of the server's line ends are cut between the carriage return and the newline."""
    cuts = set(itertools.accumulate(act.size for act in server.schedule))
    return sum(match.start() + 1 in cuts for match in re.finditer(rb"\r\n", server.poem))


def test_the_scenarios_with_faults_have_their_faults():
    found = discover()
    assert all(cut_line_ends(server) >= 5 for server in found["crlf"].servers)
    assert all(act.size <= 1 for server in found["tiny"].servers for act in server.schedule)
    assert found["tiny"].longest <= 3.0
    assert {b""} < {server.poem[-1:] for server in found["empty"].servers} - {b"\n"}
    assert found["late"].longest > 2.0 > found["late"].servers[1].seconds
    many = found["many-down"]
    assert [many.server(task).fault for task in range(1, 201)].count("refused") == 20
    assert many.concurrent_only
    assert found["pause"].fault(1) == "pause"
    assert found["half-close"].servers[0].seconds + 1 < found["half-close"].longest
    assert (found["no-answer"].fault(1), found["no-answer"].seconds(1)) == ("unanswered", found["no-answer"].patience)
    assert found["slow-connect"].longest > 2.0 > found["slow-connect"].seconds(1) > 0.5
    assert found["comeback"].servers[0].seconds > 2 * found["comeback"].servers[1].away[1]
    by_name = ("half-close", "pause", "no-answer", "slow-connect", "comeback", "big")
    assert not any(
        found[name].default for name in ("stall", *by_name, "cut-short", "tiny", "empty", "crlf", "late", "many-down")
    )


def test_num_bytes_all_sends_the_whole_poem_at_once(tmp_path):
    (only,) = loaded(tmp_path, HEAD + SLOW.replace("10", '"all"')).servers
    assert [act.size for act in only.schedule] == [len(SCIENCE), 0]


def test_pace_scales_every_time_and_no_byte(tmp_path):
    text = HEAD + SLOW + "jitter = 0.5\n"
    one, slow = loaded(tmp_path, text), loaded(tmp_path, text, pace=3.0)
    assert slow.longest == pytest.approx(3 * one.longest)
    assert [act.size for act in slow.servers[0].schedule] == [act.size for act in one.servers[0].schedule]


def test_a_seed_gives_the_same_jitter_again_and_another_seed_gives_other_jitter(tmp_path):
    text = HEAD + SLOW + "jitter = 0.5\n"
    assert loaded(tmp_path, text, seed=7) == loaded(tmp_path, text, seed=7)
    assert loaded(tmp_path, text, seed=7) != loaded(tmp_path, text, seed=8)


def test_each_server_has_its_own_jitter_so_that_a_new_server_changes_no_other(tmp_path):
    text = HEAD + (SLOW + "jitter = 0.5\n") * 2
    two = loaded(tmp_path, text).servers
    assert two[0].schedule != two[1].schedule
    assert loaded(tmp_path, text + SLOW).servers[:2] == two


def test_tasks_are_dealt_to_the_servers_in_turn(tmp_path):
    text = HEAD + "tasks = 5\n" + SLOW * 2
    read = loaded(tmp_path, text)
    assert (read.tasks, read.shares_servers) == ((0, 1, 0, 1, 0), True)
    assert read.server(4) is read.servers[1]
    assert loaded(tmp_path, text, tasks=2).tasks == (0, 1)


def test_the_option_tasks_only_changes_a_crowd(tmp_path):
    read = loaded(tmp_path, HEAD + SLOW * 2, tasks=9)
    assert (read.tasks, read.shares_servers) == ((0, 1), False)


def test_the_longest_and_the_sum_count_tasks_and_not_servers():
    served = scenario(server(ROSE, 999, 1.0), server(TYGER, 999, 2.5), DOWN, tasks=4)
    assert (served.longest, served.total) == (2.5, 4.5)
    assert scenario(*served.servers, tasks=1).longest == 1.0


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (SLOW.replace("10", "1") + "size = 100000000\n", "chunks"),
        ((SLOW.replace("10", '"all"') + "size = 90000000\n") * 3, r"at servers\.2: too much"),
        (SLOW.replace("0.1", "1e308"), r"at servers\.0: takes inf s"),
        (SLOW.replace("0.1", "1e5"), r"at servers\.0: takes .* s; 86400 s are allowed at most"),
        (SLOW + "start = 86401\n", r"at servers\.0: takes"),
    ],
)
def test_a_scenario_that_is_too_large_or_too_long_is_refused(tmp_path, server, words):
    with pytest.raises(UsageError, match=rf"made\.toml: at servers.*{words}|made\.toml: {words}"):
        loaded(tmp_path, HEAD + server)


def test_the_chunks_of_all_servers_count_together(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario_file, "MOST_CHUNKS", 100)  # so many that making them takes seconds are allowed
    served = SLOW.replace("10", "1") + "size = 49\n"
    assert len(loaded(tmp_path, HEAD + served * 2).servers) == 2
    with pytest.raises(UsageError, match=r"made\.toml: at servers\.2: too much in all"):
        loaded(tmp_path, HEAD + served * 3)


def test_a_missing_poem_is_named_with_the_file(tmp_path):
    with pytest.raises(UsageError, match=r"made\.toml: at servers: there is no poem 'nothing'; give"):
        loaded(tmp_path, HEAD + SLOW.replace("science", "nothing"))


def keys(schema: object) -> set[str]:
    """The names of all properties in a JSON schema."""
    if isinstance(schema, list):
        return set().union(*map(keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})) | set().union(*map(keys, schema.values()))


def first_column(page: str) -> set[str]:
    """The names in the first column of the page's tables."""
    cells = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_the_page_on_scenarios_names_exactly_all_scenarios_and_keys_and_its_example_can_be_played(tmp_path):
    page = (ROOT / "docs" / "scenarios.md").read_text()
    on_scenarios, on_keys = page.split("\n## Keys of the file\n")
    assert first_column(on_scenarios) == {path.stem for path in SCENARIOS.glob("*.toml")}
    schema = json.loads((ROOT / "harness/spec/schemas/scenario.schema.json").read_text())
    assert first_column(on_keys) | {"client", "servers"} == keys(schema)
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert example
    assert [server.fault for server in loaded(tmp_path, example[1]).servers] == ["reset", "stall", "refused"]


def test_the_checkouts_scenarios_are_found_default_and_longest_first():
    found = discover()
    assert set(found) == {path.stem for path in SCENARIOS.glob("*.toml")}
    order = [(not one.default, -one.longest) for one in found.values()]
    assert order == sorted(order)
    assert next(iter(found)) == "trio"
    assert found["crowd"].concurrent_only
    assert not found["crowd"].default
    assert not found["trio"].concurrent_only


def test_pace_seed_and_tasks_reach_every_scenario():
    plain, changed = discover(), discover(pace=0.5, seed=2, tasks=7)
    assert len(changed["crowd"].tasks) == 7
    assert len(changed["trio"].tasks) == 3
    assert changed["burst"].longest == pytest.approx(plain["burst"].longest / 2)
    assert changed["trio"].servers[0].schedule != discover(pace=0.5)["trio"].servers[0].schedule


CUT_SHORT = scenario(Server("rose", ROSE[:16], even_schedule(16, num_bytes=8, delay=0.1), ROSE[16:]))


@pytest.mark.parametrize(
    ("host", "iface", "addresses"),
    [
        ("127.0.0.1", "127.0.0.1", ["127.0.0.1:7", "127.0.0.1:9", "127.0.0.1:7"]),
        ("::1", "::1", ["[::1]:7", "[::1]:9", "[::1]:7"]),
        ("localhost", "127.0.0.1", ["localhost:7", "localhost:9", "localhost:7"]),
    ],
)
def test_the_host_of_a_scenario_says_where_servers_listen_and_what_clients_are_called_with(
    tmp_path, host, iface, addresses
):
    played = replace(scenario(RESET.servers[0], DOWN, tasks=3), host=host)
    assert played.addresses([7, 9]) == addresses
    assert format_playbill(played.playbill(Path("."))).startswith(f"iface {iface}\n")
    (tmp_path / f"{played.servers[0].name}.txt").write_bytes(played.servers[0].poem)
    again = from_playbill(played.record(), played.playbill(Path(".")), tmp_path)
    assert again.addresses([7, 9]) == addresses


@pytest.mark.parametrize(
    "played", [RESET, STALL, CUT_SHORT, scenario(server(b"", 1, 0.1, name="empty"), DOWN, tasks=5)]
)
def test_a_scenario_comes_back_from_its_playbill_and_record(tmp_path, played):
    for one in played.servers:
        if one.name:
            (tmp_path / f"{one.name}.txt").write_bytes(one.poem + one.unsent)
    record = played.record()
    paper = format_playbill(played.playbill(Path(".")))
    again = from_playbill(record, parse_playbill(paper), tmp_path)
    assert again.record() == record
    assert format_playbill(again.playbill(Path("."))) == paper
    assert [s.poem for s in again.servers] == [s.poem for s in played.servers]
    assert [s.fault for s in again.servers] == [s.fault for s in played.servers]
    assert (again.name, again.tasks) == (played.name, played.tasks)


def test_a_run_keeps_the_whole_file_of_a_server_that_closes_too_early(tmp_path):
    folder = RunFolder.create(tmp_path, "run")
    folder.add_scenario(CUT_SHORT)
    assert (folder.path / "poems" / "rose.txt").read_bytes() == ROSE
    assert scenarios_of(folder)["made"].record() == CUT_SHORT.record()
