"""The container engine: whether it answers, its errors in the lab's words, and removing what the dead have left."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, NotFound

from harness.backend import ownership
from harness.backend.toolchain import tail
from harness.errors import LabError

PING_SECONDS = 60  # an engine that builds several images is slow to answer
ENGINE_SECONDS = 600  # for one answer of the engine; a build sends its output all the while
REPOSITORY = "slow-poetry-lab"


def engine_answers() -> str | None:
    """None where a Docker engine answers, else why not."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if host.startswith("unix://"):
        # By hand first: the SDK leaves the socket open where nothing answers, and says it in many words.
        path = host.removeprefix("unix://")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError as error:
                return f"{path}: {error.strerror}"
    try:
        with closing(docker.from_env(timeout=PING_SECONDS)) as client:
            client.ping()
    except (DockerException, requests.RequestException, OSError) as error:
        return tail(str(error), 1) or type(error).__name__
    return None


@contextmanager
def engine_errors() -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise engine_failed(error) from None


def engine_failed(error: Exception) -> LabError:
    """The lab's word for an error of the engine."""
    return LabError(f"the container engine failed: {tail(str(error), 3)}")


def sweep(engine: Any) -> int:
    """Remove the containers and networks whose owner is dead; returns how many there were."""
    return remove_labelled(engine, ownership.is_dead)


def remove_labelled(engine: Any, wanted: Callable[[str], bool]) -> int:
    """Remove the containers and networks whose owner's label is wanted; returns how many there were."""
    count = 0
    # The plain list: the SDK's own would inspect every container, and wait for those that others are ending.
    for container in engine.api.containers(all=True, filters={"label": ownership.LABEL}):
        if wanted(container["Labels"][ownership.LABEL]):
            count += _gone(partial(engine.api.remove_container, container["Id"], v=True, force=True))
    for network in engine.networks.list(filters={"label": ownership.LABEL}):
        if wanted(network.attrs["Labels"][ownership.LABEL]):
            count += _gone(partial(_remove_network, engine.api, network.id))
    return count


def _remove_network(api: Any, network: str) -> None:
    # Of a container that is being removed, the end in the network may be there for a while yet.
    for container in api.inspect_network(network)["Containers"]:
        with suppress(APIError):
            api.disconnect_container_from_network(container, network, force=True)
    api.remove_network(network)


def _gone(remove: Callable[[], None]) -> int:
    try:
        remove()
    except NotFound:
        return 0  # another sweep was quicker
    except APIError as error:
        if error.status_code not in (403, 409):  # another sweep is at it, and is not done yet
            raise
    return 1


def clean(*, images: bool) -> tuple[int, int]:
    """Sweep; with `images` remove the images that the lab built too.  Returns how many of each there were."""
    with engine_errors():
        engine = docker.from_env(timeout=ENGINE_SECONDS)
        built = engine.images.list(filters={"label": f"{REPOSITORY}.image"}) if images else []
        swept = sweep(engine)
        for image in built:
            engine.images.remove(str(image.id), force=True)
    return swept, len(built)
