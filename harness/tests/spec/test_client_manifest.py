"""Manifests of clients: what is declared is what is used, and a manifest that cannot be is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.paths import ROOT
from harness.spec import client as clients
from harness.spec.language import languages

MANIFEST = """
schema = 1
name = "mine"
language = "awk"
model = "a loop"
summary = "My client."
image = "python"
command = ["awk", "-f", "mine.awk"]
[traits]
connects = "together"
grain = "line"
flush = "live"
delivery = "each"
order = "completion"
"""
MORE = """
[unsupported]
crowd = "awk has few files"
[[known-failures]]
scenario = "reset"
code = "truncation-swallowed"
reason = "awk cannot tell"
"""


def write(folder: Path, text: str, name: str = "mine") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.client.toml"
    path.write_text(text)
    return path


def test_what_is_declared_is_what_is_read(tmp_path):
    write(tmp_path, MANIFEST + MORE)
    mine = clients.from_outside(tmp_path)["mine"]
    assert (mine.name, mine.language, mine.command) == ("mine", "awk", ("awk", "-f", "mine.awk"))
    assert mine.traits == clients.Traits("together", "line", "each", "completion", "live")
    assert mine.unsupported == {"crowd": "awk has few files"}
    assert mine.known_failures == (clients.KnownFailure("reset", "truncation-swallowed", "awk cannot tell"),)
    assert (mine.home, mine.outside, mine.sequential) == (tmp_path.resolve(), True, False)


def test_a_client_declared_to_connect_in_turn_is_sequential(tmp_path):
    write(tmp_path, MANIFEST.replace("together", "in-turn"))
    assert clients.from_outside(tmp_path)["mine"].sequential


@pytest.mark.parametrize("text", [MANIFEST, MANIFEST + MORE])
def test_a_client_comes_back_from_its_record(tmp_path, text):
    write(tmp_path, text)
    mine = clients.from_outside(tmp_path)["mine"]
    again = clients.check_record(json.loads(json.dumps(mine.record())), tmp_path / "run.json")
    assert again.record() == mine.record()
    assert again.traits == mine.traits


def test_a_record_that_was_tampered_with_is_refused(tmp_path):
    write(tmp_path, MANIFEST)
    record = json.loads(json.dumps(clients.from_outside(tmp_path)["mine"].record()))
    for broken in ({**record, "traits": {}}, {**record, "name": "../../x"}, {**record, "command": "rm"}):
        with pytest.raises(UsageError, match=r"run\.json: at "):
            clients.check_record(broken, tmp_path / "run.json")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ('name = "mine"', 'name = "yours"', "at name: 'yours' is not the name of the file"),
        ('name = "mine"', 'name = "Mine!"', "at name"),
        ('name = "mine"', f'name = "{"m" * 41}"', "at name"),
        ('flush = "live"\n', "", "at traits.flush: given by every client but a silent one"),
        ('grain = "line"', 'grain = "silent"', "at traits.flush: given by every client but a silent one"),
        ('grain = "line"', 'grain = "word"', "at traits.grain"),
        ('order = "completion"\n', "", "at traits: 'order' is a required property"),
        ('command = ["awk", "-f", "mine.awk"]', "command = []", "at command"),
        ('command = ["awk", "-f", "mine.awk"]', 'command = "awk"', "at command"),
        ('language = "awk"', 'language = "awk"\nversion = 1', "at top level"),
        ("schema = 1", "schema = 9", "at schema"),
        ("[traits]", "[trait]", "at top level"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_with_file_and_place(tmp_path, was, now, words):
    assert was in MANIFEST
    path = write(tmp_path, MANIFEST.replace(was, now))
    with pytest.raises(UsageError) as refused:
        clients.from_outside(tmp_path)
    assert str(refused.value).startswith(f"{path}: ")
    assert words in str(refused.value)


def test_a_silent_client_declares_no_flush(tmp_path):
    write(tmp_path, MANIFEST.replace('"line"', '"silent"').replace('flush = "live"\n', ""))
    mine = clients.from_outside(tmp_path)["mine"]
    assert mine.traits.flush is None
    assert "flush" not in mine.record()["traits"]


def test_a_folder_without_a_manifest_is_named(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match=r"no manifest NAME\.client\.toml there"):
            clients.from_outside(folder)


def test_a_folder_may_bring_several_clients_but_not_from_below_it(tmp_path):
    write(tmp_path, MANIFEST)
    write(tmp_path, MANIFEST.replace('"mine"', '"other"'), "other")
    write(tmp_path / "below", MANIFEST.replace('"mine"', '"third"'), "third")
    assert list(clients.from_outside(tmp_path)) == ["mine", "other"]


def test_the_trees_own_clients_are_all_good_and_at_home():
    found = clients.discover()
    assert {"python-blocking", "python-asyncio"} <= set(found)
    assert all(name == one.name and one.home == ROOT and not one.outside for name, one in found.items())


@pytest.mark.parametrize("second", ["python/deep", "erlang"])
def test_two_manifests_of_one_name_in_the_tree_are_refused(tmp_path, monkeypatch, second):
    monkeypatch.setattr(clients, "languages", lambda: languages(tmp_path))
    for language in ("python", "erlang"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "toolchain.toml").write_text(f'schema = 1\nlanguage = "{language}"\n')
    write(tmp_path / "python", MANIFEST)
    assert list(clients.discover()) == ["mine"]
    path = write(tmp_path / second, MANIFEST)
    with pytest.raises(UsageError) as refused:
        clients.discover()
    assert str(path) in str(refused.value) or str(tmp_path / "python") in str(refused.value)
    assert "at name" in str(refused.value)
