"""The text of a pane, for any size: lanes of marks, and lines of output.  Colour is never the only difference."""

from __future__ import annotations

from rich.cells import set_cell_size
from rich.text import Text

from harness.demo.model import Lane, Line, Mark, Pane, Show, plain

# A shape for each task: full if the client has reported the chunk, hollow if it has not.
SHAPES = ("●○", "■□", "▲△", "◆◇", "★☆", "▼▽", "▶▷", "◀◁", "◉◎")
LEAST_MARKS = 10  # shown in large type, because fewer marks do not show an order
ENDS = {"close": "│", "reset": "✗", "hang-up": "✂"}
STATES = {"reset": "reset", "hang-up": "hung up"}
# Based on the colours of Okabe and Ito, which colour-blind people can tell apart; darker on a light background.
DARK = ("#56b4e9", "#e69f00", "#2fd0a0", "#f0e442", "#e292c0", "#ff8a5c", "#a9a9ff", "#9fdf5f", "#d0d0d0")
LIGHT = ("#005a9c", "#a04000", "#00684f", "#7a6200", "#97316f", "#8c2d04", "#4b3fae", "#3c6e00", "#444444")


def colours(dark: bool) -> tuple[str, ...]:
    """The colour of each task, from the first."""
    return DARK if dark else LIGHT


def keys(words: str) -> Text:
    """The line that names the keys and what they do."""
    text = Text(no_wrap=True)
    for key, does in (pair.rsplit(" ", 1) for pair in words.split("  ")):
        text.append(f"{key} ", style="bold").append(f"{does}  ")
    text.rstrip()
    return text


def head(show: Show, pane: Pane, width: int) -> Text:
    """How the client waits; after its end, how it ended and its time ÷ floor."""
    if pane.ended is None:
        return Text(set_cell_size(pane.client.model, width).rstrip(), style="italic")
    time = show.time(pane)
    words = f"{pane.ended}, conducted" if time is None else f"{pane.ended}, {time:.2f} × floor"
    text = Text("✓ " if pane.good else "✗ ", style="bold")
    return text.append(set_cell_size(words, width - 2).rstrip(), style="bold")


def lanes(pane: Pane, width: int, *, dark: bool, gaps: bool = False, scale: int = 1) -> Text:
    """A lane for each task: its marks in the order of the servers' acts, with the newest on the right, and its bytes.

    A lane has `scale` rows; with a `scale` above 1, a mark has up to 2 × `scale` columns.
    """
    figures = {task: _figure(pane, lane) for task, lane in pane.lanes.items()}
    space = max(map(len, figures.values()), default=0)
    columns = max(1, width - space - 3)
    across = 1 if scale == 1 else max(1, min(2 * scale, columns // LEAST_MARKS))
    marks = list(pane.marks)[-max(1, columns // across) :]
    text = Text(no_wrap=True)
    for task, lane in pane.lanes.items():
        style = colours(dark)[(task - 1) % len(DARK)]
        for row in range(scale):
            text.append(f"{task} " if row == 0 else "  ", style=f"bold {style}")
            for mark in marks:
                text.append(_glyph(pane, lane, mark) * across, style=style)
            text.append(" " * (columns - across * len(marks)))
            text.append(f" {figures[task] if row == 0 else '':>{space}}\n", style=style)
        text.append("\n" if gaps else "")
    text.rstrip()
    return text


def _glyph(pane: Pane, lane: Lane, mark: Mark) -> str:
    if mark.task != lane.task:
        return " "
    full, hollow = tuple(SHAPES[(lane.task - 1) % len(SHAPES)])
    if mark.kind == "send":
        return full if pane.reports and mark.end <= lane.seen else hollow
    return ENDS[mark.kind]


def _figure(pane: Pane, lane: Lane) -> str:
    if lane.failed:
        return "failed"
    if lane.state in STATES:
        return STATES[lane.state]
    if lane.poem == "down":
        return "refused"
    return str(lane.seen if pane.reports else lane.sent)


def output(pane: Pane, width: int, height: int, *, dark: bool) -> Text:
    """The client's last lines in the order of their arrival; lines on standard output have a bar in front."""
    text = Text(no_wrap=True)
    lines = [*pane.lines, *(_unended(stream, rest) for stream, rest in pane.rest.items())]
    for line in lines[-height:] if height > 0 else ():
        style = colours(dark)[(line.task - 1) % len(DARK)] if line.task else ""
        number = f"{line.task}" if line.task else " "
        bar = "┃" if line.stream == "stdout" else " "
        text.append(f"{number}{bar}", style=f"bold {style}")
        text.append(set_cell_size(_short(line.text), max(0, width - 2)).rstrip() + "\n", style=style)
    text.rstrip()
    return text


def _unended(stream: str, rest: bytes) -> Line:
    return Line(stream, plain(rest), None)


def _short(text: str) -> str:
    """A progress line without its task, which is shown in front of it, and without its address."""
    head, found, words = text.partition(": ")
    if found and head.startswith("Task "):
        return words.partition(" of poetry from ")[0]
    return text
