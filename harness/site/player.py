"""The recording of the whole lecture, and the player that shows it on the lecture's page: both without a network.

The player is asciinema-player, in the version of `player/package.json`, installed with npm when a site is first made.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

from harness.backend import Say
from harness.backend.npm import find_package, install_package
from harness.errors import LabError
from harness.paths import ROOT
from harness.site.pages import HERE, Files

CAST = ROOT / "docs" / "lecture.cast.gz"
PINNED = HERE / "player"
NAME = "asciinema-player"
FILES = {"player.js": "dist/bundle/asciinema-player.min.js", "player.css": "dist/bundle/asciinema-player.css"}
LICENSE = "LICENSE"


def find_player() -> Path | None:
    """The folder of the player in the pinned version; None if it is not installed."""
    return find_package(PINNED, NAME)


def install_player(install: bool, say: Say) -> None:
    """Install the player if it is missing.  A site can do without: if that fails, the reason is said."""
    if not install:
        if find_player() is None:
            say(f"{NAME} is missing; the lecture's page has no recording to play, only a link to its file")
        return
    try:
        install_package(PINNED, NAME, "for the lecture's page", say)
    except LabError as error:
        say(f"{error}; until then the lecture's page has no recording to play, only a link to its file")


def minutes() -> int:
    """How long the recording takes."""
    lines = gzip.decompress(CAST.read_bytes()).decode().splitlines()
    seconds = sum(float(json.loads(line)[0]) for line in lines[1:])
    return round(seconds / 60)


def player() -> Files:
    """The player with its license, and the recording as a script, which a page from a file may load; or nothing."""
    folder = find_player()
    if folder is None:
        return {}
    packed = json.dumps(base64.b64encode(CAST.read_bytes()).decode())
    return {
        **{f"assets/{name}": (folder / path).read_bytes() for name, path in FILES.items()},
        "assets/player-license.txt": (folder / LICENSE).read_bytes(),
        "assets/cast.js": f'"use strict";\nwindow.lectureCast = {packed};\n',
    }
