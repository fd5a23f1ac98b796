"""Makes a class: a folder of submissions, right ones, wrong ones and hostile ones.

By hand: `./lab python harness/tests/grade/class_maker.py FOLDER 30`, then `./lab grade FOLDER/*/`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from itertools import cycle, islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
WRONG = HERE.parent / "wrong_clients"
HOSTILE = ("bomb", "flood", "hog", "killer", "spy")
# Each is what a student hands in who has nearly understood it.
USUAL = (
    "honest", "drops-byte", "honest", "sequential", "holds-reports", "honest", "loses-others", "swallows-reset",
    "no-timeout", "ignores-signals", "honest", "hangs",
)  # fmt: skip
MANIFEST = """schema = 1
name = "get-poetry"
language = "python"
model = "mine"
summary = "Mine."
image = "python"
command = ["python3", "{file}"]
[traits]
connects = "any"
grain = "any"
flush = "any"
delivery = "any"
order = "any"
[unsupported]
reset = "not today"
"""


def submit(folder: Path, file: Path) -> None:
    """A submission of this one file; all manifests have the same name, because all began with the same template."""
    folder.mkdir(parents=True)
    shutil.copy(file, folder / file.name)
    (folder / "get-poetry.client.toml").write_text(MANIFEST.format(file=file.name))
    (folder / "notes.txt").write_text("the answer of another student\n")


def make_class(parent: Path, usual: Iterable[str], hostile: Iterable[str] = HOSTILE) -> None:
    """The folders of the class in `parent`: NUMBER-NAME; two of them have no usable manifest."""
    files = [WRONG / name / "client.py" for name in usual] + [HERE / "hostile" / f"{name}.py" for name in hostile]
    for number, file in enumerate(files, 1):
        submit(parent / f"{number:02}-{file.parent.name if file.stem == 'client' else file.stem}", file)
    (parent / "empty").mkdir()
    submit(parent / "broken", WRONG / "honest" / "client.py")
    (parent / "broken" / "get-poetry.client.toml").write_text("schema = <script>\n")


if __name__ == "__main__":
    count = int(sys.argv[2]) - len(HOSTILE) - 2
    make_class(Path(sys.argv[1]), islice(cycle(USUAL), count))
