"""Whether trial waits for a test's Deferred, told by the order of the lines: `./lab trial python/tests/trial_waits.py`.

The Deferred fires a while after the test method has returned; a runner that did not wait would tear down first.
pytest leaves this file alone: it is the subject of `test_trial_waits.py`, and of the lab's claim.
"""

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

A_WHILE = 0.2  # seconds


def mark(what: str) -> None:
    """Print one line, apart from those of trial's reporter."""
    print(f"\ntrial-waits: {what}", flush=True)


class Waits(TestCase):
    """setUp, a test and tearDown, each a Deferred that fires after a while."""

    def setUp(self) -> Deferred[None]:
        mark("setUp returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "setUp's Deferred fires")

    def test_returns_a_deferred(self) -> Deferred[None]:
        mark("the test returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "the test's Deferred fires")

    def tearDown(self) -> Deferred[None]:
        mark("tearDown returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "tearDown's Deferred fires")
