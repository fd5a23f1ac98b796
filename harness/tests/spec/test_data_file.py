"""Data files: whatever is wrong with one, the result is a UsageError that names file and place."""

from __future__ import annotations

import os
from pathlib import Path

import jsonschema
import pytest

from harness.errors import UsageError
from harness.paths import SCHEMAS
from harness.spec.data_file import _validator, check, read_json, read_toml

SCENARIO = 'schema = 1\nsummary = "s"\n[[servers]]\npoem = "science"\nnum-bytes = 9\ndelay = 0.1\n'


def refused(read, path: Path, schema: str = "scenario") -> str:
    with pytest.raises(UsageError) as error:
        read(path, schema)
    assert str(error.value).startswith(f"{path}: ")
    assert error.value.status == 2
    return str(error.value)


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "a file.toml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_good_file_is_read(tmp_path):
    assert read_toml(written(tmp_path, SCENARIO), "scenario")["servers"][0]["num-bytes"] == 9


@pytest.mark.parametrize(
    ("was", "now", "place"),
    [
        ("num-bytes = 9", "num-bytes = 0", "at servers.0"),
        ("num-bytes = 9", 'num-bytes = "some"', "at servers.0"),
        ("num-bytes = 9", "num-bytes = true", "at servers.0"),
        ("num-bytes = 9", "num-bytes = 9.0", "at servers.0"),
        ("delay = 0.1", "delay = -1", "at servers.0.delay"),
        ("delay = 0.1", "delay = nan", "nan is not a finite number"),
        ("delay = 0.1", "delay = inf", "inf is not a finite number"),
        ("delay = 0.1", "speed = 1", "at servers.0"),
        ('poem = "science"', 'poem = "../../etc/passwd"', "at servers.0"),
        ("schema = 1", "schema = 2", "at schema"),
        ("schema = 1", "", "at top level: 'schema' is a required property"),
        ('summary = "s"', "summary = 7", "at summary"),
        ('summary = "s"', 'summary = "s"\nfoo = 1', "at top level"),
        ("[[servers]]", "[servers]", "at servers"),
        ("delay = 0.1", f"delay = {10**400}", "at servers.0.delay: the number is too large"),
        ("delay = 0.1", "delay = 1979-05-27", "at servers.0"),
        ('"science"', '"science\\n"', "at servers.0.poem: the character '\\n' is not allowed in a text"),
        ('"s"', '"\\u001b[2J"', "at summary: the character '\\x1b' is not allowed in a text"),
        ("schema = 1", 'schema = 1\n"\\u0000" = 1', "at top level: the character '\\x00' is not allowed in a text"),
        ("schema = 1", f"schema = {'[' * 40}{']' * 40}", "at schema: nested too deeply"),
    ],
)
def test_what_does_not_fit_the_schema_is_named_by_its_place(tmp_path, was, now, place):
    assert SCENARIO.count(was) == 1
    assert place in refused(read_toml, written(tmp_path, SCENARIO.replace(was, now)))


@pytest.mark.parametrize(
    "data", [b"schema = ", b"\xff\xfe", b"a = 1\na = 2", b"{}", b"\0", b"a = " + b"[" * 100_000, b"a = 1e" + b"9" * 9]
)
def test_a_file_that_is_not_toml_is_refused_with_a_message(tmp_path, data):
    refused(read_toml, written(tmp_path, data))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"[]", b"7", b"null", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000]
)
def test_a_file_that_is_not_a_json_object_is_refused_with_a_message(tmp_path, data):
    refused(read_json, written(tmp_path, data))


def test_a_message_does_not_quote_the_whole_file(tmp_path):
    long = SCENARIO.replace('"science"', f'"{"../" * 9999}"')
    assert len(refused(read_toml, written(tmp_path, long))) < 1000


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    with (path := written(tmp_path, SCENARIO)).open("ab") as file:
        file.truncate(1 << 40)
    assert "1048576 are allowed at most" in refused(read_toml, path)


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in refused(read_toml, tmp_path / "pipe")


@pytest.mark.parametrize("read", [read_toml, read_json])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path, read):
    assert "No such file" in refused(read, tmp_path / "none")
    assert "Is a directory" in refused(read, tmp_path)


def test_an_escape_sequence_in_a_file_is_not_repeated_raw(tmp_path):
    text = SCENARIO.replace('"science"', '"\\u001b[2J"')
    assert refused(read_toml, written(tmp_path, text)).isprintable()


def test_the_place_of_a_fault_deep_inside_is_given_step_by_step():
    with pytest.raises(UsageError, match=r"some: at traits\.grain: 'words' is not one of"):
        traits = {"connects": "together", "grain": "words", "delivery": "each", "order": "arguments"}
        base = {"schema": 1, "name": "a", "language": "l", "model": "m", "summary": "s", "image": "i", "command": ["c"]}
        check({**base, "traits": traits}, "client", Path("some"))


@pytest.mark.parametrize("schema", sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json")))
def test_every_schema_is_a_schema(schema):
    jsonschema.Draft202012Validator.check_schema(_validator(schema).schema)
