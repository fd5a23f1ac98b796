"""One more column of the grades: whether a submission answers bad arguments with a usage message."""

from __future__ import annotations

from harness.check.command_line import read_trials
from harness.check.endless import Endless
from harness.check.text import Checked
from harness.grade.grading import NOT_GRADED, PASSED, WIDTH, Grade
from harness.grade.submission import FAILED, LAB_ERROR, Submission
from harness.record.run_folder import RunFolder, scenarios_of

COLUMN = "arguments"
RIGHT = "Bad arguments get a usage message.\n"


def grade(folder: RunFolder | None, submission: Submission) -> Grade:
    """What the recorded trials say of it; its trials end with its first wrong answer."""
    if submission.client is None:
        return Grade(COLUMN, submission.outcome, f"{submission.fault}\n", submission.fault)
    name = submission.client.name
    trials = read_trials(folder, name) if folder else []
    if folder is None or not trials:
        cells = [cell for cell in folder.run["cells"] if cell["client"] == name] if folder else []
        if folder and (why := Endless(scenarios_of(folder).values()).hopeless(cells)):
            return Grade(COLUMN, FAILED, f"Bad arguments were not tried: {why.sentence}.\n")
        return Grade(COLUMN, LAB_ERROR, f"{NOT_GRADED}\n", NOT_GRADED)
    fault = next((fault for _, fault in trials if fault), "")
    if not fault:
        return Grade(COLUMN, PASSED, RIGHT)
    clients = [record for record in folder.run["clients"] if record["name"] == name]
    told = Checked({**folder.run, "cells": [], "clients": clients}, folder.path.name, [], trials, (), WIDTH)
    return Grade(COLUMN, FAILED, told.first(), f"{COLUMN}: {fault}")
