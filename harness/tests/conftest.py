"""What the tests of the lab share: a container engine where one answers, and the two backends by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, lab

# The files that take longest begin first, so that none of them is the last: they mostly wait for slow servers.
FIRST = (
    "contract_by_name",
    "wrong_clients",
    "contract",
    "wrong_servers",
    "contract_crowd",
    "claims_report",
    "clients",
    "check_wrong_clients",
    "workflow",
    "contract_odd",
    "check",
    "check_students",
    "demo_command",
    "page",
    "transform_clients",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they come."""
    place = {f"test_{name}": number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


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
