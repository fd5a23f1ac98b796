"""What the tests of the lab share: a container engine where one answers, and the two backends by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, lab

# Where in the course of all files these begin, as a share of it; the others come as they come.  Those that mostly wait
# for slow servers come one after another, beside those that keep the cores busy; a long one must not be the last.
BEGIN = {"contract": 0.0, "claims_report": 0.0, "workflow": 0.1, "wrong_clients": 0.4, "wrong_servers": 0.65}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files at their places among the others."""
    files = list(dict.fromkeys(item.path for item in items))
    place = {path: BEGIN.get(path.stem.removeprefix("test_"), n / len(files)) for n, path in enumerate(files)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """The container engine, all images built; skipped where none answers, and a failure where that is so in CI."""
    from harness.backend.docker.engine import engine_answers

    silence = engine_answers()
    if silence is not None:
        no_engine = f"no container engine answers: {silence}"
        pytest.fail(no_engine) if os.environ.get("CI") else pytest.skip(no_engine)
    # Here, so that a test's own time is not a build's, and the tests themselves need install nothing.
    built = lab("build", "--backend", "docker", seconds=BUILD_SECONDS)
    assert built.status == 0, built
    import docker

    client = docker.from_env(timeout=60)
    yield client
    client.close()


@pytest.fixture(params=["local", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend by its name."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    return str(request.param)
