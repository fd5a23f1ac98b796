"""A transcript, read back: reports are found on either stream, and every other byte keeps its time."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_maker import failed, got, stamped

from harness.record.reports import Report
from harness.record.transcript import Stamped, Transcript, read_transcript, understand
from harness.run import recorder


def heard(stdout: list[tuple[float, bytes]], stderr: list[tuple[float, bytes]]) -> Transcript:
    return understand(stamped(stdout), stamped(stderr))


def test_a_byte_has_the_time_of_its_piece():
    stream = stamped([(1.0, b"ab"), (2.0, b"c"), (3.0, b"de")])
    assert [stream.at(offset) for offset in range(5)] == [1.0, 1.0, 2.0, 3.0, 3.0]


def test_a_line_has_the_time_of_its_newline():
    stream = stamped([(1.0, b"a\nb"), (2.0, b"c"), (3.0, b"\n\nrest")])
    assert list(stream.lines()) == [(0, 1, 1.0), (2, 4, 3.0), (5, 5, 3.0)]
    assert list(Stamped().lines()) == []


def test_reports_add_up_by_task():
    transcript = heard([], [(1.0, got(1, 10) + got(2, 5)), (2.0, got(1, 7))])
    assert list(transcript.reports) == [Report(1, 0, 10, 1.0), Report(2, 0, 5, 1.0), Report(1, 10, 17, 2.0)]
    assert transcript.evidence == "stderr"


def test_a_report_split_over_pieces_was_seen_with_its_last_one():
    line = got(12, 10)
    pieces = [(float(at), line[at : at + 1]) for at in range(len(line))]
    assert list(heard([], pieces).reports) == [Report(12, 0, 10, len(line) - 1.0)]


def test_a_last_line_without_a_newline_is_not_a_report():
    assert heard([], [(1.0, got(1, 10)[:-1])]).reports == []


@pytest.mark.parametrize(
    "line",
    [
        b"Task 1: got 1 byte of poetry from 127.0.0.1:10001",
        b"Task 001: got 01 bytes of poetry from localhost:1",
        b"Task 1: got 1 bytes of poetry from [::1]:10001\r",
    ],
)
def test_a_progress_line_may_be_singular_padded_or_end_in_carriage_return(line):
    assert heard([], [(1.0, line + b"\n")]).reports == [Report(1, 0, 1, 1.0)]


@pytest.mark.parametrize(
    "line",
    [
        b"task 1: got 1 bytes of poetry from a:1",
        b"Task 1: got -1 bytes of poetry from a:1",
        b"Task 1: got 1 bytes of poetry from a:1 and more",
        b" Task 1: got 1 bytes of poetry from a:1",
        b"Task 1: got 1 bytes of poetry from ",
        b"Task 9999999999: got 1 bytes of poetry from a:1",
        "Task ١: got ٢ bytes of poetry from a:1".encode(),
        b"\xff\xfe",
        b"",
    ],
)
def test_other_lines_are_not_reports(line):
    assert heard([], [(1.0, line + b"\n")]).reports == []


def test_reports_are_found_between_lines_that_are_not_utf_8():
    transcript = heard([], [(1.0, b"\xff\xfe\n" + got(1, 3) + b"\xc3\n"), (2.0, got(1, 4))])
    assert [report.end for report in transcript.reports] == [3, 7]


def test_failures_are_kept_in_the_clients_words_even_if_they_are_not_utf_8():
    transcript = heard([], [(1.0, failed(2) + b"Task 3: failed: \xff broken\r\n")])
    assert transcript.failures == {2: "connection refused (127.0.0.1:10005)", 3: "\ufffd broken"}


def test_progress_on_standard_output_is_taken_out_of_the_poems():
    transcript = heard([(1.0, got(1, 4) + b"one\n"), (2.0, got(2, 4) + failed(3)), (3.0, b"two\n")], [])
    assert transcript.stdout.data == b"one\ntwo\n"
    assert [transcript.stdout.at(offset) for offset in range(8)] == [1.0] * 4 + [3.0] * 4
    assert [report.seen for report in transcript.reports] == [1.0, 2.0]
    assert set(transcript.failures) == {3}
    assert transcript.evidence == "stdout"


def test_every_byte_left_keeps_its_own_time_however_the_pieces_fall():
    text = b"one\n" + got(1, 4) + b"two\r\n" + got(2, 9).replace(b"\n", b"\r\n") + got(1, 2) + b"three"
    whole = heard([(0.0, text)], []).stdout.data
    assert whole == b"one\ntwo\r\nthree"
    for size in (1, 2, 3, 7, 50, 999):
        pieces = [(float(start), text[start : start + size]) for start in range(0, len(text), size)]
        clean = heard(pieces, []).stdout
        assert clean.data == whole
        for offset, place in [(0, 0), (3, 3), (4, text.index(b"two")), (9, text.index(b"three")), (13, len(text) - 1)]:
            assert clean.at(offset) == place // size * size
        assert clean.ends[-1] == len(clean.data)


def test_failure_lines_on_standard_error_do_not_hide_reports_on_standard_output():
    transcript = heard([(1.0, got(1, 4) + b"one\n")], [(2.0, failed(2))])
    assert (transcript.evidence, transcript.stdout.data, set(transcript.failures)) == ("stdout", b"one\n", {2})


def test_standard_output_is_not_changed_if_standard_error_has_the_reports():
    text = got(1, 4) + b"one\n"
    transcript = heard([(1.0, text)], [(1.0, got(1, 5))])
    assert (transcript.stdout.data, len(transcript.reports), transcript.evidence) == (text, 1, "stderr")


def test_what_the_recorder_wrote_is_read_back(tmp_path: Path):
    transcript = recorder.Transcript(tmp_path)
    for at, stream, data in [(1.0, "stdout", b"po"), (1.5, "stderr", got(1, 4)), (2.0, "stdout", b"em\n")]:
        transcript.add(at, stream, data)
    transcript.close()
    assert read_transcript(tmp_path) == heard([(1.0, b"po"), (2.0, b"em\n")], [(1.5, got(1, 4))])


def test_a_recording_cut_short_is_read_as_far_as_it_was_stamped(tmp_path: Path):
    (tmp_path / "stdout").write_bytes(b"poems and more")
    (tmp_path / "stderr").write_bytes(b"")
    whole = '{"t":1.0,"stream":"stdout","start":0,"end":5}\n'
    (tmp_path / "transcript.ndjson").write_text(whole + '{"t":2.0,"stream":"stdo')
    assert read_transcript(tmp_path).stdout == stamped([(1.0, b"poems")])
