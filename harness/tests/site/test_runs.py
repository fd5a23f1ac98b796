"""The runs of the site: which can be read, their order, and what is said of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile import EVIL, assert_harmless
from small_run import EXAMPLE_ID, example_run, small_run

from harness.errors import UsageError
from harness.report.drawn import rows, scenarios, sections
from harness.report.recorded import RecordedRun, read_recorded
from harness.site import runs
from harness.site.answers import answers
from harness.site.build import site
from harness.site.film import film, of_each_character


def said(line: str) -> None:
    """Nothing is printed."""


def spoilt(run: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads((run / "run.json").read_text("utf-8"))
    change(record)
    (run / "run.json").write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: spoilt(run, lambda record: record.update(schema=99)), "schema"),
        (lambda run: spoilt(run, lambda record: record.pop("cells")), "cells"),
        (lambda run: (run / "run.json").write_text("{"), "JSON"),
        (lambda run: (run / "run.json").unlink(), "run.json"),
    ],
    ids=["newer", "foreign", "damaged", "not-a-run"],
)
def test_a_run_that_cannot_be_read_is_named_before_anything_is_made(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    run = small_run(tmp_path)
    spoil(run)
    with pytest.raises(UsageError, match=str(run)) as refused:
        site([run], tmp_path / "made", install=False, say=said)
    assert words in str(refused.value)
    assert not (tmp_path / "made").exists()


@pytest.fixture(scope="module")
def example() -> RecordedRun:
    return read_recorded(example_run(), scenarios="trio")


def test_runs_are_shown_once_and_the_newest_first(tmp_path: Path) -> None:
    run = small_run(tmp_path)
    told: list[str] = []
    other = small_run(tmp_path / "other") if (tmp_path / "other").mkdir() is None else run
    spoilt(other, lambda record: record.update(id="20270101T000000Z-abcdef"))
    found = runs.read([run, other, run], told.append)
    assert [one.run["id"] for one in found] == ["20270101T000000Z-abcdef", EXAMPLE_ID]
    assert len(told) == 1 and str(run) in told[0]


def changed(recorded: RecordedRun, name: str, **changes: Any) -> RecordedRun:
    """The same run under another name, with changes in the record of its first cell."""
    first, *others = recorded.cells
    cells = [replace(first, record={**first.record, **changes}), *others]
    return replace(recorded, run={**recorded.run, "id": name}, cells=cells)


def test_a_line_says_what_changed_since_the_run_before(example: RecordedRun) -> None:
    later = changed(example, "20270101T000000Z-abcdef", verdict="fail", expected=False)
    text = runs.index([later, example])
    assert "trio · python-asyncio: verdict pass → fail" in text
    assert "1 not as declared" in text and text.count("all as declared") == 1
    assert "2027-01-01 00:00 UTC" in text and "no verdict and no trait" not in text
    assert "no verdict and no trait" in runs.index([changed(example, "20270101T000000Z-abcdef"), example])


def test_no_word_of_a_run_is_more_than_a_word_in_the_index(example: RecordedRun) -> None:
    reason = {"code": EVIL, "sentence": EVIL}
    later = changed(example, "20270101T000000Z-abcdef", verdict="fail", expected=False, reason=reason)
    provenance = {**later.run["provenance"], "engine": EVIL, "commit": EVIL, "backend": EVIL}
    assert_harmless(runs.index([replace(later, run={**later.run, "provenance": provenance}), example]))


def test_the_film_shows_one_client_of_each_character(example: RecordedRun) -> None:
    cells = sections(example)
    [group] = scenarios(example, cells)
    shown = film(of_each_character(group, list(rows(example, cells))), group, "any")
    names = ("python-asyncio", "python-blocking", "erlang-processes", "haskell-announcing", "haskell-lazy")
    assert [name for name in names if f"<span>{name}</span>" in shown] == list(names)
    assert "twisted" not in shown


def test_a_run_of_the_claims_has_its_answers_and_their_evidence(tmp_path: Path) -> None:
    run = small_run(tmp_path)
    (run / "claims.json").write_text("[]")
    (run / "services" / "inline-fallback").mkdir()
    (run / "services" / "inline-fallback" / "record.json").write_text(json.dumps({"error": EVIL}))
    files = answers([read_recorded(run)])
    [page] = [str(text) for place, text in files.items() if place.endswith("-claims.md")]
    assert_harmless(page)
    assert "<td>holds</td><td>the first fetch took 1500 ms, the second 100 ms" in page
    shown = files[f"runs/{EXAMPLE_ID}/services/proxy-cache/record.json.html"]
    assert "accepts" in str(shown) and f'href="{EXAMPLE_ID}/services/proxy-cache/record.json.html"' in page
    assert_harmless(str(files[f"runs/{EXAMPLE_ID}/services/inline-fallback/record.json.html"]))


def test_claims_whose_evidence_is_damaged_say_so_on_their_page(tmp_path: Path) -> None:
    run = small_run(tmp_path, ("python-twisted-deferredlist", "erlang-processes"), ("trio",))
    (run / "claims.json").write_text("[]")
    (run / "cells/twisted/trio/erlang-processes/1/transcript.ndjson").unlink()
    [page] = [text for place, text in answers([read_recorded(run)]).items() if place.endswith("-claims.md")]
    assert "The claims cannot be answered again: " in str(page)
