"""Schedules: what a slow server does, and which schedules are refused."""

import itertools
import random

import pytest

from slowpoetry.schedule import (
    Act,
    Schedule,
    check_schedule,
    duration,
    even_schedule,
    format_schedule,
    parse_act,
    scaled,
)

CLOSE = Act(1.0, "close")


def sizes(schedule: tuple[Act, ...]) -> list[int]:
    return [act.size for act in schedule if act.kind == "send"]


def pauses(schedule: tuple[Act, ...]) -> list[float]:
    times = [0.0, *(act.at for act in schedule if act.kind == "send")]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def jittered(seed: int) -> tuple[Act, ...]:
    return even_schedule(1000, num_bytes=10, delay=2.0, jitter=0.25, rng=random.Random(seed))


def test_every_byte_is_sent_with_a_pause_before_each_chunk_and_the_end_after_the_last() -> None:
    assert even_schedule(25, num_bytes=10, delay=0.5) == (
        Act(0.5, "send", 10),
        Act(1.0, "send", 10),
        Act(1.5, "send", 5),
        Act(1.5, "close"),
    )


@pytest.mark.parametrize(("size", "num_bytes"), [(1, 1), (30, 10), (31, 10), (9, 10), (4097, 64)])
def test_the_chunks_add_up_to_the_poem(size: int, num_bytes: int) -> None:
    schedule = even_schedule(size, num_bytes=num_bytes, delay=0.1)
    assert sum(sizes(schedule)) == size
    assert all(0 < chunk <= num_bytes for chunk in sizes(schedule))
    assert check_schedule(schedule, size) == schedule


def test_an_empty_poem_is_a_close_at_once() -> None:
    assert even_schedule(0, num_bytes=10, delay=0.5) == (Act(0.0, "close"),)


def test_the_first_chunk_can_come_at_another_time_than_the_pause() -> None:
    schedule = even_schedule(20, num_bytes=10, delay=0.5, start=0.0)
    assert [act.at for act in schedule] == [0.0, 0.5, 0.5]


def test_without_jitter_all_pauses_are_equal() -> None:
    assert pauses(even_schedule(50, num_bytes=10, delay=0.25)) == [0.25] * 5


def test_jitter_moves_each_pause_by_no_more_than_its_share() -> None:
    drawn = pauses(jittered(1))
    assert all(1.5 <= pause <= 2.5 for pause in drawn)
    assert min(drawn) < 1.6 and max(drawn) > 2.4  # a hundred pauses use most of the range


def test_with_the_greatest_jitter_times_still_never_go_back() -> None:
    schedule = even_schedule(1000, num_bytes=1, delay=0.1, jitter=1.0, rng=random.Random(3))
    assert check_schedule(schedule, 1000) == schedule


def test_the_same_seed_gives_the_same_schedule_and_another_seed_gives_another() -> None:
    assert jittered(1) == jittered(1) != jittered(2)
    assert even_schedule(99, num_bytes=1, delay=1, jitter=1) == even_schedule(99, num_bytes=1, delay=1, jitter=1)


def test_a_reset_comes_one_pause_after_the_last_bytes() -> None:
    assert even_schedule(100, num_bytes=10, delay=0.5, reset_after=15) == (
        Act(0.5, "send", 10),
        Act(1.0, "send", 5),
        Act(1.5, "reset"),
    )


def test_a_reset_can_come_before_any_byte_and_after_the_last() -> None:
    assert even_schedule(100, num_bytes=10, delay=0.5, reset_after=0) == (Act(0.5, "reset"),)
    assert sizes(even_schedule(25, num_bytes=10, delay=0.5, reset_after=999)) == [10, 10, 5]


@pytest.mark.parametrize("last", ["close", "stall"])
def test_a_schedule_may_close_or_stall_with_the_last_of_some_bytes(last: str) -> None:
    def cut(after: int) -> Schedule:
        return even_schedule(100, num_bytes=10, delay=0.5, **{f"{last}_after": after})

    assert cut(15) == (Act(0.5, "send", 10), Act(1.0, "send", 5), Act(1.0, last))
    assert cut(0) == (Act(0.0, last),)
    assert sum(sizes(cut(999))) == 100


def test_a_schedule_may_end_only_its_own_side_instead_of_closing() -> None:
    schedule = even_schedule(15, num_bytes=10, delay=0.5, half_close=True)
    assert schedule == (Act(0.5, "send", 10), Act(1.0, "send", 5), Act(1.0, "fin"))


