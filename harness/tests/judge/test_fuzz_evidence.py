"""Pure functions on evidence of anything: none raises, and every figure keeps its bounds."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import replace

import evidence_maker as maker
import numpy as np
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st

from harness.check.explain import explain
from harness.check.server_account import account
from harness.judge.axes import AXES, observe
from harness.judge.breaches import BREACHES
from harness.judge.interleaving import agreement, switch_ratio
from harness.judge.likeness import likeness, view
from harness.judge.metrics import measure, percentile
from harness.judge.verdict import judge
from harness.record.evidence import Evidence
from harness.record.sightings import Sightings
from harness.record.stdout_poems import read_poems
from harness.record.transcript import Stamped, understand
from harness.report.marks import marks

SCENARIOS = (maker.TRIO, maker.ONE_DOWN, maker.RESET, maker.STALL)
WORD = re.compile(r"[a-z-]+")


def wild(rng: random.Random) -> Evidence:
    """Wild evidence; now and then of a known scenario, where more of a client's conduct shows."""
    made = maker.wild(rng)
    if rng.random() < 0.5:
        return made
    scenario = rng.choice(SCENARIOS)
    log = maker.play(scenario, {t: maker.START + rng.random() for t in maker.together(scenario) if rng.random() < 0.9})
    for connection in log.connections:
        if rng.random() < 0.3:
            connection.ended, connection.how = rng.choice([(None, None), (connection.last + 1, "hang-up")])
    return replace(made, scenario=scenario, log=log)


WILD = st.integers(0, 2**32).map(lambda seed: wild(random.Random(seed)))


@fuzz(60)
@given(WILD)
def test_any_evidence_is_judged_and_explained(made: Evidence) -> None:
    for who in (maker.client(), maker.client(connects="in-turn", grain="silent", flush=None)):
        judgement = judge(who, made)
        assert json.dumps(judgement.record(), allow_nan=False)
        assert judgement.sentence.isprintable()
        if judgement.verdict != "pass":
            told = explain(made, judgement)
            assert f"{told.account}{told.difference}{told.advice}".isprintable()
    assert all(sentence.isprintable() for sentence in account(made))
    assert marks(made).span[0] <= 0 < marks(made).span[1]


@fuzz(60)
@given(WILD)
def test_advice_is_there_for_whatever_the_axes_show(made: Evidence) -> None:
    axes = observe(made)
    shown = {
        "truncation-swallowed": axes["truncation"] == ["swallowed"],
        "failure-not-named": axes["failures"] == ["unnamed"],
        "progress-wrong": axes["progress"] == ["wrong"],
    }
    for breach in BREACHES:
        if shown.get(breach.code, True):
            assert breach.advice(made).isprintable()


@fuzz(60)
@given(WILD, st.booleans())
def test_axes_and_figures_keep_their_bounds(made: Evidence, sequential: bool) -> None:
    axes, figures = observe(made), measure(made, sequential=sequential)
    assert list(axes) == list(AXES)
    assert all(value in AXES[name].sayings for name, values in axes.items() for value in values)
    assert figures["order"] is None or -1 <= figures["order"] <= 1
    assert 0 <= figures["max_open"] <= len(made.log.connections)
    for name in ("wall_s", "floor_s", "time", "speed_up", "accept_spread_ms", "order_pairs", "switches"):
        assert figures[name] is None or figures[name] >= 0
    for name in ("lag_ms", "late_ms"):
        p50, p99 = figures[name]["p50"], figures[name]["p99"]
        assert (p50 is None) == (p99 is None) and (p50 is None or p50 <= p99)


@fuzz(60)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_likeness_is_from_0_to_1_and_the_same_from_both_sides(a: int, b: int) -> None:
    """Of two clients of one scenario whose reports are drawn at random."""
    lines = [
        [(maker.START + at, maker.got(rng.randrange(5), rng.randrange(9))) for at in range(9)]
        for rng in (random.Random(a), random.Random(b))
    ]
    one, other = (view(maker.evidence(maker.TRIO, stderr=stderr)) for stderr in lines)
    value = likeness(one, other)
    assert value == likeness(other, one)
    assert value is None or 0 <= value <= 1
    assert likeness(one, one) in (1, None)


@fuzz(60)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 99), st.integers(0, 99)), max_size=25))
def test_the_agreement_counts_every_pair_once(drawn: list[tuple[int, int, int]]) -> None:
    tasks, sent, times = np.array(drawn, int).reshape(-1, 3).T
    seen = Sightings(tasks, tasks, sent / 100, times / 100)
    tau, pairs = agreement(seen)
    far = [(a, b) for i, a in enumerate(drawn) for b in drawn[:i] if a[0] != b[0] and abs(a[1] - b[1]) > 0.51]
    assert pairs == len(far)
    assert (tau is None) == (pairs == 0)
    assert switch_ratio(seen) is None or switch_ratio(seen) >= 0


@fuzz(60)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_and_grows_with_its_share(values: list[float], a: float, b: float) -> None:
    low, high = percentile(values, min(a, b)), percentile(values, max(a, b))
    assert {low, high} <= set(values) and low <= high


POEMS = st.sampled_from([maker.ROSE, maker.TYGER, b"", b"\n", b"a\n", b"a\n\na\n", b"\xff", "古池や".encode()])
OUTPUT = st.one_of(
    POEMS.map(lambda poem: poem + b"\n"),
    st.tuples(st.integers(0, 3), st.integers(0, 40)).map(lambda pair: maker.got(*pair)),
    st.binary(max_size=9),
    st.just(maker.failed(2)),
)


def pieces(data: bytes, cuts: list[int]) -> Stamped:
    """The bytes in pieces, each with the time that is its number."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return maker.stamped((float(n), data[a:b]) for n, (a, b) in enumerate(itertools.pairwise(edges)))


@fuzz(80)
@given(st.lists(OUTPUT, max_size=7).map(b"".join), st.lists(st.integers(0, 5000), max_size=12), st.lists(POEMS))
def test_what_was_printed_is_the_same_however_it_came_in_pieces(data: bytes, cuts: list[int], due: list[bytes]) -> None:
    whole, cut = understand(pieces(data, []), Stamped()), understand(pieces(data, cuts), Stamped())
    assert cut.stdout.data == whole.stdout.data
    assert [(r.task, r.start, r.end) for r in cut.reports] == [(r.task, r.start, r.end) for r in whole.reports]
    assert (cut.failures, cut.evidence) == (whole.failures, whole.evidence)
    times = [cut.stdout.at(offset) for offset in range(len(cut.stdout.data))]
    assert times == sorted(times)
    poems = list(enumerate(due, 1))
    found = read_poems(whole.stdout.data, poems, {9: maker.PEAR})
    ends = [0, *(poem.end for poem in found.poems)]
    assert [poem.start for poem in found.poems] == ends[:-1] and ends == sorted(ends)
    for poem in found.whole():
        assert whole.stdout.data[poem.start : poem.end] == due[poem.task - 1] + b"\n"
    assert found.difference is not None or (ends[-1] == len(whole.stdout.data) and len(found.whole()) == len(due))
