"""The text of a pane, for any size: lanes of marks, and lines of output.  Colour is never the only difference."""

from __future__ import annotations

from rich.cells import set_cell_size
from rich.text import Text

from harness.demo.model import Lane, Line, Mark, Pane, Show, plain
from harness.demo.performance import Performance
from harness.demo.predict import Asked

# A shape for each task: full if the client has reported the chunk, hollow if it has not.
SHAPES = ("●○", "■□", "▲△", "◆◇", "★☆", "▼▽", "▶▷", "◀◁", "◉◎")
LEAST_MARKS = 10  # shown in large type, because fewer marks do not show an order
LEAST_MARKS_OF_ALL = 30  # the same at the end, when all chunks are shown
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
    text = Text()
    for key, does in (pair.rsplit(" ", 1) for pair in words.split("  ")):
        text.append(f"{key} ", style="bold").append(f"{does}  ")
    text.rstrip()
    return text


def heading(performance: Performance, title: str, watch: str, width: int) -> Text | None:
    """The title and the text of a scene, where the room can watch, and what it answered; None if there is nothing."""
    lines = [Text.assemble((title, "bold"))] if title else []
    if watch:
        if lines and len(title) + len(watch) + 2 <= width:
            lines[0].append(f"{watch:>{width - len(title)}}")
        else:
            lines.append(Text(watch))
    game = performance.game
    if game and game.last and sum(game.last.votes.values()) > 1:
        lines.append(spread(game.last, width))
    elif performance.scene.text:
        lines.append(Text(performance.scene.text))
    return Text("\n").join(lines) if lines else None


def spread(asked: Asked, width: int) -> Text:
    """How many of the room chose each answer, as bars, and which answer is right."""
    most = max(asked.votes.values(), default=0) or 1
    room = max(1, width // len(asked.question.answers) - 9)
    text = Text(no_wrap=True)
    for answer in asked.question.answers:
        count = asked.votes.get(answer, 0)
        right = answer == asked.truth
        style = "bold" if right else ""
        text.append(f"{answer} {'▇' * round(count / most * room)} {count}{' ✓' if right else ''}   ", style=style)
    text.rstrip()
    return text


def head(show: Show, pane: Pane, width: int) -> Text:
    """How the client waits; after its end, how it ended and its time ÷ floor."""
    if pane.ended is None:
        text = Text(pane.client.model, style="italic")
    else:
        time = show.time(pane)
        words = f"{pane.ended}, conducted" if time is None else f"{pane.ended}, {time:.2f} × floor"
        text = Text(f"{'✓' if pane.good else '✗'} {words}", style="bold")
    text.truncate(width, overflow="ellipsis")
    return text


def lanes(show: Show, pane: Pane, width: int, *, dark: bool, gaps: bool = False, scale: int = 1) -> Text:
    """A lane for each task: its marks and its bytes.

    While the clients run, the marks are in the order of the servers' acts, with the newest on the right.  At the end
    all marks are there, on one time axis for all clients; a rule below the lanes shows it.
    A lane has `scale` rows; with a `scale` above 1, a mark has up to 2 × `scale` columns.
    """
    figures = {task: _figure(pane, lane) for task, lane in pane.lanes.items()}
    start, end = show.axis if show.over else (0.0, 0.0)
    whole = end > start
    length = f"{end - start:.1f} s" if whole else ""
    space = max(map(len, [*figures.values(), length]))
    columns = max(1, width - space - 3)
    least = LEAST_MARKS_OF_ALL if whole else LEAST_MARKS
    across = 1 if scale == 1 else max(1, min(2 * scale, columns // least))
    slots = max(1, columns // across)

    def slot(at: float) -> int:
        return round((at - start) / (end - start) * max(0, slots - 2))  # a slot is left for the last close

    text = Text(no_wrap=True)
    for task, lane in pane.lanes.items():
        style = colours(dark)[(task - 1) % len(DARK)]
        if whole:
            shown = _placed(pane, lane, [(slot(show.place(mark)), mark) for mark in pane.marks], slots)
        else:
            shown = "".join(_glyph(pane, lane, mark) for mark in pane.marks[-slots:])
        for row in range(scale):
            text.append(f"{task} " if row == 0 else "  ", style=f"bold {style}")
            text.append("".join(glyph * across for glyph in shown).ljust(columns), style=style)
            text.append(f" {figures[task] if row == 0 else '':>{space}}\n", style=style)
        text.append("\n" if gaps else "")
    if whole:
        ended = show.end(pane)
        rule = "" if ended is None else "─" * (across * slot(ended)) + "┤"
        text.append(f"  {rule:{columns}.{columns}} {length:>{space}}\n", style="dim")
    text.rstrip()
    return text


def _placed(pane: Pane, lane: Lane, marks: list[tuple[int, Mark]], slots: int) -> str:
    """The marks of a lane in their slots; of several in one slot the last is shown, but no close hides a chunk."""
    shown = [" "] * slots
    for at, mark in marks:
        if mark.task == lane.task:
            place = at if mark.kind != "close" or shown[at] == " " else min(at + 1, slots - 1)
            if mark.kind != "close" or shown[place] == " ":
                shown[place] = _glyph(pane, lane, mark)
    return "".join(shown)


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
