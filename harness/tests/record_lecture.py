"""Record the lecture that comes with the lab as a cast, played to its end by the keys that a lecturer presses.

    PYTHONPATH=.:python .venv/bin/python harness/tests/record_lecture.py docs/lecture.cast.gz

It takes about five minutes, most of which are the pauses in which a room reads and looks.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path

from demo_terminal import Terminal, on_terminal

from harness.demo.lecture import DEFAULT, path_of, read
from harness.demo.scene import PREDICT

PAGE_DOWN = "\x1b[6~"
READ, LOOK, ANSWERED = 5.0, 4.0, 1.5  # seconds: for a scene's text, for its end, after an answer
ANSWERS = "12331"  # some right, some wrong; then the room has seen how it goes, and the rest plays


def main(out: Path) -> None:
    """Play the lecture, and write its cast."""
    with tempfile.TemporaryDirectory() as folder:
        cast = Path(folder) / "lecture.cast"
        with on_terminal("demo", "--scenes", "--cast", cast) as terminal:
            for number, scene in enumerate(read(path_of(DEFAULT)), 1):
                start = len(terminal.output)
                if number > 1:
                    terminal.press(PAGE_DOWN)
                terminal.until("Press space to start", start)
                terminal.rest(READ)
                _play(terminal, predict=scene.mode == PREDICT)
                print(f"{number} {scene.title}", flush=True)
                terminal.rest(LOOK)
            terminal.press("q")
            if status := terminal.ended():
                sys.exit(f"the demo ended with {status}")
        out.write_bytes(gzip.compress(cast.read_bytes(), mtime=0))


def _play(terminal: Terminal, *, predict: bool) -> None:
    start = len(terminal.output)
    terminal.press(" ")
    if predict:
        for answer in ANSWERS:
            terminal.until("Press 1 to 3.", start)
            terminal.rest(ANSWERED)
            start = len(terminal.output)
            terminal.press(answer)
        terminal.rest(ANSWERED)
        terminal.press(" ")
    terminal.until("ended. Left to right", start)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
