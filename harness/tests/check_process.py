"""`./lab check` as a student runs it, and what it said, apart from where its lines end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab_process import QUICK, lab


@dataclass(frozen=True)
class Checked:
    """A finished `./lab check`; `sections` by heading (`trio: fail, bytes-differ`), all on one line each."""

    status: int
    stdout: str
    stderr: str

    @property
    def sections(self) -> dict[str, str]:
        """What was told of each failure."""
        blocks = [block for block in self.stdout.split("\n\n") if block.startswith("== ")]
        return {block.splitlines()[0].removeprefix("== "): " ".join(block.split()) for block in blocks}

    @property
    def passed(self) -> list[str]:
        """The names of what passed."""
        return [line.split(":")[0].split(maxsplit=1)[1] for line in self.stdout.splitlines() if line[:3] == "ok "]


def check(out: Path, *arguments: object, cwd: Path) -> Checked:
    """Run it quickly, its run folder in `out`, where the student stands in `cwd`."""
    quick = QUICK[2:] if "--pace" in arguments else QUICK
    ended = lab("check", "--out", out, *quick, *arguments, cwd=cwd, without="COLUMNS")
    return Checked(ended.status, ended.stdout, ended.stderr)
