"""`./lab check` as a student runs it, and its output, without regard to line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lab_process import QUICK, lab, unstarved


@dataclass(frozen=True)
class Checked:
    """A finished `./lab check`; `sections` by heading (`trio: fail, bytes-differ`), each joined to one line."""

    status: int
    stdout: str
    stderr: str

    @property
    def sections(self) -> dict[str, str]:
        """The explanation of each failure."""
        sections: dict[str, str] = {}
        # A section has a blank line before and after its picture.
        for block in re.split(r"\n\n(?=\S)", self.stdout):
            if block.startswith("== "):
                sections[block.splitlines()[0].removeprefix("== ")] = " ".join(block.split())
        return sections

    @property
    def passed(self) -> list[str]:
        """The names of what passed."""
        return [line.split(":")[0].split(maxsplit=1)[1] for line in self.stdout.splitlines() if line[:3] == "ok "]


def check(out: Path, *arguments: object, cwd: Path, brief: bool = False) -> Checked:
    """Run it quickly in the folder `cwd`, with its run folder in `out`; unless `brief`, every failure is explained."""
    quick = QUICK[2:] if "--pace" in arguments else QUICK
    words = ("check", "--out", out, *(() if brief else ("--all",)), *quick, *arguments)
    ended = unstarved(lambda: lab(*words, cwd=cwd, without="COLUMNS"))
    return Checked(ended.status, ended.stdout, ended.stderr)
