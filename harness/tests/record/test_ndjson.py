"""Recorded lines: what a reader may rely on, and what is refused with file, line and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import TRIO, TYGER, evidence
from run_maker import write_send_log, write_transcript

from harness.record.ndjson import Unreadable, read_ndjson
from harness.record.send_log import read_send_log
from harness.record.transcript import read_transcript

MADE = evidence(TRIO)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The evidence of an honest cell."""
    write_transcript(tmp_path, MADE)
    write_send_log(tmp_path / "send-log.ndjson", MADE)
    return tmp_path


def change(path: Path, line: int, **values: Any) -> None:
    """Put these values into a line, counted from 1."""
    lines = path.read_text().splitlines()
    lines[line - 1] = json.dumps({**json.loads(lines[line - 1]), **values})
    path.write_text("\n".join(lines) + "\n")


def test_honest_evidence_is_read(folder: Path) -> None:
    assert read_send_log(folder / "send-log.ndjson", TRIO).connections == MADE.log.connections
    assert read_transcript(folder).stdout.data == MADE.transcript.stdout.data
    assert len(read_transcript(folder).reports) == len(MADE.transcript.reports)


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"7", b"\xff", b"null", b'{"a":' * 5000, b"9" * 5000, b"", b"\x00", b"\xef\xbb\xbf{}"]
)
def test_a_line_that_is_not_a_json_object_is_named(tmp_path: Path, line: bytes) -> None:
    (path := tmp_path / "a.ndjson").write_bytes(b"{}\n" + line + b"\n")
    with pytest.raises(Unreadable, match=r"a\.ndjson: line 2: (not JSON|expected `object`|number out of range)"):
        read_ndjson(path, dict[str, Any])


def test_a_last_line_without_its_end_is_left_out(tmp_path: Path) -> None:
    (path := tmp_path / "a.ndjson").write_bytes(b'{"a": 1}\n{"a": ')
    assert read_ndjson(path, dict[str, Any]) == [{"a": 1}]


def test_two_objects_in_one_line_are_refused(tmp_path: Path) -> None:
    (path := tmp_path / "a.ndjson").write_bytes(b"{}\n{}{}\n")
    with pytest.raises(Unreadable, match=r"a\.ndjson: line 2: not JSON: "):
        read_ndjson(path, dict[str, Any])


def test_a_missing_key_is_named(folder: Path) -> None:
    path = folder / "send-log.ndjson"
    path.write_text('{"t":1,"act":"accept","conn":1}\n')
    with pytest.raises(Unreadable, match=r"send-log\.ndjson: line 1: object missing required field `server`"):
        read_send_log(path, TRIO)


TIMES = [float("nan"), float("inf"), -1, 1e300, 10**400, "1.0", True, None, [], {}]


@pytest.mark.parametrize("t", [*TIMES, 100.0])
def test_a_send_log_with_an_impossible_time_is_refused_with_its_line(folder: Path, t: Any) -> None:
    change(folder / "send-log.ndjson", 9, t=t)  # a send at 100.19
    with pytest.raises(Unreadable, match=r"send-log\.ndjson: line \d+: (at t: |not JSON: )"):
        read_send_log(folder / "send-log.ndjson", TRIO)


@pytest.mark.parametrize(
    ("line", "values", "place"),
    [
        (1, {"server": 9}, "server"),
        (1, {"server": 0}, "server"),
        (1, {"server": "1"}, "server"),
        (1, {"server": [1]}, "server"),
        (1, {"conn": -1}, "conn"),
        (1, {"act": 7}, "act"),
        (2, {"server": 1, "conn": 1}, "conn"),  # accepted twice
        (4, {"conn": 7}, "conn"),  # never accepted
        (4, {"start": 3}, "start"),
        (4, {"start": -1}, "start"),
        (4, {"start": None}, "start"),
        (4, {"end": len(TYGER) + 1}, "end"),
        (4, {"end": -1}, "end"),
        (4, {"end": 7.0}, "end"),
        (4, {"end": True}, "end"),
        (4, {"end": 10**30}, "end"),
        (4, {"due": -1}, "due"),
        (4, {"act": "close"}, "conn"),  # and goes on to send
    ],
)
def test_an_inconsistent_send_log_is_refused_with_its_line(
    folder: Path, line: int, values: dict[str, Any], place: str
) -> None:
    change(folder / "send-log.ndjson", line, **values)
    with pytest.raises(Unreadable, match=rf"send-log\.ndjson: line \d+: at {place}: "):
        read_send_log(folder / "send-log.ndjson", TRIO)


def test_an_unknown_act_is_ignored(folder: Path) -> None:
    path = folder / "send-log.ndjson"
    path.write_text(path.read_text() + '{"t":1,"act":"yawn","server":1,"conn":1}\n')
    assert read_send_log(path, TRIO).connections == MADE.log.connections


@pytest.mark.parametrize(
    ("values", "place"),
    [
        *(({"t": t}, "t") for t in [*TIMES[2:], 1.0]),  # the first two are not JSON
        ({"stream": "stdin"}, "stream"),
        ({"stream": []}, "stream"),
        ({"start": 1}, "start"),
        ({"end": -5}, "end"),
        ({"end": 1.5}, "end"),
    ],
)
def test_an_inconsistent_transcript_is_refused_with_its_line(folder: Path, values: dict[str, Any], place: str) -> None:
    change(folder / "transcript.ndjson", 2, **values)
    with pytest.raises(Unreadable, match=rf"transcript\.ndjson: line \d+: at {place}: "):
        read_transcript(folder)


def test_a_transcript_of_missing_bytes_is_refused(folder: Path) -> None:
    stdout = folder / "stdout"
    stdout.write_bytes(stdout.read_bytes()[:-1])
    with pytest.raises(Unreadable, match=r"stdout: has \d+ bytes, but the transcript has \d+"):
        read_transcript(folder)
