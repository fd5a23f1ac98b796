"""An exercise as text: the list of all, one of them, and how far a client has come."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from harness.exercise.exercise import Exercise, Goal
from harness.printable import counted, printable_lines

MOST = 100  # columns


def index(exercises: Iterable[Exercise]) -> str:
    """One line for each exercise, and how to go on."""
    exercises = list(exercises)
    width = max(len(each.name) for each in exercises)
    lines = [f"  {each.name.ljust(width)}  {each.title} (part {each.part})" for each in exercises]
    return "\n".join(["exercises", *lines, "", "./lab exercise NAME shows one.", ""])


def page(exercise: Exercise, width: int) -> str:
    """The task, where it is tried, and the command that tries it."""
    width = min(width, MOST)
    traits = ", ".join(f"{name}={value}" for name, value in exercise.expect.items())
    parts = [
        f"{exercise.title} (part {exercise.part})",
        *(textwrap.fill(paragraph, width) for paragraph in exercise.text),
        textwrap.fill(
            f"Tried in: {', '.join(exercise.scenarios)}" + (f"; expected: {traits}" if traits else ""), width
        ),
        f"To try it: ./lab exercise {exercise.name} -- ./my-{exercise.program}",
    ]
    return "\n\n".join(parts) + "\n"


def progress(exercise: Exercise, goals: Sequence[Goal], width: int) -> str:
    """What is achieved, and the hint for the first thing that is not."""
    told = [f"{'done' if goal.reached else 'not yet':8}{goal.what}: {goal.seen}" for goal in goals]
    lines = [line for one in told for line in textwrap.wrap(one, min(width, MOST), subsequent_indent=" " * 8)]
    reached = sum(goal.reached for goal in goals)
    if reached == len(goals):
        lines += ["", f"The exercise {exercise.name} is solved."]
    else:
        lines += ["", f"{exercise.name}: {reached} of {counted(len(goals), 'goal')} achieved."]
        hint = next((goal.hint for goal in goals if goal.hint), "")
        if hint:
            lines += textwrap.wrap(f"Hint: {hint}", min(width, MOST))
    return printable_lines("\n".join(lines)) + "\n"
