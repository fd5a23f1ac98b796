"""What `./lab diff` says of timings; verdicts and traits are in test_exports.py."""

from __future__ import annotations

from typing import Any

from evidence_maker import TRIO, cell, client, evidence, run

from harness.report.diff import timing_lines
from harness.report.recorded import RecordedRun

ONE = cell(client(name="quick"), evidence(TRIO))


def made(*times: float, **provenance: Any) -> RecordedRun:
    cells = [
        {**ONE, "round": number, "metrics": {**ONE["metrics"], "time": value}} for number, value in enumerate(times, 1)
    ]
    whole = run([client(name="quick")], [TRIO], *cells)
    return RecordedRun({**whole, "provenance": {**whole["provenance"], **provenance}})


SAME = [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06]


def test_a_timing_that_differs_by_more_than_noise_is_named_with_its_figures():
    assert timing_lines(made(*SAME), made(*(value + 0.1 for value in SAME))) == [
        "timings: 1 of 3 differ by more than noise",
        "made · quick: time 1.03 → 1.13 (+0.1; 7 and 7 rounds; p = 0.00058)",
    ]


def test_noise_is_no_difference():
    assert timing_lines(made(*SAME), made(*SAME[::-1])) == ["timings: none of 3 differs by more than noise"]


def test_another_machine_is_named_beside_the_timings_that_differ():
    slow = [value * 2 for value in SAME]
    assert timing_lines(made(*SAME), made(*slow, cores=4, kernel="7.0"))[-1] == "the runs also differ in: kernel, cores"
    assert len(timing_lines(made(*SAME), made(*SAME, cores=4))) == 1


def test_too_few_rounds_are_told_and_single_rounds_are_not():
    assert timing_lines(made(1.0, 1.1), made(2.0, 2.1)) == [
        "timings: not compared; each run must have 7 rounds or more"
    ]
    assert timing_lines(made(1.0), made(2.0)) == []


def test_what_all_clients_have_in_common_is_told_as_the_machines():
    def of_all(*times: float) -> RecordedRun:
        one = made(*times).run
        cells = [{**cell, "client": f"client-{number}"} for number in range(4) for cell in one["cells"]]
        return RecordedRun({**one, "cells": cells})

    times = [1.10, 1.11, 1.12, 1.13, 1.14, 1.15, 1.16, 1.17]
    assert timing_lines(of_all(*times), of_all(*(1 + 2 * (time - 1) for time in times))) == [
        "timings: none of 12 differs by more than noise",
        "all clients together: (time - 1) × 2.00; the machine or the servers",
    ]
