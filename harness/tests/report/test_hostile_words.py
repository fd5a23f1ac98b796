"""A manifest and a client in which every word is an attack: in everything that the lab writes it stays text."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import DECLARED, EVIL, assert_harmless, assert_inert
from lab_process import QUICK, WRONG, Ended, lab

from harness.report.page import page
from harness.report.recorded import read_recorded

CLIENT = """
import sys
evil = {evil!r}.encode() + b"\\xff\\xfe"
for stream in (sys.stdout.buffer, sys.stderr.buffer):
    stream.write(evil + b"\\nTask 1: failed: " + evil + b"\\nTask 1: got 5 bytes of poetry from " + evil + b"\\n")
    stream.write(evil * 200)
sys.exit(1)
"""
MANIFEST = """
schema = 1
name = "hostile"
language = {evil}
model = {evil}
summary = {short}
image = "python"
command = ["python3", "client.py", {evil}]
[traits]
connects = "together"
grain = "read"
flush = "live"
delivery = "each"
order = "completion"
[unsupported]
burst = {evil}
[[known-failures]]
scenario = "accents"
code = "bytes-differ"
reason = {evil}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the hostile client."""
    home = tmp_path_factory.mktemp("hostile")
    words = {"evil": json.dumps(DECLARED), "short": json.dumps(DECLARED[:100])}
    # TOML has no surrogate pairs.
    manifest = re.sub(r"\\udb40\\udc01", r"\\U000e0001", MANIFEST.format(**words))
    (home / "hostile.client.toml").write_text(manifest, "utf-8")
    (home / "client.py").write_text(CLIENT.format(evil=EVIL), "utf-8")
    return home


@pytest.fixture(scope="module")
def compared(folder: Path) -> Ended:
    """The output of `compare`, whose run is in `folder`."""
    clients = ("--client", folder, "--client", WRONG / "honest", "--clients", "hostile,honest")
    return lab(
        "compare", *clients, "--scenarios", "accents,burst", "--backend", "local", "--out", folder / "runs", *QUICK
    )


@pytest.fixture(scope="module")
def run(compared: Ended, folder: Path) -> Path:
    """The run's folder, changed as if it came from elsewhere: more words about its clients are attacks."""
    [path] = (folder / "runs").iterdir()
    record = json.loads((path / "run.json").read_text("utf-8"))
    for client in record["clients"]:
        client.update(language=EVIL, model=EVIL, summary=EVIL[:100])
    (path / "run.json").write_text(json.dumps(record), "utf-8")
    return path


@pytest.fixture(scope="module")
def reports(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all reports of the run."""
    folder = tmp_path_factory.mktemp("reports")
    files = {
        "out": "page.html",
        "summary": "summary.md",
        "junit": "junit.xml",
        "svg": "picture.svg",
        "trace": "trace.json",
    }
    ended = lab("report", run, *(word for kind, name in files.items() for word in (f"--{kind}", folder / name)))
    assert ended.status == 0, ended
    return folder


def test_the_table_and_the_messages_are_inert(compared: Ended) -> None:
    assert compared.status == 0, compared  # a known failure, as declared
    assert r"\x1b]0;owned" in compared.stdout + compared.stderr
    assert_inert(compared.stdout, compared.stderr)


def test_a_replay_is_inert_and_gives_the_same(run: Path) -> None:
    record = json.loads((run / "run.json").read_text("utf-8"))
    told = lab("compare", "--replay", run, "--json")
    assert_inert(told.stdout, told.stderr)
    assert told.run == record
    assert record["clients"][0]["model"] == EVIL
    for words in (("diff", run, run), ("demo", "--replay", run, "--scenario", "accents")):
        ended = lab(*words)
        assert ended.status in (0, 1) and "Traceback" not in ended.stderr, ended
        assert_inert(ended.stdout, ended.stderr)


def test_check_is_inert(folder: Path, tmp_path: Path) -> None:
    ended = lab("check", "--client", folder, "--scenarios", "accents", "--backend", "local", "--out", tmp_path, *QUICK)
    for told in (ended, lab("check", "--replay", next(tmp_path.iterdir()))):
        assert told.status == 1
        assert r"\x1b]0;owned" in told.stdout
        assert_inert(told.stdout, told.stderr)


def test_the_page_has_no_element_from_a_client(reports: Path) -> None:
    assert_harmless((reports / "page.html").read_text("utf-8"))


def test_the_page_has_no_element_from_a_record_that_came_from_elsewhere(run: Path) -> None:
    recorded = read_recorded(run)
    axes = {name: [EVIL] for name in ("connects", "grain", "delivery", "order", "stopping", EVIL)}
    reason = {"code": EVIL, "sentence": EVIL}
    cells = [
        replace(cell, record={**cell.record, "axes": axes, "reason": reason, "expected": expected, "verdict": verdict})
        for cell in recorded.cells
        for expected, verdict in ((False, "fail"), (True, "pass"))
    ]
    pair = {"server": "twisted", "a": "hostile", "b": "honest", "likeness": 0.1, "n": 1}
    made = {**recorded.run, "cells": [cell.record for cell in cells], "likeness": {"accents": [pair]}}
    for bare in (False, True):  # with pictures, and with words in their place
        shown = [replace(cell, evidence=None, notes=(EVIL,)) for cell in cells] if bare else cells
        assert_harmless(page(replace(recorded, cells=shown, run=made, notes=(EVIL,))))


def test_the_summary_has_no_markup_from_a_client(reports: Path) -> None:
    text = (reports / "summary.md").read_text("utf-8")
    assert "hacked()" in text
    assert_inert(text)
    assert "<" not in text
    ours = text.replace("**unexpected**", "")
    assert not re.search(r"(?<!\\)[\[\]`]|(?<!\\)\*\*", ours)
    assert not re.search(r"://|www\.|@", text)  # Markdown would turn these into links


def test_xml_can_be_parsed_and_has_no_element_from_a_client(reports: Path) -> None:
    junit = (reports / "junit.xml").read_text("utf-8")
    assert "hacked()" in junit
    assert_inert(junit)
    assert {one.tag for one in ElementTree.fromstring(junit).iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    picture = ElementTree.fromstring((reports / "picture.svg").read_text("utf-8"))
    assert not [
        one for one in picture.iter() if one.tag.rpartition("}")[2] in ("script", "image", "foreignObject", "a")
    ]
    assert not [one for one in picture.iter() if any(name.startswith("on") for name in one.attrib)]
    json.loads((reports / "trace.json").read_text("utf-8"))


def test_a_demo_is_inert(folder: Path, tmp_path: Path) -> None:
    where = ("--backend", "local", "--no-install", "--pace", "0.1", "--out", tmp_path, "--scenario", "accents")
    ended = lab("demo", "--client", folder, "--clients", "hostile", *where)
    assert "Traceback" not in ended.stderr, ended
    assert "owned" in ended.stdout
    assert_inert(ended.stdout, ended.stderr)
