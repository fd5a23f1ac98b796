"""The grades as files: `grades.csv`, a row for each submission, and `grades.html`, one page for all."""

from __future__ import annotations

import csv
import io
import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from harness.errors import LabError
from harness.exercise.exercise import Exercise
from harness.grade.grading import Row
from harness.printable import counted, printable, printable_lines

CSV, PAGE = "grades.csv", "grades.html"
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute, and a formula can send data away


def write(out: Path, rows: Sequence[Row], exercises: Sequence[Exercise], about: Mapping[str, Any]) -> list[Path]:
    """Write both files, each whole or not at all; LabError if that is not possible.

    `about` is for the first lines of the page: `notes`, sentences, and `run`, the name of the run's folder in `out`.
    """
    # The mark at the start (-sig) tells spreadsheets that the text is UTF-8.
    files = {
        CSV: sheet(rows).encode("utf-8-sig", "backslashreplace"),
        PAGE: page(rows, exercises, about).encode("utf-8", "backslashreplace"),
    }
    for name, data in files.items():
        try:
            (out / f".{name}.new").write_bytes(data)
            os.replace(out / f".{name}.new", out / name)
        except OSError as error:
            raise LabError(f"cannot write {out / name}: {error.strerror}") from None
    return [out / name for name in files]


def sheet(rows: Sequence[Row]) -> str:
    """The CSV: name, points, the outcome in each exercise, and the first thing to mend."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["name", "points", *(grade.exercise for grade in rows[0].grades), "mend"])
    for row in rows:
        outcomes = [grade.outcome for grade in row.grades]
        lines.writerow([inert(row.name), row.points, *outcomes, inert(row.mend)])
    return text.getvalue()


def names_in(out: Path) -> set[str]:
    """The names in the CSV that is in this folder, as they are written there; none if there is no CSV."""
    try:
        with (out / CSV).open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return {row[0] for row in itertools.islice(csv.reader(file), 1, None) if row}
    except (OSError, csv.Error):
        return set()


def inert(text: str) -> str:
    """The text as it stands in the CSV, where no spreadsheet computes it."""
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def page(rows: Sequence[Row], exercises: Sequence[Exercise], about: Mapping[str, Any]) -> str:
    """The page; Jinja escapes everything that a submission has said, and the page has no script."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=lambda value: printable_lines(value) if isinstance(value, str) else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("grades.html.j2")
    return template.render(rows=rows, exercises=exercises, counted=counted, **about)


def summary(rows: Sequence[Row], width: int) -> str:
    """A line for each submission, at most `width` columns: its points, and the first thing to mend."""
    name = min(max(len(row.name) for row in rows), width // 3)
    lines = [_line(row, name) for row in rows]
    return "".join(f"{line if len(line) <= width else f'{line[: width - 3].rstrip()}...'}\n" for line in lines)


def _line(row: Row, name: int) -> str:
    points = f"{row.points} of {len(row.grades)}"
    shown = row.name if len(row.name) <= name else f"{row.name[: name - 3]}..."
    return printable(f"{shown:<{name}}  {points:>8}  {row.mend}".rstrip())
