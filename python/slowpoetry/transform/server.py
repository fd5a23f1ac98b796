"""The transform server: one request, one answer, one connection (seed part 17's transform server).

Whoever asks for what cannot be done gets no answer but the end of the connection; why is told to `say`. Who says
nothing, or does not read the answer, is cut off after a while and holds up nobody until then.
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
LONGEST_NAME_SHOWN = 40  # characters: the name comes from outside


class TransformProtocol(NetstringReceiver, TimeoutMixin):
    """Answers the first request of a connection and ends it."""

    MAX_LENGTH = LONGEST_REQUEST

    def __init__(self, transformations: Mapping[str, Transformation], say: Callable[[str], None], clock: Any) -> None:
        self._transformations = transformations
        self._say = say
        self._clock = clock

    def callLater(self, period: float, func: Callable[[], None]) -> Any:
        """Let the time-out go by the factory's clock."""
        return self._clock.callLater(period, func)

    def connectionMade(self) -> None:
        """Begin to wait for the request."""
        self._transport = cast(Any, self.transport)
        peer = self._transport.getPeer()
        self._peer = format_address(Address(peer.host, peer.port))
        self.setTimeout(PATIENCE)

    def dataReceived(self, data: bytes) -> None:
        """Take a part of the request."""
        self.resetTimeout()
        super().dataReceived(data)

    def stringReceived(self, request: bytes) -> None:
        """Answer the request, or say why not; a second one is not heard."""
        if self._transport.disconnecting:
            return
        try:
            answer, what = self._transformed(request)
        except Refused as why:
            self._tell(f"refused: {why}")
        else:
            self.sendString(answer)
            self._tell(what)
        self._transport.loseConnection()

    def timeoutConnection(self) -> None:
        """Cut off a client that is silent, or that leaves its answer unread."""
        self._tell(f"cut off: silent for {PATIENCE:g} seconds")
        self._transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Stop waiting, and tell what was no netstring."""
        self.setTimeout(None)
        if self.brokenPeer:
            self._tell(f"refused: not a netstring of at most {self.MAX_LENGTH} bytes")

    def _transformed(self, request: bytes) -> tuple[bytes, str]:
        encoded_name, dot, poem = request.partition(b".")
        if not dot:
            raise Refused("no dot, wanted NAME.POEM")
        name = encoded_name.decode(errors="replace")
        if name not in self._transformations:
            raise Refused(f"no transformation is called {name[:LONGEST_NAME_SHOWN]!a}")
        return self._transformations[name](poem), f"{name} of {len(poem)} bytes"

    def _tell(self, what: str) -> None:
        self._say(f"{self._peer}: {what}")


class TransformFactory(Factory):
    """Offers these transformations, by name; `say` takes a line about each request, `clock` is the reactor's."""

    noisy = False

    def __init__(self, transformations: Mapping[str, Transformation], say: Callable[[str], None], clock: Any) -> None:
        self._make = lambda: TransformProtocol(transformations, say, clock)

    def buildProtocol(self, addr: object) -> TransformProtocol:
        """Make the protocol of one connection."""
        return self._make()
