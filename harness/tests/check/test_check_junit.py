"""`./lab check --junit`: what only a check has, expected traits and bad arguments, beside the scenarios."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from lab_process import lab
from small_run import small_run

from harness.check.command_line import TRIALS
from harness.check.expect import OPTION
from harness.check.junit import junit_of_check
from harness.record.run_folder import open_run


def test_traits_and_bad_arguments_are_suites_of_their_own(tmp_path: Path) -> None:
    folder = open_run(small_run(tmp_path))
    folder.run["options"][OPTION] = {"flush": "live", "reads": "all-at-once"}
    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(junit_of_check(folder))}
    assert list(suites) == ["reset", "expected", "command line"]
    cases = {case.get("name"): case.find("failure") for case in suites["expected"]}
    assert cases["reads=all-at-once"].get("message") == "no scenario that passed shows it"
    # The trials of this run are those of a client that took the arguments for good ones.
    assert (suites["command line"].get("tests"), suites["command line"].get("failures")) == (str(len(TRIALS)),) * 2
    [no_arguments, *_] = suites["command line"]
    assert no_arguments.get("name") == "no arguments"
    assert "our exit status was" in no_arguments[0].get("message")


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    lab("check", "--junit", tmp_path / "no" / "x.xml", "--", "true").refused(2, "there is no such folder")
    lab("exercise", "whole-poem", "--junit", tmp_path, "--", "true").refused(2, "it is a folder")
