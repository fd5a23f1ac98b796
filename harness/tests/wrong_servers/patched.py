"""The lab's own servers, each with one flaw that is named on the command line; the flaws that need much server code."""

import sys

from twisted.internet.defer import succeed

from slowpoetry.server import control, full, stage
from slowpoetry.server.absence import AwayServer
from slowpoetry.server.slow import BACKLOG, SlowPoetryPort


class Answering(SlowPoetryPort):
    """A usual port, which answers calls."""

    def __init__(self, factory, port, iface, reactor, **_):
        super().__init__(port, factory, BACKLOG, iface, reactor)


def cut_alone(self) -> None:
    """Reset the connections, and go on listening."""
    self._record("down")
    self._cut()


def stay_away(self) -> None:
    """Report that it is back, but do not listen."""
    self._record("up")


def close_alone(self) -> None:
    """Close the connections as at the end of a poem."""
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
