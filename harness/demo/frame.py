"""What a room sees on its own screens: the same panes as in the terminal, as data that a page can draw."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.demo import drawing
from harness.demo.performance import Performance

COLUMNS = 44  # of a pane; a phone shows so many
HEAD = 200  # columns of how a client waits; the page cuts it
LINES = 6  # of a client's output

Part = tuple[str, str]  # a text, and the classes of its style


def frame(performance: Performance, title: str, question: int, *, dark: bool) -> dict[str, Any]:
    """The frame; `question` is the number of the question that is open, if one is."""
    show, game = performance.show, performance.game
    asked = game.question if game and not show.over else None
    last = game.last if game else None
    return {
        "dark": dark,
        "colours": drawing.colours(dark),
        "title": title,
        "text": performance.scene.text,
        "status": "" if asked else performance.status()[0],
        "question": asked and {"number": question, "words": asked.words, "answers": list(asked.answers)},
        "last": last
        and {
            "words": last.question.words,
            "truth": last.truth,
            "votes": [[answer, last.votes.get(answer, 0)] for answer in last.question.answers],
        },
        "panes": [
            {
                "name": pane.client.name,
                "ended": pane.ended is not None,
                "head": parts(drawing.head(show, pane, HEAD), dark),
                "lanes": parts(drawing.lanes(show, pane, COLUMNS, dark=dark), dark),
                "output": parts(drawing.output(pane, COLUMNS, LINES, dark=dark), dark),
            }
            for pane in show.panes
        ],
    }


def parts(text: Text, dark: bool) -> list[Part]:
    """A text in parts of one style each; the styles do not overlap."""
    found: list[Part] = []
    at = 0
    for span in text.spans:
        _add(found, text.plain[at : span.start], str(text.style), dark)
        _add(found, text.plain[span.start : span.end], str(span.style), dark)
        at = span.end
    _add(found, text.plain[at:], str(text.style), dark)
    return found


def _add(found: list[Part], words: str, style: str, dark: bool) -> None:
    if not words:
        return
    colours = drawing.colours(dark)
    classes = " ".join(f"t{colours.index(word) + 1}" if word in colours else word for word in style.split())
    if found and found[-1][1] == classes:
        found[-1] = (found[-1][0] + words, classes)
    else:
        found.append((words, classes))
