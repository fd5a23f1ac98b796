"""The transform server of seed part 17: one request and one answer per connection.

If the server cannot do what a client asks for, it only closes the connection and calls `say` with the reason. A client
that is silent or does not read the answer is cut off after a while; it does not hold up other clients.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import NetstringReceiver
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from slowpoetry.address import Address, format_address
from slowpoetry.transform.transformations import Refused, Transformation

LONGEST_REQUEST = 2**20  # bytes
PATIENCE = 60.0  # seconds without a byte
LONGEST_NAME_SHOWN = 40  # characters; limited because the name comes from a client


class TransformProtocol(NetstringReceiver, TimeoutMixin):
    """Answers the first request of a connection and ends it."""

    MAX_LENGTH = LONGEST_REQUEST

    def __init__(self, transformations: Mapping[str, Transformation], say: Callable[[str], None], clock: Any) -> None:
        self._transformations = transformations
        self._say = say
        self._clock = clock

    def callLater(self, period: float, func: Callable[[], None]) -> Any:
        """Use the factory's clock for the time-out."""
        return self._clock.callLater(period, func)

    def connectionMade(self) -> None:
        """Start to wait for the request."""
        self._transport = cast(Any, self.transport)
        peer = self._transport.getPeer()
        self._peer = format_address(Address(peer.host, peer.port))
        self.setTimeout(PATIENCE)

    def dataReceived(self, data: bytes) -> None:
        """Take a part of the request."""
        self.resetTimeout()
        super().dataReceived(data)

    def stringReceived(self, request: bytes) -> None:
        """Answer the request, or report why not; a second request is ignored."""
        if self._transport.disconnecting:
            return
        try:
            answer, what = self._transformed(request)
        except Refused as why:
            self._report(f"refused: {why}")
        else:
            self.sendString(answer)
            self._report(what)
        self._transport.loseConnection()

    def timeoutConnection(self) -> None:
        """Cut off a client that is silent or does not read its answer."""
        self._report(f"cut off: silent for {PATIENCE:g} seconds")
        self._transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Stop the time-out, and report a request that was not a netstring."""
        self.setTimeout(None)
        if self.brokenPeer:
            self._report(f"refused: not a netstring of at most {self.MAX_LENGTH} bytes")

    def _transformed(self, request: bytes) -> tuple[bytes, str]:
        encoded_name, dot, poem = request.partition(b".")
        if not dot:
            raise Refused("the request has no dot; it must be NAME.POEM")
        name = encoded_name.decode(errors="replace")
        if name not in self._transformations:
            raise Refused(f"there is no transformation {name[:LONGEST_NAME_SHOWN]!a}")
        return self._transformations[name](poem), f"{name} of {len(poem)} bytes"

    def _report(self, what: str) -> None:
        self._say(f"{self._peer}: {what}")


class TransformFactory(Factory):
    """Offers transformations by name; `say` is called with a line about each request, `clock` is the reactor."""

    noisy = False

    def __init__(self, transformations: Mapping[str, Transformation], say: Callable[[str], None], clock: Any) -> None:
        self._make = lambda: TransformProtocol(transformations, say, clock)

    def buildProtocol(self, addr: object) -> TransformProtocol:
        """Make the protocol of one connection."""
        return self._make()
