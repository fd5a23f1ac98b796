"""Does trial wait for a test's Deferred?  The order of the lines shows it: `./lab trial python/tests/trial_waits.py`.

The Deferred fires a while after the test method has returned; a runner that does not wait runs tearDown first.
pytest does not collect this file; `test_trial_waits.py` and one of the lab's claims run it.
"""

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

A_WHILE = 0.2  # seconds


def mark(what: str) -> None:
    """Print one line, separate from the lines of trial's reporter."""
    print(f"\ntrial-waits: {what}", flush=True)


class Waits(TestCase):
    """setUp, a test and tearDown each return a Deferred that fires after a while."""

    def setUp(self) -> Deferred[None]:
        mark("setUp returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "setUp's Deferred fires")

    def test_returns_a_deferred(self) -> Deferred[None]:
        mark("the test returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "the test's Deferred fires")

    def tearDown(self) -> Deferred[None]:
        mark("tearDown returns a Deferred")
        return deferLater(reactor, A_WHILE, mark, "tearDown's Deferred fires")
