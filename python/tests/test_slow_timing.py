"""When a slow server sends, on a clock and a transport that the tests control, and what the send log holds."""

import io
import json
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from slowpoetry.schedule import Act
from slowpoetry.server.send_log import NdjsonLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, SlowPoetryProtocol

POEM = bytes(range(256))
ACCEPT = 1000.0  # the clock does not start at zero


class Wire(StringTransport):
    """A transport whose kernel takes at most `room` bytes at once; the rest waits until the test takes it."""

    room = len(POEM)
    protocol: SlowPoetryProtocol
    clock: Clock

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Do nothing, because there is no TCP here."""

    def writeSomeData(self, data: bytes) -> int:
        taken = data[: self.room]
        self.room -= len(taken)
        self.write(taken)
        if taken:
            self.protocol.bytesTaken(len(taken), self.clock.seconds())
        return len(taken)


class Timing(TestCase):
    """One connection to server 3."""

    def play(self, *acts: Act) -> None:
        self.clock, self.paper, self.wire = Clock(), io.StringIO(), Wire()
        self.clock.advance(ACCEPT)
        log = NdjsonLog(self.paper)
        factory = SlowPoetryFactory(SlowPoem(3, POEM, acts), log, self.clock, self.clock.seconds)
        self.protocol = self.wire.protocol = factory.buildProtocol(None)
        self.wire.clock = self.clock
        self.protocol.makeConnection(self.wire)

    def sent_after(self, seconds: float) -> int:
        self.clock.advance(seconds)
        return len(self.wire.value())

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.paper.getvalue().splitlines()]

    def acts(self) -> list[str]:
        return [entry["act"] for entry in self.log()]

    def test_a_chunk_is_sent_when_it_is_due_and_not_before(self) -> None:
        self.play(Act(0.0, "send", 5), Act(0.5, "send", 10), Act(1.5, "send", 20), Act(2.0, "close"))
        assert [self.sent_after(step) for step in (0.0, 0.49, 0.01, 0.99, 0.01)] == [5, 5, 15, 15, 35]
        assert self.wire.value() == POEM[:35]
        assert not self.wire.disconnecting
        self.clock.advance(0.5)
        assert self.wire.disconnecting

    def test_a_late_chunk_does_not_delay_the_next(self) -> None:
        self.play(Act(0.5, "send", 10), Act(1.0, "send", 10), Act(1.5, "close"))
        assert [self.sent_after(step) for step in (0.9, 0.09, 0.01)] == [10, 10, 20]

    def test_each_chunk_of_a_late_server_shows_how_late_it_is(self) -> None:
        self.play(Act(0.5, "send", 10), Act(1.0, "send", 10), Act(9.0, "close"))
        assert self.sent_after(3.0) == 20
        whole = {"act": "send", "server": 3, "conn": 1, "t": ACCEPT + 3.0}
        assert self.log()[1:] == [
            {**whole, "start": 0, "end": 10, "due": ACCEPT + 0.5},
            {**whole, "start": 10, "end": 20, "due": ACCEPT + 1.0},
        ]

    def test_a_partly_taken_chunk_has_due_once_and_the_chunks_that_wait_behind_it_have_none(self) -> None:
        self.play(Act(0.5, "send", 10), Act(1.0, "send", 10), Act(9.0, "close"))
        self.wire.room = 4
        assert self.sent_after(0.5) == 10  # the rest was given to the transport
        self.clock.advance(2.0)
        self.protocol.bytesTaken(16, self.clock.seconds())
        whole = {"act": "send", "server": 3, "conn": 1}
        assert self.log()[1:] == [
            {**whole, "t": ACCEPT + 0.5, "start": 0, "end": 4, "due": ACCEPT + 0.5},
            {**whole, "t": ACCEPT + 2.5, "start": 4, "end": 20},
        ]
        assert self.wire.value() == POEM[:20]

    def test_a_chunk_that_has_to_wait_has_no_due(self) -> None:
        self.play(Act(0.5, "send", 10), Act(9.0, "close"))
        self.wire.room = 0
        assert self.sent_after(0.5) == 10
        assert self.acts() == ["accept"]
        self.protocol.bytesTaken(10, self.clock.seconds())
        assert self.log()[1:] == [{"t": ACCEPT + 0.5, "act": "send", "server": 3, "conn": 1, "start": 0, "end": 10}]

    def test_a_lost_connection_cancels_the_rest_of_its_schedule(self) -> None:
        self.play(Act(0.5, "send", 10), Act(1.0, "send", 10), Act(1.5, "close"))
        self.clock.advance(0.5)
        self.protocol.connectionLost(Failure(ConnectionLost()))
        assert self.clock.getDelayedCalls() == []
        assert self.acts() == ["accept", "send", "hang-up"]

    def test_a_client_that_resets_the_connection_while_the_server_closes_it_has_hung_up(self) -> None:
        for how, logged in ((ConnectionDone(), "close"), (ConnectionLost(), "hang-up")):
            self.play(Act(0.0, "send", 10), Act(0.0, "close"))
            self.protocol.connectionLost(Failure(how))
            assert self.acts() == ["accept", "send", logged]
