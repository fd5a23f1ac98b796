"""Sightings: which reports have both of their times."""

from __future__ import annotations

import random

from evidence_maker import START, TRIO, evidence, got, wild

from harness.record.evidence import Evidence


def by_definition(made: Evidence) -> list[tuple[int, int, float, float]]:
    """Each report looked up by itself."""
    rows = []
    for report in made.transcript.reports:
        connection = made.log.of_task(report.task)
        sent = connection.sent_at(report.end) if connection and report.task not in made.called_again else None
        if sent is not None:
            rows.append((report.task, report.end, sent, report.seen))
    return rows


def rows(made: Evidence) -> list[tuple[int, int, float, float]]:
    seen = made.sightings
    return list(zip(*(column.tolist() for column in (seen.tasks, seen.ends, seen.sent, seen.seen)), strict=True))


def test_a_report_has_the_time_at_which_its_last_byte_was_sent():
    made = evidence(TRIO)
    assert rows(made) == by_definition(made) and len(made.sightings) == len(made.transcript.reports)
    assert made.sightings.lags.min() > 0


def test_reports_of_anything_are_looked_up_as_one_by_one():
    rng = random.Random(3)
    for _ in range(300):
        made = wild(rng)
        assert rows(made) == by_definition(made)


def test_reports_of_unknown_tasks_and_of_bytes_that_were_not_sent_have_no_sighting():
    told = [got(9, 1), got(0, 1), got(1, 0), got(2, 9999)]
    assert rows(evidence(TRIO, stderr=[(START + at, line) for at, line in enumerate(told)])) == []
