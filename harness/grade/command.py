"""`./lab grade`: from folders to grades.  What is graded is written down whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.backend import Say
from harness.backend.choice import available
from harness.compare.options import Options
from harness.compare.progress import Watch
from harness.errors import UsageError
from harness.exercise.exercise import CLIENT, Exercise, discover
from harness.grade import arguments
from harness.grade.grading import Row, play, rows
from harness.grade.report import inert, names_in, write
from harness.grade.submission import LAB_ERROR, Submission, submissions
from harness.record import run_folder
from harness.record.run_folder import RunFolder
from harness.selection import select
from harness.spec import scenario_file

OUT = Path("grades")
NOT_CONTAINED = (
    "nothing is contained: without containers every submission runs as you, with your files and your network; "
    "grade only what you have read"
)


class Grading:
    """The grading of some folders, ready to begin; UsageError names what is wrong with the options."""

    def __init__(
        self, options: Options, folders: Sequence[str], command: Sequence[str], image: str, names: str
    ) -> None:
        options.check()
        where = available(options.backend)[0]
        self.contained = where == "docker"
        if command and self.contained and not image:
            raise UsageError("grade -- COMMAND: name the container's image with --image NAME")
        if image and not (command and self.contained):
            raise UsageError("--image: use it with -- COMMAND and with containers; a manifest names its own image")
        known = discover()
        self.exercises: list[Exercise] = select("exercise", names, known) if names else list(light(known.values()))
        for one in self.exercises:
            if one.program != CLIENT:
                raise UsageError(
                    f"--exercise {one.name}: grade tries clients only; try it with ./lab exercise {one.name}"
                )
        self.handed_in: list[Submission] = submissions(folders, command, image, contained=self.contained)
        self.out = run_folder.make_parent(options.out or OUT)
        if lost := names_in(self.out) - {inert(one.name) for one in self.handed_in}:
            raise UsageError(
                f"{self.out} has the grades of others, such as {min(lost)}, which would be lost; choose another --out"
            )
        self._options = options
        self._folder: RunFolder | None = None

    def grade(self, say: Say, watch: Watch) -> list[Row]:
        """Grade all, and write the files; they are written also if an error or a signal comes before the end."""
        if not self.contained:
            say(NOT_CONTAINED)
        try:
            play(self._options, self.handed_in, self.exercises, say, watch, self._begun)
        except BaseException:
            if self._folder:
                self._write("The lab was stopped: what was not graded by then is a lab-error.")
                say(f"what was graded by then is in {self.out}")
            raise
        return self._write()

    def _begun(self, folder: RunFolder) -> None:
        self._folder = folder

    def _write(self, *notes: str) -> list[Row]:
        tried = rows(self._folder, self.handed_in, self.exercises)
        found = [
            replace(row, grades=[*row.grades, arguments.grade(self._folder, one)])
            for row, one in zip(tried, self.handed_in, strict=True)
        ]
        notes = (*notes, *([] if self.contained else [f"{NOT_CONTAINED[:1].upper()}{NOT_CONTAINED[1:]}."]))
        about: dict[str, Any] = {"notes": notes, "run": self._folder.path.name if self._folder else ""}
        write(self.out, found, self.exercises, about)
        return found


def light(exercises: Iterable[Exercise]) -> Iterator[Exercise]:
    """Those whose program is a client, and that many submissions can do at the same time."""
    heavy = {name for name, scenario in scenario_file.discover().items() if scenario.heavy}
    return (one for one in exercises if one.program == CLIENT and not heavy & {*one.scenarios})


def exit_status(found: Sequence[Row]) -> int:
    """0: all are graded, whatever their grades; 4: the lab could not grade some."""
    return 4 if any(grade.outcome == LAB_ERROR for row in found for grade in row.grades) else 0
