"""Lectures: the files that come with the lab, bad ones, and the way through the scenes by a clicker's keys."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from demo_stage import client, recorded_scene, run, status, until
from lab_process import lab, processes_of

from harness.demo.app import DemoApp
from harness.demo.asciicast import Cast
from harness.demo.command import DemoOptions
from harness.demo.events import Accepted, Command, Ended, Event, Sent
from harness.demo.lecture import DEFAULT, FOLDER, Planned, path_of, read
from harness.demo.scene import CONDUCT, PREDICT
from harness.demo.staging import staged
from harness.errors import UsageError
from harness.paths import ROOT

RUN = ROOT / "docs" / "example-run.zip"
RECORDING = ROOT / "docs" / "lecture.cast.gz"
GOOD = f"""
schema = 1
replay = "{RUN}"
[[scenes]]
title = "One"
text = "The first."
scenario = "trio"
clients = ["python-blocking"]
[[scenes]]
title = "Two"
text = "The second."
scenario = "burst"
clients = ["erlang-processes", "haskell-lazy"]
pace = 0.01
"""


def test_the_lectures_that_come_with_the_lab_are_whole_and_follow_the_seed() -> None:
    lectures = {path.stem: read(path) for path in FOLDER.glob("*.toml")}
    assert DEFAULT in lectures
    with staged(lectures[DEFAULT], lambda line: None, backend="none", seed=1, out=None, install=False) as scenes:
        # Nothing but the lab is needed: no backend was chosen.
        assert [scene.title for scene in scenes] == [plan.title for plan in lectures[DEFAULT]]
        assert not any(scene.make_player(lambda event: None).live for scene in scenes)
    words = " ".join(scene.title for scene in scenes)
    assert all(f"art {part}" in words for part in range(17, 22))
    assert {plan.mode for plan in lectures["live"]} == {"play", CONDUCT, PREDICT}
    assert all(plan.replay is None for plan in lectures["live"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema = 1", "schema = 2", ("schema",)),
        ('title = "Two"', "", ("scene 2", "'title'")),
        ("pace = 0.01", 'pace = "fast"', ("scene 2.pace", "'fast'")),
        ("pace = 0.01", "space = 1", ("scene 2", "'space'")),
        ('scenario = "burst"', 'scenario = "bust"', ("scene 2.scenario", "'bust'", "trio")),
        ('"haskell-lazy"', '"haskell-crazy"', ("scene 2.clients", "'haskell-crazy'")),
        ('["python-blocking"]', "[]", ("scene 1.clients", "[]")),
        (str(RUN), "/nowhere.zip", ("scene 1.replay", "/nowhere.zip")),
        (f'replay = "{RUN}"', "", ("scene 2.scenario", "'bust'")),
        ("[[scenes]]", "[[scenes", ("not a TOML file",)),
    ],
)
def test_a_bad_file_is_named_with_its_scene_and_key(tmp_path: Path, old: str, new: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "lecture.toml"
    text = GOOD.replace('scenario = "burst"', 'scenario = "bust"') if old.startswith("replay") else GOOD
    path.write_text(text.replace(old, new, 1))
    with (
        pytest.raises(UsageError) as raised,
        staged(read(path), lambda line: None, backend="local", seed=1, out=None, install=False),
    ):
        pass
    assert str(path) in str(raised.value)
    assert all(word in str(raised.value) for word in words), raised.value


def test_options_that_a_lecture_decides_are_refused_and_names_are_files_of_the_lab() -> None:
    for options in (DemoOptions(scenes="x", clients="a"), DemoOptions(scenes="x", conduct=True)):
        with pytest.raises(UsageError, match="cannot be combined with --scenes"):
            options.planned()
    assert path_of("live") == FOLDER / "live.toml" and path_of("my.toml") == Path("my.toml")


def test_without_a_terminal_the_scenes_are_printed_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "lecture.toml").write_text(GOOD.replace('text = "The first."', 'text = "The first."\npace = 0.01'))
    ended = lab("demo", "--scenes", tmp_path / "lecture.toml")
    assert ended.status == 0, ended.stderr
    one, two = ended.stdout.split("2/2 Two: The second.\n")
    assert one.startswith("1/2 One: The first.\n") and one.count("exit 0") == 1 and two.count("exit 0") == 2
    lab("demo", "--scenes", tmp_path / "none.toml").refused(2, "none.toml")


def events() -> list[Event]:
    return [
        Command(0, ("resume",)), Accepted(0, 0, 1), Sent(0.01, 0, 1, 0, 6), Sent(100, 0, 1, 6, 12), Ended(200, 0, 0),
    ]  # fmt: skip


def test_a_clicker_starts_each_scene_and_goes_to_the_next_and_back(tmp_path: Path) -> None:
    scenes = [
        recorded_scene([client("a")], events(), title="Waiting", text="A sentence for the room."),
        recorded_scene([client("b"), client("c")], events(), title="Threads", text="Two clients."),
    ]
    cast = Cast(tmp_path / "cast", 80, 24)
    app = DemoApp(scenes, cast=cast)

    def heading() -> str:
        return str(app.query_one("#heading").render())  # type: ignore[attr-defined]

    async def story() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Press space to start" in status(app), "the first scene is open")
            assert "1/2 Waiting" in heading() and "A sentence for the room." in heading()
            await pilot.press("pagedown")
            await until(pilot, lambda: app.show.panes[0].lanes[1].sent == 6, "it has started")
            await pilot.press("pagedown")
            await until(pilot, lambda: "2/2 Threads" in heading(), "the second scene is shown")
            await until(
                pilot,
                lambda: [view.pane.client.name for view in app.query("PaneView")] == ["b", "c"],
                "so are its panes",
            )  # type: ignore[attr-defined]
            assert not app.performance.started  # type: ignore[union-attr]
            await pilot.press("pagedown", "pagedown")  # there is no third scene
            await until(pilot, lambda: app.show.panes[0].lanes[1].sent == 6, "it plays")
            await pilot.press("pageup")
            await until(pilot, lambda: "1/2 Waiting" in heading(), "the first scene is back")
            await until(pilot, lambda: "Press space to start" in status(app), "from its beginning")
            assert len(app.query("PaneView")) == 1
            for _ in range(6):  # impatient: while one scene goes, the next one is already asked for
                await pilot.press("pagedown", "pageup")
            await pilot.resize_terminal(60, 16)
            await until(pilot, lambda: app.query_one("#heading").size.height == 1, "only the title is left")
            await until(
                pilot, lambda: not app._moving and len(app.query("PaneView")) == len(app.show.panes), "it rests"
            )
            await pilot.press("q")

    with cast:
        run(story())
    assert app.return_value == 0
    events_of_cast = [json.loads(line) for line in (tmp_path / "cast").read_text().splitlines()[1:]]
    assert [label for _, code, label in events_of_cast if code == "m"][:3] == ["Waiting", "Threads", "Waiting"]


def test_the_recording_of_the_lecture_has_each_scene_to_its_end() -> None:
    header, *events = map(json.loads, gzip.decompress(RECORDING.read_bytes()).splitlines())
    assert header["version"] == 3
    scenes: dict[str, str] = {}
    title = ""
    for _, code, data in events:
        if code == "m":
            scenes[title := data] = ""
        elif title:
            scenes[title] += data
    planned = read(path_of(DEFAULT))
    assert list(scenes) == [plan.title for plan in planned]
    assert [title for title, shown in scenes.items() if "ended. Left to right: the whole of" not in shown] == []
    for plan in planned:
        assert all(name in scenes[plan.title] for name in plan.clients.split(",")), plan.title


def test_live_scenes_can_be_left_at_any_moment_and_each_is_recorded(tmp_path: Path) -> None:
    plans = [Planned("python-asyncio", "trio", 100), Planned("python-asyncio,python-blocking", "trio", 0.2)]

    async def story(app: DemoApp) -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Press space to start" in status(app), "the first scene is open")
            await pilot.press("pagedown", "pagedown")  # while its clients start
            await until(pilot, lambda: len(app.query("PaneView")) == 2, "the second scene comes")
            await until(pilot, lambda: "Press space to start" in status(app), "it is open")
            await pilot.press("space")
            await until(pilot, lambda: app.show.over, "it ends")
            await pilot.press("pageup", "q")
        assert app.failure is None and app.return_value == 0

    with staged(plans, lambda line: None, backend="local", seed=1, out=tmp_path, install=False) as scenes:
        run(story(DemoApp(scenes)))
        assert processes_of(os.getpid()) == []
    runs = [json.loads((folder / "run.json").read_text()) for folder in sorted(tmp_path.iterdir())]
    assert sorted(len(recorded["cells"]) for recorded in runs) in ([0, 2], [0, 0, 2])
    assert [cell["verdict"] for recorded in runs for cell in recorded["cells"]] == ["pass"] * 2
