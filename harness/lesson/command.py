"""Showing lessons: their code in each language, and the output of running them now."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from harness.backend import Backend, Ready, Say, ownership
from harness.backend.choice import choose
from harness.errors import UsageError
from harness.lesson.lesson import Lesson, Variant, as_text, faults, program, run
from harness.lesson.page import Pane, page
from harness.paths import ROOT
from harness.selection import select


def show_lessons(
    lessons: Sequence[Lesson], languages: str, backend: str, *, install: bool, width: int | None, say: Say
) -> int:
    """Run the lessons and print their pages; return 1 if a lesson was not run or its output differs, else 0."""
    chosen_lessons = [(lesson, _chosen(lesson, languages)) for lesson in lessons]
    needed = dict.fromkeys(variant.language for _, variants in chosen_lessons for variant in variants)
    sound = True
    with choose(backend, ownership.this_owner(), install=install, say=say) as chosen:
        ready = chosen.prepare([program(language) for language in needed], say)
        for lesson, variants in chosen_lessons:
            panes = [_pane(chosen, ready, variant) for variant in variants]
            sys.stdout.write(page(lesson, panes, width))
            sys.stdout.flush()
            sound = sound and not any(pane.faults for pane in panes)
    return 0 if sound else 1


def _chosen(lesson: Lesson, languages: str) -> list[Variant]:
    known = {variant.language: variant for variant in lesson.variants}
    if not languages:
        return list(known.values())
    try:
        return select("language", languages, known)
    except UsageError as error:
        raise UsageError(f"lesson {lesson.name}: {error}") from None


def _pane(backend: Backend, ready: Ready, variant: Variant) -> Pane:
    language = variant.language
    place, code = str(variant.code.relative_to(ROOT)), variant.code.read_text("utf-8")
    unready = ready.unready.get(program(language).name)
    if unready:
        recorded = as_text(variant.recorded.read_bytes()) if variant.recorded.is_file() else ""
        return Pane(place, code, f"output of {language}, as recorded", recorded, [f"not run here: {unready.sentence}"])
    outcome = run(backend, variant)
    runtime = f"{language} {ready.versions.get(language, '')}".rstrip()
    return Pane(place, code, f"output of {runtime}", as_text(outcome.stdout), faults(variant, outcome))
