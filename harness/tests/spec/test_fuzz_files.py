"""Files that people write, damaged in odd ways: each is read and can be used, or is refused by name."""

from __future__ import annotations

import contextlib
import math
import tempfile
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzzing import DATES, accepted, changed, fuzz, odd_values, spoilt, toml
from hypothesis import given
from hypothesis import strategies as st

from harness.check.new_client import new_client
from harness.compare.options import Options, selected, selected_servers
from harness.errors import NothingSelected
from harness.lesson import lesson
from harness.paths import SCENARIOS
from harness.record.run_folder import RunFolder, scenarios_of
from harness.spec import client, server_program
from harness.spec.language import languages
from harness.spec.scenario import Scenario
from harness.spec.scenario_file import load
from slowpoetry.schedule import LONGEST, check_schedule
from slowpoetry.server.playbill import format_playbill, parse_playbill

SMALL = 1 << 20  # bytes of poems that an example may write


def found(pattern: str) -> list[Path]:
    return sorted(path for language in languages().values() for path in language.files(pattern.removeprefix("*")))


def sound_scenario(path: Path) -> None:
    scenario: Scenario = load(path)
    assert scenario.name == path.stem and scenario.tasks and not controls(scenario.summary)
    assert 0 <= scenario.longest <= 2 * LONGEST and math.isfinite(scenario.total)
    for server in scenario.servers:
        if server.name is not None:
            check_schedule(server.schedule, len(server.poem) + len(server.unsent))
    if sum(len(server.poem) + len(server.unsent) for server in scenario.servers) < SMALL:
        with tempfile.TemporaryDirectory() as parent:
            folder = RunFolder.create(Path(parent), "run")
            folder.add_scenario(scenario)
            again = scenarios_of(folder)[scenario.name]
        assert [server.poem for server in again.servers] == [server.poem for server in scenario.servers]
        assert [server.fault for server in again.servers] == [server.fault for server in scenario.servers]
        paper = format_playbill(again.playbill(Path(".")))
        assert format_playbill(parse_playbill(paper)) == paper


def sound_client(path: Path) -> None:
    [declared] = client.from_outside(path.parent).values()
    assert declared.name == path.name.removesuffix(client.SUFFIX)
    assert Path(declared.name).name == declared.name
    assert all("\0" not in word for word in declared.command)
    assert client.from_record(declared.record(), declared.home) == declared


def controls(text: str) -> list[str]:
    """The control characters in a text; all others are allowed, and are escaped when the text is shown."""
    return [c for c in text if unicodedata.category(c) == "Cc"]


def sound_server(path: Path) -> None:
    [declared] = server_program.from_outside(path.parent).values()
    assert declared.name == path.name.removesuffix(server_program.SUFFIX)
    assert all("\0" not in word for word in declared.command)


def sound_lessons(path: Path) -> None:
    for name, each in lesson.discover(path).items():
        assert each.variants and not controls(f"{name}{each.title}")


KINDS: dict[str, tuple[list[Path], Callable[[Path], None]]] = {
    "scenario": (sorted(SCENARIOS.glob("*.toml")), sound_scenario),
    "client": (found(f"*{client.SUFFIX}"), sound_client),
    "server": (found(f"*{server_program.SUFFIX}"), sound_server),
    "lessons": ([lesson.INDEX], sound_lessons),
}
ODD = odd_values("python", "science", "../poems/science", "twisted") | st.sampled_from(DATES)


def read(kind: str, name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        accepted(lambda: KINDS[kind][1](path), name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_the_checkout_is_read(kind: str) -> None:
    for path in KINDS[kind][0]:
        with tempfile.TemporaryDirectory() as folder:
            (copy := Path(folder) / path.name).write_text(toml(tomllib.loads(path.read_text("utf-8"))))
            KINDS[kind][1](copy)


@pytest.mark.parametrize("kind", KINDS)
@fuzz(30)
@given(st.data())
def test_a_file_with_odd_values_is_read_or_refused_by_its_name(kind: str, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(KINDS[kind][0]))
    odd: dict[str, Any] = data.draw(changed(tomllib.loads(path.read_text("utf-8")), ODD))
    read(kind, path.name, toml(odd).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("kind", KINDS)
@fuzz(30)
@given(st.data())
def test_a_file_of_any_bytes_is_read_or_refused_by_its_name(kind: str, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(KINDS[kind][0]))
    read(kind, path.name, data.draw(spoilt(path.read_bytes())))


NAMES = st.text(max_size=12) | st.sampled_from(["all", ",", "trio,", "..", "trio\n", "../trio", "a" * 300])
NUMBER = st.floats() | st.integers().map(float) | st.floats(0, 2000)
OPTIONS = st.one_of(
    st.builds(Options, clients=NAMES),
    st.builds(Options, scenarios=NAMES),
    st.builds(Options, servers=NAMES),
    st.builds(Options, backend=NAMES),
    st.builds(Options, rounds=st.integers() | st.integers(0, 2000)),
    st.builds(Options, pace=NUMBER, scenarios=st.just("trio")),
    st.builds(Options, tasks=st.integers() | st.integers(0, 20_000), scenarios=st.just("crowd")),
    st.builds(Options, late_budget_ms=NUMBER),
    st.builds(Options, seed=st.integers(), scenarios=st.just("trio")),
)


@fuzz(30)
@given(OPTIONS)
def test_odd_options_are_accepted_or_refused_in_one_line(options: Options) -> None:
    def select() -> None:
        options.check()
        _, chosen = selected(options)
        assert selected_servers(options) and 1 <= options.rounds <= 1000
        assert all(0 <= scenario.longest <= 2 * LONGEST and 1 <= len(scenario.tasks) <= 19_000 for scenario in chosen)

    with contextlib.suppress(NothingSelected):
        accepted(select)


@fuzz(30)
@given(
    st.text(max_size=50) | st.sampled_from(["", "..", "a/b", "a\n", "-a", "a" * 40]),
    st.text(max_size=12) | st.just("perl"),
)
def test_a_new_client_has_a_name_that_is_safe_in_a_path_or_is_refused(name: str, language: str) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "new"
        created = accepted(lambda: new_client(name, language, folder))
        assert [path.name for path in Path(parent).iterdir()] == ["new"] * bool(created)
        if created:
            assert list(client.from_outside(folder)) == [name]
