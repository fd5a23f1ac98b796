"""The transform server as clients use it: a function from a poem to a Deferred (seed part 17)."""

from dataclasses import dataclass
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import NetstringReceiver
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.twisted_protocol import endpoint_of, raise_os_error
from slowpoetry.transform.server import LONGEST_REQUEST

PATIENCE = 30.0  # seconds from the connection attempt to the whole answer


class NotTransformed(Exception):
    """The transform server was reached but gave no usable answer; the text says why."""


class TransformClientProtocol(NetstringReceiver):
    """Sends one request; `answer` fires with the transformed poem or fails, and the connection ends."""

    MAX_LENGTH = 2 * LONGEST_REQUEST  # lower case can take more bytes than upper case

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.answer: Deferred[bytes] = Deferred(lambda _: cast(Any, self.transport).abortConnection())

    def connectionMade(self) -> None:
        """Send the request."""
        self.sendString(self._request)

    def stringReceived(self, poem: bytes) -> None:
        """Take the answer; a second one is ignored."""
        if not self.answer.called:
            cast(Any, self.transport).loseConnection()
            self.answer.callback(poem)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """If there was no answer, fail with the reason."""
        if self.answer.called:
            return
        if self.brokenPeer:
            self.answer.errback(NotTransformed("the answer is not a netstring"))
        elif isinstance(reason.value, ConnectionDone):
            self.answer.errback(NotTransformed("closed without an answer"))
        else:
            self.answer.errback(reason)


@dataclass(frozen=True)
class TransformProxy:
    """One transformation of one transform server."""

    server: Address
    transformation: str

    def transform(self, reactor: Any, poem: bytes) -> Deferred[bytes]:
        """Return a Deferred that fires with the transformed poem, or fails with OSError or NotTransformed.

        A time-out, by the reactor's clock, is a TimeoutError.  Cancelling the Deferred resets the connection.
        """
        request = self.transformation.encode(errors="surrogateescape") + b"." + poem
        endpoint = endpoint_of(reactor, self.server, PATIENCE)
        connected: Deferred[TransformClientProtocol] = connectProtocol(endpoint, TransformClientProtocol(request))
        answer = connected.addCallback(lambda protocol: protocol.answer)
        return answer.addTimeout(PATIENCE, reactor, _timed_out).addErrback(raise_os_error)


def _timed_out(_: object, seconds: float) -> Failure:
    return Failure(TimeoutError())
