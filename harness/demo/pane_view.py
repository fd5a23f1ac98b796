"""The pane of one client: how it waits, its lanes, and its output or, in large type, a number."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Digits, Static

from harness.demo import drawing
from harness.demo.model import Pane, Show
from harness.demo.words import Words

LARGEST = 3  # rows of a lane in large type
FIGURE = 3  # rows of the number in large type
TALL = 24  # a pane with this many rows has empty rows between its lanes


class PaneView(Static):
    """The pane of one client."""

    DEFAULT_CSS = """
    PaneView { border: round $primary; padding: 0; height: 100%; layout: vertical; }
    PaneView.ended { border: double $success; }
    PaneView Static, PaneView Digits { width: 100%; height: auto; }
    PaneView .output { height: 1fr; }
    PaneView .figure { display: none; text-style: bold; }
    PaneView.large .figure { display: block; }
    PaneView.large .output { display: none; }
    """

    def __init__(self, show: Show, pane: Pane) -> None:
        super().__init__()
        self._show = show
        self.pane = pane
        self.border_title = pane.client.name

    def compose(self) -> ComposeResult:
        yield Words(classes="head")
        yield Digits(classes="figure")
        yield Words(classes="lanes")
        yield Words(classes="output")

    def draw(self, dark: bool, large: bool) -> bool:
        """Show the pane as it is now; False if it has no size yet."""
        width, height = self.content_size
        if width < 8:
            return False
        # A pane that is too small for large type keeps normal type, so that every lane is visible.
        large = large and height >= 1 + FIGURE + 2 * len(self.pane.lanes)
        self.set_class(large, "large")
        self.query_one(".head", Words).tell(drawing.head(self._show, self.pane, width))
        gaps = large or height >= TALL
        # In large type the lanes take the rows that the head, the number and the gaps leave.
        scale = max(1, min(LARGEST, (height - 1 - FIGURE) // len(self.pane.lanes) - 1)) if large else 1
        lanes = drawing.lanes(self._show, self.pane, width, dark=dark, gaps=gaps, scale=scale)
        self.query_one(".lanes", Words).tell(lanes)
        if large:
            time = self._show.time(self.pane)
            self.query_one(Digits).update(str(self.pane.seen) if time is None else f"{time:.2f}")
        else:
            left = height - 1 - len(self.pane.lanes) * (2 if gaps else 1) - self._show.over
            self.query_one(".output", Words).tell(drawing.output(self.pane, width, left, dark=dark))
        self.set_class(self.pane.ended is not None, "ended")
        return True
