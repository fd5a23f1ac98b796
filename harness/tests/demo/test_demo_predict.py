"""Questions to the audience and the score."""

from __future__ import annotations

from demo_stage import client, scenario

from harness.demo.events import Accepted, Ended, Printed, Sent
from harness.demo.model import Show
from harness.demo.predict import Game, next_poem


def connected(*clients: str) -> Show:
    show = Show([client(name) for name in clients], scenario())
    for number in range(len(clients)):
        show.feed(Accepted(1, number, 1))
        show.feed(Accepted(1, number, 2))
    return show


def test_the_next_poem_follows_the_schedules_from_where_the_fastest_client_is() -> None:
    show = connected("a", "b")  # first: 1, 2, 3 s; second: 1.5, 3 s
    assert next_poem(show) == 1
    show.feed(Sent(2, 1, 1, 0, 6))
    assert next_poem(show) == 2
    show.feed(Sent(2, 1, 2, 0, 4))
    assert next_poem(show) == 1


def test_no_poem_is_next_if_no_client_is_connected() -> None:
    assert next_poem(Show([client("a")], scenario())) is None


def test_there_is_a_question_about_each_client_and_it_counts_when_the_client_prints() -> None:
    show = connected("a")
    game = Game(show)
    assert game.question and "a print first" in game.question.words
    assert game.answer(2) == ()
    assert game.settled == 0
    show.feed(Printed(5, 0, "stdout", b"another\n"))
    game.settle()
    assert (game.right, game.settled, game.said) == (1, 1, "Right.")


def test_every_answer_triggers_the_next_chunk_right_or_wrong() -> None:
    show = connected("a")
    game = Game(show)
    game.answer(1)
    for guess, right, said in ((1, 1, "Right."), (2, 1, "Not 2, but 1.")):
        game.ask()
        assert game.answer(guess) == ("step", "1")
        assert (game.right, game.said) == (right, said)
    assert game.score == "1 of 2"


def test_an_impossible_answer_is_not_taken() -> None:
    game = Game(connected("a"))
    asked = game.question
    assert game.answer(3) == () and game.answer(0) == ()
    assert game.question is asked


def test_a_question_about_a_fault_comes_before_the_fault_and_counts_at_the_end() -> None:
    show = connected("a", "b")
    game = Game(show)
    waiting = game.question
    game.ask_fault("reset", "2")
    assert game.answer(1) == ("reset", "2")
    game.ask()
    assert game.question is waiting  # the interrupted question is asked again
    show.feed(Ended(9, 0, 1))
    game.settle()
    assert game.settled == 0
    show.feed(Ended(9, 1, 0))
    game.settle()
    assert (game.right, game.settled) == (1, 1)