@pytest.mark.parametrize(
    ("after", "times"), [(0, [3.5, 4, 4.5]), (1, [0.5, 4, 4.5]), (10, [0.5, 4, 4.5]), (25, [0.5, 1, 1.5])]
)
def test_a_pause_comes_before_the_chunk_that_follows_so_many_bytes(after: int, times: list[float]) -> None:
    schedule = even_schedule(25, num_bytes=10, delay=0.5, pause_after=after, pause=3.0)
    assert [act.at for act in schedule if act.kind == "send"] == times
    assert sizes(schedule) == [10, 10, 5]


def test_a_server_without_bytes_may_also_close_late() -> None:
    assert even_schedule(0, num_bytes=1, delay=0.1, start=2.0) == (Act(2.0, "close"),)


def test_a_schedule_lasts_until_its_last_act_and_a_pace_stretches_all_of_it() -> None:
    schedule = even_schedule(30, num_bytes=10, delay=0.5, reset_after=20)
    assert duration(schedule) == 1.5
    assert scaled(schedule, 2.0) == (Act(1.0, "send", 10), Act(2.0, "send", 10), Act(3.0, "reset"))
    assert duration(()) == 0.0


def test_a_schedule_is_the_same_after_it_was_written_and_read_again() -> None:
    for schedule in (jittered(7), even_schedule(20, num_bytes=3, delay=0.7, reset_after=11)):
        read = tuple(parse_act(line) for line in format_schedule(schedule).splitlines())
        assert [(act.kind, act.size) for act in read] == [(act.kind, act.size) for act in schedule]
        assert [act.at for act in read] == pytest.approx([act.at for act in schedule], abs=1e-6)
        assert format_schedule(read) == format_schedule(schedule)


def test_the_text_of_each_act_is_one_line_of_plain_words() -> None:
    acts = (Act(0.5, "send", 10), Act(1.25, "reset"), Act(2.0, "close"), Act(3.0, "stall"), Act(4.0, "fin"))
    paper = "0.500000 send 10\n1.250000 reset\n2.000000 close\n3.000000 stall\n4.000000 fin\n"
    assert format_schedule(acts) == paper
    assert tuple(parse_act(line) for line in paper.splitlines()) == acts


WRONG_LINES = [
    *("", "0.5", "soon send 10", "0.5 sing 10", "-1 send 10", "nan send 10", "inf close"),
    *(
        "0.5 send",
        "0.5 send 0",
        "0.5 send -3",
        "0.5 send 1.5",
        "0.5 send 10 20",
        "0.5 close 10",
        "0.5 reset now",
        "0.5 stall 1",
        "0.5 fin 1",
    ),
]


@pytest.mark.parametrize("line", WRONG_LINES)
def test_a_line_that_is_not_an_act_is_quoted_with_what_was_expected(line: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_act(line)
    assert repr(line) in str(refusal.value)
    assert "'SECONDS send BYTES'" in str(refusal.value)


WRONG_SCHEDULES = [
    ([], "must end with 'close', 'fin', 'reset' or 'stall'"),
    ([Act(0.0, "send", 5)], "must end with 'close', 'fin', 'reset' or 'stall'"),
    ([CLOSE, Act(2.0, "close")], "nothing can follow"),
    ([Act(0.0, "reset"), Act(0.5, "send", 5), CLOSE], "nothing can follow"),
    ([Act(0.0, "stall"), CLOSE], "nothing can follow"),
    ([Act(0.0, "fin"), CLOSE], "nothing can follow"),
    ([Act(0.5, "send", 1), Act(0.4, "send", 1), CLOSE], "must not go back"),
    ([Act(1.5, "send", 1), CLOSE], "must not go back"),
    ([Act(0.0, "send", 6), Act(0.5, "send", 5), CLOSE], "sends 11 bytes of a poem of 10"),
]


@pytest.mark.parametrize(("acts", "why"), WRONG_SCHEDULES)
def test_acts_that_are_not_a_schedule_are_refused_with_the_reason(acts: list[Act], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_schedule(acts, 10)


def test_a_schedule_may_leave_the_end_of_a_poem_unsent_and_have_two_acts_at_one_time() -> None:
    acts = [Act(1.0, "send", 3), Act(1.0, "send", 3), CLOSE]
    assert check_schedule(iter(acts), 10) == tuple(acts)
