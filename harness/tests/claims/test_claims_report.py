"""`./lab claims` on the real machine, its answers in each format, and its messages for bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lab_process import Ended, lab

from harness.claims import ANSWERS, FAILS, HOLDS, LIMITED, UNSEEN, comparing, gather, lessons, services
from harness.claims.text import MARKS, markdown, text
from harness.paths import ROOT

SECONDS = 400  # on an idle machine it takes 60

# These claims depend on times, so on a busy machine they may fail.
TIMED = {"data-as-it-comes", "little-bits", "switches-back-and-forth", "together-not-in-turn", "first-when-finished",
         "prints-at-the-end", "lazy-streams", "lazy-accumulates", "servers-send-at-once", "finish-counted",
         "blocking-only-itself", "proxy-cache"}  # fmt: skip


def made(answer: str, **changes: Any) -> dict[str, Any]:
    """An answer as it is recorded."""
    one = {
        "id": "any-claim",
        "part": 20,
        "claim": "it is so",
        "answer": answer,
        "figures": "7 of 9",
        "evidence": ["a/b"],
    }
    return {**one, **changes}


@pytest.fixture(scope="module")
def claims_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """`./lab claims` and its run's folder; with a large budget for late servers, which these tests do not examine."""
    out = tmp_path_factory.mktemp("claims")
    options = ("--backend", "local", "--late-budget", "1000", "--no-install", "--out", out)
    ended = lab("claims", "--json", *options, seconds=SECONDS)
    assert ended.stdout, ended
    [folder] = out.iterdir()
    return ended, folder


def test_every_claim_is_answered_from_what_was_recorded(claims_run: tuple[Ended, Path]) -> None:
    ended, folder = claims_run
    answers = json.loads(ended.stdout)
    assert [one["id"] for one in answers] == [claim.id for claim in gather.ALL]
    by_answer = {answer: {one["id"] for one in answers if one["answer"] == answer} for answer in ANSWERS}
    assert by_answer[FAILS] | by_answer[UNSEEN] <= TIMED, answers
    assert len(by_answer[HOLDS] | by_answer[LIMITED]) > 20
    assert ended.status == (1 if by_answer[UNSEEN] else 0), ended.stderr
    for one in answers:
        assert one["evidence"], one
        assert all((folder / path).exists() for path in one["evidence"]), one
    assert json.loads((folder / gather.RECORD).read_text("utf-8")) == answers


def test_a_replay_gives_the_same_answers_and_writes_nothing(claims_run: tuple[Ended, Path]) -> None:
    ended, folder = claims_run
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    again = lab("claims", "--json", "--replay", folder)
    assert (again.status, json.loads(again.stdout)) == (ended.status, json.loads(ended.stdout)), again.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_run_of_another_task_is_refused() -> None:
    example = ROOT / "docs" / "example-run.zip"
    lab("claims", "--replay", example).refused(2, f"{example}: this is no run of ./lab claims")


def test_selected_claims_are_answered_in_the_order_of_the_parts(claims_run: tuple[Ended, Path]) -> None:
    _, folder = claims_run
    some = lab("claims", "--claims", "line-by-line,trial-waits", "--replay", folder)
    lines = some.stdout.splitlines()
    assert some.status == 0, some
    assert [line for line in lines if line.startswith("Part")] == ["Part 15", "Part 21"]
    assert lines[-1] == f"The evidence is in {folder}"


def test_without_services_their_claims_cannot_be_observed(claims_run: tuple[Ended, Path], tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(claims_run[1], copy, ignore=shutil.ignore_patterns("services", "cells"))
    run = json.loads((copy / "run.json").read_text("utf-8"))
    (copy / "run.json").write_text(json.dumps({**run, "cells": []}), "utf-8")
    ended = lab("claims", "--json", "--replay", copy)
    unseen = {one["id"] for one in json.loads(ended.stdout) if one["answer"] == UNSEEN}
    assert ended.status == 1
    assert unseen == {claim.id for claim in (*services.CLAIMS, *comparing.CLAIMS)}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--claims", "trial-wait"], 2, ["unknown claim 'trial-wait'", "did you mean trial-waits"]),
        (["--claims", "zzz"], 2, ["unknown claim 'zzz'", "there are: trial-waits"]),
        (["--claims", ","], 3, ["no claim selected"]),
        (["--rounds", "0"], 2, ["--rounds 0", "from 1 to"]),
        (["--backend", "podman"], 2, ["unknown backend 'podman'"]),
        (["--late-budget", "0"], 2, ["--late-budget 0", "above 0"]),
        (["--replay", "/nowhere"], 2, ["/nowhere", "no such run folder"]),
    ],
    ids=lambda value: "=".join(value) if isinstance(value, list) and value[0].startswith("--") else "",
)
def test_a_bad_value_is_named(arguments: list[str], status: int, words: list[str], tmp_path: Path) -> None:
    lab("claims", "--out", tmp_path, *arguments).refused(status, *words)
    assert not list(tmp_path.iterdir())


def test_every_claim_is_in_a_module_whose_tests_require_a_counterexample() -> None:
    known = [claim.id for module in (comparing, lessons, services) for claim in module.CLAIMS]
    assert sorted(claim.id for claim in gather.ALL) == sorted(known)
    assert len(set(known)) == len(known)


def test_each_answer_has_its_mark_and_is_counted() -> None:
    shown = text([made(HOLDS), made(HOLDS), made(LIMITED), made(FAILS), made(UNSEEN, evidence=[])])
    assert MARKS.keys() == set(ANSWERS)
    assert shown.splitlines()[:4] == ["Part 20", " + any-claim: it is so", "     7 of 9", "     [a/b]"]
    assert " ~ any-claim: it is so\n     holds within limits: 7 of 9\n" in shown
    assert " - any-claim: it is so\n     does not hold: 7 of 9\n" in shown
    assert " ? any-claim: it is so\n     cannot be observed: 7 of 9\n\n" in shown
    assert " ".join(shown.split()).endswith(
        "5 claims: holds (+) 2, holds within limits (~) 1, does not hold (-) 1, cannot be observed (?) 1."
    )


@pytest.mark.parametrize("width", [1, 60, 80, 120, 1000])
def test_lines_fit_the_width_and_paths_are_not_broken(width: int) -> None:
    path = "cells/twisted/trio/python-twisted-deferredlist/1"
    shown = text([made(FAILS, figures="many words " * 30, evidence=[path, path])], width)
    assert max(map(len, shown.splitlines())) <= min(max(width, 60), 100)
    assert f"[{path} and 1 more]" in " ".join(shown.split())


def test_recorded_text_cannot_act_on_a_terminal_or_break_a_table() -> None:
    wild = made(HOLDS, figures="a | b\x1b[2J\nc")
    assert "\x1b" not in text([wild])
    [row] = [line for line in markdown([wild]).splitlines() if "any-claim" in line]
    assert r"a \| b\x1b[2J\nc" in row


def test_markdown_has_a_row_for_each_claim() -> None:
    rows = markdown([made(HOLDS), made(UNSEEN, evidence=[]), made(LIMITED, evidence=["a/b", "c/d"])]).splitlines()
    assert rows[2] == "| 20 | `any-claim`: it is so | holds | 7 of 9 | `a/b` |"
    assert rows[3].endswith("| cannot be observed | 7 of 9 | - |")
    assert rows[4].endswith("| `a/b`<br>`c/d` |")
