"""A wall clock that is stepped in the middle of a run, for the lab, its servers and its clients.

libfaketime (a Debian package) gives each process a changed time; the machine's own clock and the monotonic clock are
not changed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Self

from harness.audit.ordeals.arena import WRONG, Arena
from harness.audit.ordeals.ordeal import NotHere, Trials
from harness.paths import ROOT

LIBRARY = "/usr/lib/*/faketime/libfaketime.so.1"
STEPS = (3600, -3600, 86_400 * 365, -86_400 * 365, 5, -5)  # seconds
# libfaketime breaks the call behind Python's `sleep` (clock_nanosleep with a monotonic time), so `select` replaces it.
LAB = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
from harness.__main__ import main
main()
"""
CLIENTS = ROOT / "python" / "slowpoetry" / "clients"


class SteppedArena(Arena):
    """Its compares, clients and servers get the time from the file `clock`."""

    scenarios, pace = "reset,stall", 1.0  # with a shorter patience, results would depend on the machine's load

    def __init__(self, scratch: Path, backend: str) -> None:
        super().__init__(scratch, backend)
        self.clock, self._programs = scratch / "clock", scratch / "programs"

    def __enter__(self) -> Self:
        library = next(Path("/").glob(LIBRARY.lstrip("/")), None)
        if library is None:
            raise NotHere("libfaketime is missing; install it with: apt-get install -y libfaketime")
        self._variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.step_to(0)
        self._bring("honest", WRONG / "honest" / "honest.client.toml")
        self._bring("swallows-reset", WRONG / "swallows-reset" / "swallows-reset.client.toml")
        self._bring("twisted-inlinecallbacks", CLIENTS / "python-twisted-inlinecallbacks.client.toml")
        self._bring("stepped", ROOT / "python" / "slowpoetry" / "server" / "twisted.server.toml")
        return super().__enter__()

    def step_to(self, seconds: int) -> None:
        """Set all wall clocks to so many seconds from the true time."""
        self.clock.parent.mkdir(parents=True, exist_ok=True)
        self.clock.write_text(f"{seconds:+d}\n")

    def _bring(self, name: str, manifest: Path) -> None:
        """Copy a program; its manifest is changed so that the program has this name and runs with the variables."""
        folder = self._programs / name
        folder.mkdir(parents=True)
        for file in manifest.parent.glob("client.py"):
            shutil.copy(file, folder)
        kind = manifest.name.split(".", 1)[1]
        words = json.dumps(["env", *(f"{key}={value}" for key, value in self._variables.items())])[1:-1]
        text = manifest.read_text("utf-8").replace("command = [", f"command = [{words}, ")
        text = text.replace(f'name = "{manifest.name.split(".")[0]}"', f'name = "{name}"')
        (folder / f"{name}.{kind}").write_text(text, "utf-8")

    def clients(self) -> Iterable[Path]:
        """The copied clients."""
        return [path.parent for path in sorted(self._programs.glob("*/*.client.toml"))]

    def command(self) -> list[str]:
        """The lab, with another `sleep`."""
        return [*super().command(), "python", "-c", LAB]

    def more(self) -> list[str]:
        """The copied servers."""
        return ["--server", str(self._programs / "stepped")]

    def environ(self) -> dict[str, str]:
        """The variables of libfaketime."""
        return self._variables


def clock(arena: Arena, random: Random, count: int) -> Trials:
    """A step forward or back at a random moment."""
    assert isinstance(arena, SteppedArena)
    for number in range(count):
        seconds, moment = STEPS[number % len(STEPS)], random.uniform(0, arena.seconds)
        arena.step_to(0)
        lab = arena.start()
        lab.at(moment)
        arena.step_to(seconds)
        yield arena.outcome(lab, f"clock stepped by {seconds} s after {moment:.3f} s")
    arena.step_to(0)
