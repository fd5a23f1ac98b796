"""The marks of a timeline: every act in the evidence once, with its time and bytes."""

from __future__ import annotations

import pytest
from evidence_maker import DOWN, LAG, RESET, ROSE_SERVER, START, TRIO, evidence, printed, scenario

from harness.report import marks as module
from harness.report.marks import UNKNOWN, marks
from harness.report.recorded import RecordedCell
from harness.report.section import Section

HONEST = evidence(TRIO)


def section(made):
    return Section("a", "made", RecordedCell({"scenario": "made"}, made), [], marks(made))


def test_every_send_and_report_has_a_mark_with_its_bytes():
    found = marks(HONEST)
    first = HONEST.log.connections[0].accepted
    for rows, times in (
        (found.sent, sorted(t for c in HONEST.log.connections for t in c.times)),
        (found.reported, sorted(r.seen for r in HONEST.transcript.reports)),
    ):
        assert [row["t"] for row in rows] == pytest.approx([t - first for t in times], abs=1e-5)
        for task in (1, 2, 3):
            size = len(TRIO.server(task).poem)
            own = [row for row in rows if row["k"] == task]
            assert [row["s"] for row in own] == [0, *(row["e"] for row in own[:-1])]
            assert own[-1]["e"] == size
    assert [(row["k"], row["how"]) for row in found.open] == [(1, "close"), (2, "close"), (3, "close")]


def test_output_is_split_by_poem_even_if_it_comes_in_one_piece():
    poems = b"".join(text for _, text in printed(TRIO, {2: 1.0, 3: 2.0, 1: 3.0}))
    found = marks(evidence(TRIO, stdout=[(START + 1.5, poems)])).printed
    assert [(row["k"], row["s"], row["e"]) for row in found] == [
        (task, 0, len(TRIO.server(task).poem) + 1) for task in (2, 3, 1)
    ]
    assert [row["t"] for row in found] == pytest.approx([1.5] * 3, abs=0.001)


def test_a_poem_that_streams_has_a_mark_for_each_piece_at_its_time():
    poem = TRIO.server(1).poem + b"\n"
    found = marks(evidence(TRIO, stdout=[(START + 0.5, poem[:9]), (START + 2.5, poem[9:])])).printed
    assert [(row["k"], row["s"], row["e"]) for row in found] == [(1, 0, 9), (1, 9, len(poem))]
    assert [row["t"] for row in found] == pytest.approx([0.5, 2.5], abs=0.001)


def test_output_that_is_no_poem_is_shown_as_shortened_text():
    found = marks(evidence(TRIO, stdout=[(START + 1, b"<b>/home/me/x\x1b" + b"y" * 10**6)])).printed
    [row] = found
    assert row["k"] == UNKNOWN
    assert row["text"].startswith("'<b>") and "/home" not in row["text"] and "\x1b" not in row["text"]
    assert len(row["text"]) < 100


def test_a_fault_is_shown_in_words():
    assert [(row["k"], row["text"]) for row in marks(evidence(RESET)).words] == [(2, "reset")]
    refused = marks(evidence(scenario(ROSE_SERVER, DOWN))).words
    assert [(row["k"], row["text"]) for row in refused] == [(2, "refused")]


def test_too_many_marks_are_thinned_evenly_and_the_page_says_so(monkeypatch):
    assert section(HONEST).thinned == ""
    there = len(marks(HONEST).sent)
    monkeypatch.setattr(module, "MOST", there - 1)
    thinned = section(HONEST)
    assert thinned.marks is not None
    kept = -(-there // 2)
    assert len(thinned.marks.sent) == kept
    assert f"{there} sends ({kept} drawn)" in thinned.thinned
    assert f"{there} sends" in thinned.caption


def test_a_cell_in_which_nothing_happened_has_no_marks():
    found = marks(evidence(TRIO, accepts={}, stdout=[], stderr=[]))
    assert not any(found.tables().values())
    assert found.span == (0.0, 0.1)


def test_the_span_covers_every_mark():
    start, end = marks(HONEST).span
    assert start == 0
    assert end == pytest.approx(HONEST.last_done - START + LAG, abs=0.01)
