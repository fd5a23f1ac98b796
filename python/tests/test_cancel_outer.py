"""An outer Deferred is cancelled at three times, on a clock that the tests advance (an exercise of seed part 19)."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from slowpoetry.proxy.cancel_outer import cancel_outer
from tests.programs import ProgramTestCase


def told(after: float) -> list[str]:
    """The lines that are reported, second by second; everything has ended then."""
    clock, lines = Clock(), []
    over = cancel_outer(after, clock, lambda line: lines.append(f"{clock.seconds():g} s: {line}"))
    clock.pump([0.5] * 10)
    assert over.called and not clock.getDelayedCalls()
    return lines


class CancelOuter(SynchronousTestCase):
    def test_before_its_answer_the_outer_question_is_cancelled(self) -> None:
        self.assertEqual(
            told(0.5),
            [
                "0 s: outer question asked",
                "0.5 s: cancelling the outer Deferred",
                "0.5 s: outer question forgotten",
                "0.5 s: got CancelledError",
            ],
        )

    def test_after_its_answer_the_inner_question_is_cancelled_instead(self) -> None:
        self.assertEqual(
            told(2),
            [
                "0 s: outer question asked",
                "1 s: outer question answered",
                "1 s: inner question asked",
                "2 s: cancelling the outer Deferred",
                "2 s: inner question forgotten",
                "2 s: got CancelledError",
            ],
        )

    def test_after_both_answers_there_is_nothing_to_cancel(self) -> None:
        self.assertEqual(
            told(4),
            [
                "0 s: outer question asked",
                "1 s: outer question answered",
                "1 s: inner question asked",
                "3 s: inner question answered",
                "3 s: got the inner answer",
                "4 s: cancelling the outer Deferred",
            ],
        )


class ByHand(ProgramTestCase):
    def test_it_runs_on_the_reactor_too(self) -> None:
        status, said = self.ended(self.python("slowpoetry.proxy.cancel_outer", "1.5"))
        self.assertEqual(status, 0)
        self.assertEqual(
            [line.split(": ", 1)[1] for line in said.splitlines()][-2:],
            ["inner question forgotten", "got CancelledError"],
        )

    def test_a_bad_time_is_refused(self) -> None:
        status, said = self.ended(self.python("slowpoetry.proxy.cancel_outer", "soon"))
        self.assertEqual(status, 2)
        self.assertIn("'soon' is not a number of seconds", said.splitlines()[-1])
