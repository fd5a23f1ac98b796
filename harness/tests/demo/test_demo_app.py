"""The demo and its keys, with real servers, real clients in three languages, and terminals of many sizes."""

from __future__ import annotations

import asyncio
import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from demo_stage import client, live_app, piloted, recorded_scene, run, started, status, until
from lab_process import WRONG, lab, processes_of

from harness.demo.app import DemoApp
from harness.demo.live import LivePlayer
from harness.demo.model import Lane
from harness.demo.scene import CONDUCT, PREDICT
from harness.demo.staging import CLIENTS

FOUR = CLIENTS.split(",")
OTHERS = [1, 2, 3]  # the concurrent clients
SIZES = [(60, 16), (80, 24), (120, 40), (200, 60)]


@pytest.fixture(scope="module")
def built() -> None:
    """Build the programs of all languages first, so that no test has to wait for a build."""
    ended = lab("build", "--backend", "local", seconds=1200)
    assert ended.status == 0, ended.stderr


def folder_of(out: Path) -> Path:
    [folder] = out.iterdir()
    return folder


def judged(out: Path) -> dict[str, Any]:
    """The cells of the only run, by client."""
    recorded = json.loads((folder_of(out) / "run.json").read_text())
    return {cell["client"]: cell for cell in recorded["cells"]}


def all_sent(lanes: list[Lane], size: int) -> bool:
    return all(lane.sent == size for lane in lanes)


def nothing_is_left() -> bool:
    return processes_of(os.getpid()) == []


def test_keys_before_the_servers_are_open_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opens, now = LivePlayer.open, asyncio.Event()

    async def open_later(self: LivePlayer) -> None:
        await now.wait()
        await opens(self)

    monkeypatch.setattr(LivePlayer, "open", open_later)

    async def story() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("space", "1", "+", "r", "1")
            await until(pilot, lambda: "Opening the servers" in status(app), "it says what it is waiting for")
            now.set()
            await until(pilot, lambda: "Press space to start" in status(app), "the servers are open")
            assert app.player.pace == 1 and not app.show.panes[1].lanes[1].open
            await started(pilot)
            await pilot.press("q")

    with live_app(tmp_path, clients="python-blocking,python-asyncio", mode=CONDUCT) as app:
        run(story())
    assert app.return_code == 0 and nothing_is_left()


def test_a_chunk_for_which_no_client_is_connected_is_not_reported_as_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            await started(pilot)
            for keys in (("2",), ("r", "2")):
                await pilot.press(*keys)
                await until(pilot, lambda: "No client is connected for poem 2." in status(app), "it says so")
                await pilot.press("1")
                await until(pilot, lambda: "The next chunk of poem 1 is sent." in status(app), "it is sent")
            await pilot.press("q")

    with live_app(tmp_path, clients="python-blocking", mode=CONDUCT) as app:
        run(story())


