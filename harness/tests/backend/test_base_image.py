"""The base image is made by a program whose failures are told, and never half an image."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.backend.base_image import root_file_system
from harness.errors import LabError

LOUD = "head -c 200000 /dev/zero | tr '\\0' '\\n' >&2\n"  # more than a pipe holds


def made_by(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch, read: list[bytes]) -> None:
    """Add what is read of the stream to `read`, if mmdebstrap is this shell script."""
    program = folder / "mmdebstrap"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with root_file_system(print, install=False) as tar:
        read.append(tar.read())


def test_many_warnings_do_not_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    made_by(tmp_path, f"{LOUD}echo files\n", monkeypatch, read)
    assert read == [b"files\n"]


# Of an empty stream, the engine would make an empty image, so it gets none.
@pytest.mark.parametrize(("output", "streams"), [("", 0), ("echo files\n", 1)])
def test_a_failure_is_told_with_its_last_words(
    output: str, streams: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    with pytest.raises(LabError, match=r"could not make the base image .*: no such suite"):
        made_by(tmp_path, f"{LOUD}{output}echo no such suite >&2\nexit 1\n", monkeypatch, read)
    assert len(read) == streams
