"""Shared by the lab's tests: the order of the files, the container engine if one answers, a browser, the backends."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import Page, chromium
from lab_process import BUILD_SECONDS, lab

from harness.suites.browser import INSTALL, find_browser

# The tests themselves run side by side and keep the cores busy, so that more jobs would only start more programs.
os.environ.setdefault("SLOW_POETRY_LAB_JOBS", "2")

# The longest files start first, so that none of them is the last.  Files that mostly wait for slow servers stand
# between files that mostly compute, so that the processors are always in use.
FIRST = (
    "wrong_clients",
    "wrong_servers",
    "exercises",
    "contract_crowd",
    "clients",
    "cluster",
    "claims_report",
    "contract",
    "demo_app",
    "side_by_side",
    "workflow",
    "wrong_clients_one_by_one",
    "site",
    "self_check",
    "page_reading",
    "in_container",
    "proxy",
    "lesson",
    "contract_odd",
    "contract_by_name",
    "docker_backend",
    "ordeals",
    "contract_ipv6",
    "check",
    "containment",
    "demo_command",
    "bad_luck",
    "conditions",
    "merge",
    "command_line",
    "check_students",
    "images",
    "exports",
    "client_control",
    "check_example",
    "by_hand",
    "endless",
    "twistd",
    "recorder",
    "example_run",
    "check_expect",
    "editor_files",
    "classroom",
    "page",
    "page_crowd",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the longest files to the start; the others keep their order."""
    place = {f"test_{name}": number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


def pytest_collection_finish() -> None:
    """Let no garbage collection look at the thousands of tests again."""
    gc.freeze()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Iterator[Any]:
    """The container engine, with all images built; if none answers, the test is skipped, and in CI it fails."""
    from harness.backend.docker.engine import engine_answers

    silence = engine_answers()
    if silence is not None:
        no_engine = f"no container engine answers: {silence}"
        pytest.fail(no_engine) if os.environ.get("CI") else pytest.skip(no_engine)
    # Built here, so that builds do not count as a test's own time, and the tests need to install nothing.
    # One of pytest's workers does it for all.
    with (tmp_path_factory.getbasetemp().parent / f"images-of-{testrun_uid}").open("a") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        if not note.seek(0, os.SEEK_END):
            built = lab("build", "--backend", "docker", seconds=BUILD_SECONDS)
            assert built.status == 0, built
            note.write("built\n")
            note.flush()
    import docker

    client = docker.from_env(timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A headless browser with one page; without Chromium the test is skipped, and in CI it fails."""
    program = find_browser()
    if program is None:
        missing = f"no chromium here; install it with: {' '.join(INSTALL)}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with chromium(program, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(params=["local", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each backend in turn."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    return str(request.param)