def test_a_conductor_steps_four_clients_chunk_by_chunk(built: None, tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            panes = app.show.panes
            await started(pilot)
            assert [pane.client.name for pane in panes] == FOUR
            assert all(lane.sent == 0 for pane in panes for lane in pane.lanes.values())
            for number, (key, size) in enumerate((("2", 10), ("3", 30), ("2", 20)), 1):
                await pilot.press(key)
                lanes = [panes[i].lanes[int(key)] for i in OTHERS]
                await until(pilot, partial(all_sent, lanes, size), f"{key} is sent")
                assert [len(panes[i].marks) for i in OTHERS] == [number] * 3
            # The sequential client waits for its first poem and connects to no other server meanwhile.
            assert len(panes[0].marks) == 0 and panes[0].lanes[2].state == "waiting"
            await pilot.press("1")
            await until(pilot, lambda: panes[0].lanes[1].seen == 10, "the sequential client reports")
            await until(pilot, lambda: panes[1].lanes[2].seen == 20, "Twisted reports")
            await until(pilot, lambda: panes[2].lanes[2].seen == 20, "Erlang reports")
            await pilot.press("-", "+", "+", "+", "+", "space")  # run the schedules at the highest speed
            await until(pilot, lambda: app.show.over, "all end")
            assert [pane.ended for pane in panes] == ["exit 0"] * 4
            assert all(lane.sent == lane.size for pane in panes for lane in pane.lanes.values())
            await pilot.press("q")
        assert app.return_value == 0

    with live_app(tmp_path, pace=1.0, mode=CONDUCT) as app:
        run(story())
    assert nothing_is_left()
    cells = judged(tmp_path)
    assert {name: cell["verdict"] for name, cell in cells.items()} == dict.fromkeys(FOUR, "pass")
    again = lab("compare", "--replay", folder_of(tmp_path), "--json")
    # The figures depend on the load of the machine; this test is about the verdicts, which a replay must repeat.
    assert again.run == json.loads((folder_of(tmp_path) / "run.json").read_text())


def test_a_poem_reset_by_key_is_judged_as_reset_for_the_clients_that_were_connected(
    built: None, tmp_path: Path
) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            panes = app.show.panes
            await started(pilot)
            await pilot.press("2")
            await until(pilot, lambda: all(panes[i].lanes[2].sent == 10 for i in (1, 2)), "2 is sent")
            await pilot.press("r")
            await until(pilot, lambda: "Reset which poem" in status(app), "it asks which")
            await pilot.press("2")
            await until(pilot, lambda: all(panes[i].lanes[2].failed for i in (1, 2)), "all name the failure")
            await pilot.press("s", "1")
            await until(pilot, lambda: app.show.stalled == {1}, "1 stalls")
            await pilot.press("space")
            await until(pilot, lambda: all(panes[i].lanes[3].state == "close" for i in (1, 2)), "only 3 continues")
            assert all(panes[i].lanes[1].open and panes[i].lanes[1].sent == 0 for i in (1, 2))
            await pilot.press("s", "1")
            await until(pilot, lambda: app.show.over, "all end")
            assert [pane.ended for pane in panes] == ["exit 0", "exit 1", "exit 1"]

    names = ["python-blocking", "python-asyncio", "haskell-announcing"]
    with live_app(tmp_path, clients=",".join(names), pace=0.2, mode=CONDUCT) as app:
        run(story())
    cells = judged(tmp_path)
    assert {name: cell["verdict"] for name, cell in cells.items()} == dict.fromkeys(names, "pass")
    assert [cells[name]["scenario"] for name in names] == ["trio", *["trio-2-reset"] * 2]


def test_a_server_stopped_by_key_refuses_later_connections(built: None, tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            await started(pilot)
            await pilot.press("d", "3", "space")
            await until(pilot, lambda: app.show.over, "all end")
            assert [pane.ended for pane in app.show.panes] == ["exit 1"] * 2
            assert all(pane.lanes[3].failed for pane in app.show.panes)

    names = "python-blocking,python-asyncio"
    with live_app(tmp_path, pace=0.1, clients=names, mode=CONDUCT) as app:
        run(story())
    cells = judged(tmp_path)
    assert cells["python-blocking"]["scenario"] == "trio-3-down" and cells["python-blocking"]["verdict"] == "pass"
    assert cells["python-asyncio"]["scenario"] == "trio-3-reset" and cells["python-asyncio"]["verdict"] == "pass"


def test_space_pauses_and_resumes_and_the_status_shows_the_pace(tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            lanes = app.show.panes[0].lanes
            await started(pilot)
            await until(pilot, lambda: lanes[1].sent > 0, "it runs without further keys")
            await pilot.press("space")
            await until(pilot, lambda: not app.show.going, "it is paused")
            await app.player.command("pause")  # its answer comes after the records of everything sent before
            sent = [lane.sent for lane in lanes.values()]
            await pilot.press("-")
            await until(pilot, lambda: "Paused. It goes on twice as slow." in status(app), "it says so")
            assert [lane.sent for lane in lanes.values()] == sent
            await pilot.press("+", "+", "+", "+", "space")
            await until(pilot, lambda: app.show.over, "it ends")
            assert app.show.panes[0].ended == "exit 0"

    with live_app(tmp_path, clients="python-asyncio", pace=1.0) as app:
        run(story())


def test_questions_are_asked_answered_and_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            firsts = {task: app.show.scenario.server(task).schedule[0].at for task in (1, 2, 3)}
            right, wrong = min(firsts, key=lambda task: firsts[task]), max(firsts, key=lambda task: firsts[task])
            await started(pilot)
            await until(pilot, lambda: "Which poem will" in status(app), "the first question")
            await pilot.press("2")
            await until(pilot, lambda: "Which poem sends" in status(app), "the next")
            await pilot.press(str(wrong))
            await until(pilot, lambda: app.show.panes[0].lanes[right].chunks == 1, "the right one is sent")
            assert app.show.panes[0].lanes[wrong].sent == 0
            await until(pilot, lambda: f"Not {wrong}, but {right}" in status(app), "the answer")
            assert "0 of 1 right" in status(app)

    with live_app(tmp_path, clients="python-asyncio", mode=PREDICT) as app:
        run(story())


@pytest.mark.parametrize(("key", "running"), [("q", False), ("q", True), ("ctrl+c", True)])
def test_quitting_at_any_time_leaves_no_process(tmp_path: Path, key: str, running: bool) -> None:
    async def story() -> None:
        async with piloted(app) as pilot:
            if running:
                await started(pilot)
            await pilot.press(key)

    with live_app(tmp_path, clients="python-asyncio,python-blocking", mode=CONDUCT) as app:
        run(story())
        assert nothing_is_left()
    assert app.return_value == 0
    assert judged(tmp_path) == {}  # nothing was finished


def test_a_late_tick_of_the_timer_does_no_harm_when_the_panes_are_gone(tmp_path: Path) -> None:
    async def story() -> None:
        async with piloted(app):
            pass
        app._changed()
        app._draw()

    with live_app(tmp_path, clients="python-asyncio") as app:
        run(story())


def test_clients_that_misbehave_are_shown_next_to_one_that_does_not(tmp_path: Path) -> None:
    wrong = {"dies": "signal", "escapes": "exit", "floods": "stopped", "leaves-children": "exit"}

    async def story() -> None:
        async with piloted(app) as pilot:
            await pilot.press("space")
            await until(pilot, lambda: app.show.over, "all end")
            ended = {pane.client.name: pane.ended or "" for pane in app.show.panes}
            assert ended.pop("python-asyncio") == "exit 0"
            assert {name: how.split()[0] for name, how in ended.items()} == wrong
            assert all(c.isprintable() for pane in app.show.panes for line in pane.lines for c in line.text)

    clients, folders = ",".join([*wrong, "python-asyncio"]), tuple(WRONG / name for name in wrong)
    with live_app(tmp_path, clients=clients, client_folders=folders, scenario="accents", pace=0.2) as app:
        run(story())
    assert nothing_is_left()


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_every_lane_is_visible_at_any_size(tmp_path: Path, count: int) -> None:
    async def story() -> None:
        async with app.run_test(size=SIZES[0]) as pilot:
            for size in SIZES:
                await pilot.resize_terminal(*size)
                for large in (False, True):
                    await until(pilot, lambda: app._large == large and not app._dirty, "the type has its size")  # noqa: B023
                    await pilot.pause()  # until the panes are arranged again
                    await until(pilot, all_lanes_are_visible, f"every lane is visible at {size}, large: {large}")
                    await pilot.press("l")
            await pilot.press("t")
            await until(pilot, lambda: app.theme == "textual-light" and not app._dirty, "it is light")
            await until(pilot, all_lanes_are_visible, "every lane is visible in light colours")

    def all_lanes_are_visible() -> bool:
        views = list(app.query("PaneView .lanes"))
        return len(views) == count and all(
            view.region.width >= 20
            and view.region.height >= 2
            and view.parent is not None
            and view.parent.region.contains_region(view.region)  # type: ignore[attr-defined]
            for view in views
        )

    app = DemoApp([recorded_scene([client(f"c{number}") for number in range(count)], [])])
    run(story())


@pytest.mark.parametrize("size", SIZES)
def test_the_question_and_the_keys_are_whole_at_any_size(size: tuple[int, int]) -> None:
    async def story() -> None:
        async with piloted(app, size) as pilot:
            await pilot.press("space")
            await until(pilot, lambda: "Which poem will" in status(app) and not app._dirty, "the question")
            await pilot.pause()
            for line in ("#status", "#keys"):
                strips = app.query_one(line).render_lines(app.query_one(line).size.region)
                words = " ".join(strip.text.strip() for strip in strips)
                assert words.endswith(("Press 1 to 2.", "q quit")), words

    app = DemoApp([recorded_scene([client("a-client-with-a-name-as-long-as-many-names-are")], [], mode=PREDICT)])
    run(story())


def test_a_terminal_that_is_too_small_is_named_until_it_is_large_enough(tmp_path: Path) -> None:
    async def story() -> None:
        async with app.run_test(size=(50, 10)) as pilot:
            small = app.query_one("#small")
            await until(pilot, lambda: small.display and "50×10" in str(small.render()), "it says so")  # type: ignore[attr-defined]
            await pilot.resize_terminal(100, 30)
            await until(pilot, lambda: not small.display, "the message is gone")
            await until(pilot, lambda: app.query("PaneView").first().region.width > 0, "the pane is visible")

    with live_app(tmp_path, clients="python-asyncio") as app:
        run(story())
