"""How far a run is, as told after every cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A cell is done: a `line` about it, and whether it came out as declared.

    `left_s`: the least time in seconds that the other cells still take.
    """

    line: str
    expected: bool
    done: int
    cells: int
    running: int
    unexpected: int
    left_s: float

    def __str__(self) -> str:
        return (
            f"{self.done} of {self.cells} cells done, {self.running} running, {self.unexpected} not as expected, "
            f"about {self.left_s:.0f} s left"
        )


Watch = Callable[[Progress], None]
