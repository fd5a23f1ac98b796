"""A page for each lesson: its code in all its languages side by side, each with the output that is recorded for it."""

from __future__ import annotations

import itertools
from pathlib import Path

from markupsafe import Markup

from harness.lesson.lesson import Lesson, Variant, as_text, discover
from harness.paths import ROOT
from harness.site import source
from harness.site.pages import Files, Nav, abreast, link, page, rendered

INDEX = "lessons/index.md"
NOTE = (
    "With each program is its recorded output. The tests run every program and compare its output with this record, "
    "byte for byte. To run it yourself: `./lab lesson {name}`."
)


def place(name: str) -> str:
    """The page of a lesson."""
    return f"lessons/{name}.md"


def lessons() -> tuple[Files, Nav, set[Path]]:
    """The pages, their places in the list of pages, and the files that they link to."""
    known = discover()
    files: Files = {place(name): _lesson(lesson) for name, lesson in known.items()}
    files[INDEX] = page("Lessons", "Small programs with one idea each, by the part of the seed.", _index(known))
    parts = itertools.groupby(known.values(), key=lambda lesson: lesson.part)
    nav: Nav = [{f"Part {part}": [{one.title: place(one.name)} for one in group]} for part, group in parts]
    return files, [{"All lessons": INDEX}, *nav], {one.code for each in known.values() for one in each.variants}


def _lesson(lesson: Lesson) -> str:
    columns = [
        (
            f"{variant.language}: {variant.code.name}",
            link(source.place(variant.code), place(lesson.name)),
            [source.beside(variant.code), _output(variant)],
        )
        for variant in lesson.variants
    ]
    said = f"Part {lesson.part} of the seed. {NOTE.format(name=lesson.name)}"
    return page(lesson.title, said, abreast(columns), wide=True)


def _output(variant: Variant) -> Markup:
    there = variant.recorded.is_file()
    text = as_text(variant.recorded.read_bytes()) if there else ""
    return Markup(rendered("output.html.j2", place=variant.recorded.relative_to(ROOT).name if there else "", text=text))


def _index(known: dict[str, Lesson]) -> str:
    rows = [
        {
            "part": lesson.part,
            "title": lesson.title,
            "address": link(place(name), INDEX),
            "languages": ", ".join(variant.language for variant in lesson.variants),
        }
        for name, lesson in known.items()
    ]
    return rendered("lessons.html.j2", rows=rows)
