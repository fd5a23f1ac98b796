"""The container that the lab itself runs in, if it does: the engine's names for its files, and its removal.

`./lab --lab-in-container` makes it: `harness/in_container/hand-over.sh`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import docker
from docker.errors import NotFound

from harness.errors import LabError

VARIABLE = "SLOW_POETRY_LAB_CONTAINER"  # the container's name
LABEL = "slow-poetry-lab.lab"
COPY_SECONDS = 600  # the caller needs less to copy files into it before it runs, and out of it after it has ended


class Places:
    """Where the engine finds the lab's files.  In a container these are the volumes that the container has."""

    def __init__(self, api: Any) -> None:
        name = os.environ.get(VARIABLE)
        mounts = api.inspect_container(name)["Mounts"] if name else [{"Destination": "/", "Source": "/"}]
        self._sources = {Path(mount["Destination"]): mount["Source"] for mount in mounts}

    def bind(self, path: Path, place: str, mode: str) -> str:
        """The engine's words for: mount this file or folder of the lab at `place`; LabError if it cannot."""
        path = path.resolve()
        for folder in (path, *path.parents):
            if folder in self._sources:
                return f"{Path(self._sources[folder], path.relative_to(folder))}:{place}:{mode}"
        raise LabError(f"the engine cannot find {path}, which is in no volume of the lab's container")


def abandoned(api: Any) -> Iterator[str]:
    """The containers of labs whose callers have died while they copied files, or lost a terminal."""
    found = api.containers(all=True, filters={"label": LABEL})  # podman does not know all states, and refuses others
    for container in (one for one in found if one["State"] in ("created", "exited", "dead")):
        with suppress(NotFound):  # its caller has removed it meanwhile
            state = api.inspect_container(container["Id"])
            since = state["Created"] if container["State"] == "created" else state["State"]["FinishedAt"]
            if time.time() - datetime.fromisoformat(since).timestamp() > COPY_SECONDS:
                yield container["Id"]


def remove() -> None:
    """Remove it and its volumes, which ends this process, too."""
    with closing(docker.from_env()) as engine:
        engine.api.remove_container(os.environ[VARIABLE], v=True, force=True)
