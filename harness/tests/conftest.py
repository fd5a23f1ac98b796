"""Shared by the lab's tests: the order of the files, the container engine if one answers, and the two backends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, lab

# The positions of the long files among all files, from 0 to 1; the other files keep their order.  Long files that
# mostly wait for slow servers are spread among files that keep the cores busy, and none of them is the last.
BEGIN = {"contract": 0.0, "claims_report": 0.0, "workflow": 0.1, "wrong_clients": 0.4, "wrong_servers": 0.65}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the long files to their positions among the others."""
    files = list(dict.fromkeys(item.path for item in items))
    place = {path: BEGIN.get(path.stem.removeprefix("test_"), n / len(files)) for n, path in enumerate(files)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """The container engine, with all images built; if none answers, the test is skipped, and in CI it fails."""
    from harness.backend.docker.engine import engine_answers

    silence = engine_answers()
    if silence is not None:
        no_engine = f"no container engine answers: {silence}"
        pytest.fail(no_engine) if os.environ.get("CI") else pytest.skip(no_engine)
    # Built here, so that builds do not count as a test's own time, and the tests need to install nothing.
    built = lab("build", "--backend", "docker", seconds=BUILD_SECONDS)
    assert built.status == 0, built
    import docker

    client = docker.from_env(timeout=60)
    yield client
    client.close()


@pytest.fixture(params=["local", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each backend in turn."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    return str(request.param)
