"""The whole site: its pages put together, made by MkDocs, and put where the user wants it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.backend import Say
from harness.errors import UsageError
from harness.paths import ROOT, RUNS
from harness.report import drawn
from harness.report.recorded import RecordedRun
from harness.site import answers, documents, evidence, home, lecture, lessons, mkdocs, player, rooms, runs, source
from harness.site.pages import HERE, Files, Nav

EXAMPLE = ROOT / "docs" / "example-run.zip"
MARK = "made-by-slow-poetry-lab.txt"  # in a folder that may be replaced
START = "index.html"
OWN = ("claims.md", "failures.md")  # documents with a place of their own in the list of pages


def site(paths: Sequence[Path], out: Path, *, install: bool, say: Say) -> Path:
    """Make the site of these runs, or of the example and those in `runs/`, in the folder `out`; returns its first page.

    A site that was made there before is replaced.  UsageError if a run cannot be read, or if `out` holds anything else.
    """
    _check_place(out)
    recorded = runs.read(paths or _known_runs(), say)
    mkdocs.install_mkdocs(install, say)
    player.install_player(install, say)
    files, nav = pages(recorded, say)
    say(f"the site: {sum(name.endswith('.md') for name in files)} pages")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.absolute().parent) as name:
            made = Path(name) / "site"
            mkdocs.build(files, nav, made)
            (made / MARK).write_text("This folder is a site made by ./lab site; the next one may replace it.\n")
            if out.exists():
                shutil.rmtree(out)
            made.rename(out)
    except OSError as error:
        raise UsageError(f"cannot make the site in {out}: {error.strerror}; choose another --out") from None
    return out / START


def _check_place(out: Path) -> None:
    if not out.absolute().parent.is_dir():
        raise UsageError(f"cannot make the site in {out}: there is no folder {out.absolute().parent}")
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / MARK).is_file())):
        raise UsageError(f"{out}: there is something else than a site in it; name a new folder with --out")


def _known_runs() -> list[Path]:
    made = sorted(RUNS.iterdir()) if RUNS.is_dir() else []
    return [EXAMPLE, *(path for path in made if (path / "run.json").exists() or path.suffix == ".zip")]


def pages(recorded: Sequence[RecordedRun], say: Say) -> tuple[Files, Nav]:
    """All pages and files of the site, and the list of its pages; `recorded` has the newest run first."""
    claims, needed = evidence.linked((documents.DOCS / "claims.md").read_text("utf-8"), recorded)
    docs, linked = documents.documents({"claims.md": lambda _: documents.wide(claims), "failures.md": documents.matrix})
    lesson_pages, lesson_nav, lesson_code = lessons.lessons()
    room_pages, room_nav, room_code = rooms.rooms()
    files: Files = {
        documents.HOME: home.home(recorded),
        lecture.PLACE: lecture.lecture(plays=player.find_player() is not None),
        **docs,
        **lesson_pages,
        **room_pages,
        **source.sources(needed | linked | lesson_code | room_code),
        **runs.runs(recorded, say),
        **answers.answers(recorded),
        **player.player(),
        **{f"assets/{path.name}": path.read_bytes() for path in (HERE / "assets").iterdir()},
        "assets/matrix.css": (drawn.HERE / "matrix.css").read_bytes(),
    }
    nav: Nav = [
        {"Home": documents.HOME},
        {"Code side by side": room_nav},
        {"Lecture": lecture.PLACE},
        {"Lessons": lesson_nav},
        {"Failures": "docs/failures.md"},
        {"Claims": evidence.PAGE},
        {"Runs": runs.INDEX},
        {"Documents": documents.nav(without=OWN)},
    ]
    return files, nav
