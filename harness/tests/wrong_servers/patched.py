"""The lab's own servers with one flaw each, named on the command line, in what is too much to be written twice."""

import sys

from twisted.internet.defer import succeed

from slowpoetry.server import control, full, stage
from slowpoetry.server.absence import AwayServer
from slowpoetry.server.slow import BACKLOG, SlowPoetryPort


class Answering(SlowPoetryPort):
    """A port like any other."""

    def __init__(self, factory, port, iface, reactor, **_):
        super().__init__(port, factory, BACKLOG, iface, reactor)


def cut_alone(self) -> None:
    """Reset whom it serves, and stay."""
    self._record("down")
    self._cut()


def stay_away(self) -> None:
    """Say to be there, and be not."""
    self._record("up")


def close_alone(self) -> None:
    """End the connections as if the poem were over."""
    for protocol in self._factory.open:
        protocol.transport.loseConnection()


match sys.argv[1]:
    case "answers-for-full":
        stage.FullPort = Answering
    case "hears-nothing":
        full.COUNTS = type("Nothing", (), {"size": 36, "unpack": staticmethod(lambda counts: (0,) * 9)})
    case "stays-up":
        AwayServer._die = cut_alone
        AwayServer._come_back = lambda self: succeed(None)
    case "stays-away":
        AwayServer._come_back = stay_away
    case "closes-for-death":
        AwayServer._cut = close_alone
control.main()
