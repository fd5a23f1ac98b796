"""A lecture: a TOML file with a list of scenes.  Those that come with the lab are in `lectures/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.demo.scene import PLAY
from harness.errors import LabError
from harness.spec.data_file import bad, check, read_toml

FOLDER = Path(__file__).parent / "lectures"
DEFAULT = "recorded"
PACE = 5.0


@dataclass(frozen=True)
class Planned:
    """A scene as it is planned, by a lecture's file or by the options of `demo`; without `replay` it is live."""

    clients: str  # names, comma-separated
    scenario: str
    pace: float = PACE
    mode: str = PLAY
    replay: Path | None = None
    title: str = ""
    text: str = ""
    client_folders: tuple[Path, ...] = ()
    place: tuple[Path, str] | None = None  # the file, and which scene it is there

    @contextmanager
    def key(self, key: str) -> Iterator[None]:
        """Name the file, the scene and this key of it in each error of the block."""
        try:
            yield
        except LabError as error:
            if self.place is None:
                raise
            path, scene = self.place
            raise bad(path, [scene, key], str(error)) from None


def path_of(name: str) -> Path:
    """The file of a lecture that comes with the lab, by its name; any other name is a path."""
    known = {path.stem: path for path in FOLDER.glob("*.toml")}
    return known.get(name, Path(name))


def read(path: Path) -> list[Planned]:
    """The scenes of a lecture; UsageError names the file, the scene and the key."""
    data = read_toml(path, "lecture")
    planned = []
    for number, scene in enumerate(data["scenes"], 1):
        place = f"scene {number}"
        check(scene, "scene", path, place)
        replay = scene.get("replay", data.get("replay"))
        planned.append(
            Planned(
                clients=",".join(scene["clients"]),
                scenario=scene["scenario"],
                pace=float(scene.get("pace", PACE)),
                mode=scene.get("mode", PLAY),
                replay=path.parent / replay if replay else None,
                title=scene["title"],
                text=scene["text"],
                place=(path, place),
            )
        )
    return planned
