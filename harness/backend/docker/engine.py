"""The container engine: whether it answers, its errors as LabErrors, and the removal of what dead runs have left."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException
from urllib3.exceptions import HTTPError

from harness.backend import ownership
from harness.backend.docker.own_container import abandoned
from harness.backend.silence import DEFAULT, Silence, unreachable
from harness.backend.toolchain import tail
from harness.errors import LabError

PING_SECONDS = 60  # an engine that builds several images answers slowly
ENGINE_SECONDS = 600  # for one answer of the engine; a build sends output while it runs
ERRORS = (DockerException, requests.RequestException, HTTPError)  # HTTPError: the engine dies while it sends
REPOSITORY = "slow-poetry-lab"


@cache
def _api_version() -> str:  # asked once in a process, because the engine starts two programs to answer
    with closing(docker.from_env(timeout=PING_SECONDS)) as client:
        return str(client.api.api_version)


def connect(seconds: int = ENGINE_SECONDS) -> Any:
    """A new connection to the engine; `seconds` for one answer."""
    return docker.from_env(version=_api_version(), timeout=seconds)


def engine_answers() -> Silence | None:
    """None if a Docker engine answers, else why not."""
    if silence := unreachable():
        return silence
    try:
        with closing(connect(PING_SECONDS)) as client:
            client.ping()
    except (*ERRORS, OSError) as error:
        return Silence(os.environ.get("DOCKER_HOST") or DEFAULT, said(error), "look into the engine's own log")
    return None


def said(error: Exception) -> str:
    """What went wrong, without the names and addresses that a library puts around it."""
    if isinstance(error, APIError):
        return tail(str(error.explanation or error), 3)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError | requests.Timeout):
            return "it did not answer in time"
        if isinstance(cause, ConnectionError | FileNotFoundError):
            return "it has closed the connection, or is gone"
        cause = cause.__cause__ or cause.__context__
    return tail(str(error), 1) or type(error).__name__


def engine_name(version: Mapping[str, Any]) -> str:
    """The engine's version; with its name, if it is another one with Docker's API, such as `Podman Engine 4.3.1`."""
    names = [part["Name"] for part in version.get("Components") or ()]
    number = str(version["Version"])
    return number if "Engine" in names or not names else f"{names[0]} {number}"


@contextmanager
def engine_errors() -> Iterator[None]:
    """Errors of the engine become LabErrors."""
    try:
        yield
    except ERRORS as error:
        raise LabError(f"the container engine failed: {said(error)}") from None


def sweep(engine: Any) -> int:
    """Remove the containers whose owner is dead; returns how many there were."""
    return _remove(engine.api, abandoned(engine.api)) + remove_labelled(engine, ownership.is_dead)


def remove_labelled(engine: Any, wanted: Callable[[str], bool]) -> int:
    """Remove the containers whose owner `wanted` accepts; returns how many there were."""
    # The low-level list: the SDK's own list inspects every container, and waits for those that others are ending.
    found = engine.api.containers(all=True, filters={"label": ownership.LABEL})
    found.sort(key=lambda one: one["Labels"].get(ownership.ROLE_LABEL) == "servers")  # podman wants clients first
    return _remove(engine.api, (one["Id"] for one in found if wanted(one["Labels"][ownership.LABEL])))


def _remove(api: Any, containers: Iterable[str]) -> int:
    found = list(containers)
    for container in found:
        try:
            api.remove_container(container, v=True, force=True)
        except APIError as error:
            if error.status_code not in (403, 404, 409):  # somebody else is removing it, or has removed it
                raise
            with suppress(APIError, requests.Timeout):
                api.wait(container, PING_SECONDS, condition="removed")
    return len(found)


def clean(*, images: bool) -> tuple[int, int]:
    """Sweep; with `images` also remove the images that the lab built.  Returns how many of each there were."""
    with engine_errors(), closing(connect()) as engine:
        built = engine.images.list(filters={"label": f"{REPOSITORY}.image"}) if images else []
        swept = sweep(engine)
        for image in built:
            engine.images.remove(str(image.id), force=True)
    return swept, len(built)
