"""A small run's folder, cut out of `docs/example-run.zip`, next to a file that its readers must not open."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.check.command_line import FOLDER, RECORD, TRIALS
from harness.paths import ROOT
from harness.record.archive import run_folder_of

CLIENTS, SCENARIOS = ("python-asyncio", "haskell-lazy"), ("reset",)
SECRET = "secret"


def example_run() -> Path:
    """The folder of the whole example run; a process unpacks it once."""
    return run_folder_of(ROOT / "docs" / "example-run.zip")


EXAMPLE_ID = json.loads((example_run() / "run.json").read_text("utf-8"))["id"]


def small_run(parent: Path, clients: Sequence[str] = CLIENTS, scenarios: Sequence[str] = SCENARIOS) -> Path:
    """A run of two clients in one scenario, with trials of the command line and a service, next to a secret file."""
    (parent / SECRET).write_text("0.5 close\n")
    folder = parent / "run"
    run = json.loads((example_run() / "run.json").read_text("utf-8"))
    run["clients"] = [one for one in run["clients"] if one["name"] in clients]
    run["scenarios"] = [one for one in run["scenarios"] if one["name"] in scenarios]
    run["cells"] = [one for one in run["cells"] if one["client"] in clients and one["scenario"] in scenarios]
    for cell in run["cells"]:
        place = Path(cell["evidence"]["stdout"]).parent
        shutil.copytree(example_run() / place, folder / place)
    for place in ("poems", "scenarios"):
        shutil.copytree(example_run() / place, folder / place)
    (folder / "run.json").write_text(json.dumps(run))
    facts = ("started", "ended", "stopped", "exit_status", "signal", "out_of_memory", "left_behind", "cpu_s")
    ends = []
    for name in TRIALS:
        shutil.copytree(folder / place_of(run["cells"][0]), folder / FOLDER / name)
        ends.append({"name": name, "max_rss_bytes": None, **{key: run["cells"][0][key] for key in facts}})
    (folder / FOLDER / RECORD).write_text(json.dumps(ends))
    service = folder / "services" / "proxy-cache"
    service.mkdir(parents=True)
    fetches = [{"exact": True, "seconds": 1.5}, {"exact": True, "seconds": 0.1}]
    (service / "record.json").write_text(json.dumps({"fetches": fetches, "accepts": 1}))
    return folder


def place_of(cell: dict[str, Any]) -> Path:
    return Path(cell["evidence"]["stdout"]).parent
