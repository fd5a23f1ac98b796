"""A demo judges its run as a replay of the folder does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from evidence_maker import client, evidence, scenario, server
from run_maker import write_send_log, write_transcript

from harness.backend import Ready, ownership
from harness.backend.local import LocalBackend
from harness.compare.options import Options
from harness.demo.live import LiveCell
from harness.demo.write_run import complete, create
from harness.judge.replay import replay
from harness.spec.server_program import discover


def test_the_verdict_is_made_from_what_is_in_the_folder(tmp_path: Path) -> None:
    one = server(b"one road\n", 9, 0.12)
    # A playbill holds microseconds, so this time is rounded in the folder, which changes a figure.
    late = replace(one, schedule=(*one.schedule[:-1], replace(one.schedule[-1], at=0.1234496)))
    made, who = evidence(scenario(late)), client()
    program = discover()["twisted"]
    with LocalBackend(ownership.this_owner()) as backend:
        folder = create(tmp_path, Options(), backend, Ready(), [who], program, made.scenario)
    cell = LiveCell(0, who, made.scenario, folder.cell_folder("twisted", made.scenario.name, who.name, 1, 1), print)
    write_transcript(cell.folder, made)
    write_send_log(cell.folder / "send-log.ndjson", made)
    cell.recording = made.recording
    complete(folder, [cell], made.scenario, program)
    said: list[str] = []
    assert replay(folder.path, said.append).run == json.loads((folder.path / "run.json").read_text("utf-8"))
    assert said == [f"replayed {folder.path}: as recorded"]
