"""The lecture that comes with the lab, scene by scene: what is said to the room, and what the room sees."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from harness.demo.lecture import DEFAULT, Planned, path_of, read
from harness.report.drawn import scenarios, sections
from harness.report.recorded import read_recorded
from harness.report.section import Section
from harness.site.film import film
from harness.site.pages import page, rendered
from harness.site.player import CAST, minutes

PLACE = "lecture.md"


def lecture(*, plays: bool) -> str:
    """The page: the recording of the whole, and each scene with its title, its text and a film of its clients.

    If there is no player, so that the page never `plays` the recording, it only has a link to it.
    """
    scenes = [
        {"title": scene.title, "text": scene.text, "film": _film(scene, scene.replay)}
        for scene in read(path_of(DEFAULT))
        if scene.replay is not None
    ]
    shown = rendered("lecture.html.j2", scenes=scenes, cast=CAST.name, minutes=minutes(), plays=plays)
    return page("A lecture", shown, wide=True)


def _film(scene: Planned, replay: Path) -> str:
    names = scene.clients.split(",")
    own = [one for one in _sections(replay) if one.record["scenario"] == scene.scenario and one.cell.client in names]
    [group] = [group for group in scenarios(read_recorded(replay), own) if group["pictures"]]
    return film(
        sorted(own, key=lambda one: names.index(one.cell.client)),
        group,
        f"{scene.pace:g} times as slow",
        slower=scene.pace,
    )


@cache
def _sections(replay: Path) -> list[Section]:
    return sections(read_recorded(replay))
