"""What the Twisted clients share: one poem as a Deferred, and a reactor that runs until all is done.

The reactor calls the protocol whenever bytes have come; the protocol fires its Deferred once, at the
end of the connection. What happens to the poem then is each client's own style, not this module's.
"""

import os
import socket
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from twisted.internet import error, tcp
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.command_line import report
from slowpoetry.progress import got_line

T = TypeVar("T")

CONNECT_SECONDS = 30.0  # Twisted's own patience with a connection that is being made


class PoetryProtocol(Protocol, TimeoutMixin):
    """Gathers the bytes of one connection; `poem` fires with them all, or with what cut them short.

    Each read is told to `tell` as a progress line. Cancelling `poem` cuts the connection; so does a silence of
    `timeout` seconds, which fails it with TimeoutError.
    """

    def __init__(
        self, task: int, address: Address, tell: Callable[[str], object] = report, timeout: float | None = None
    ) -> None:
        self.task = task
        self.address = address
        self.poem: Deferred[bytes] = Deferred(self._cut)
        self._tell = tell
        self._timeout = timeout
        self._reads: list[bytes] = []

    def _cut(self, poem: Deferred[bytes]) -> None:
        # A reset, not an end: a server that only sends would take an end for a client that still reads.
        cast(tcp.Client, self.transport).abortConnection()

    def connectionMade(self) -> None:
        """Begin to count the seconds of silence."""
        self.setTimeout(self._timeout)

    def timeoutConnection(self) -> None:
        """Give up: the silence has been too long."""
        self.poem.errback(TimeoutError())
        self._cut(self.poem)

    def dataReceived(self, data: bytes) -> None:
        """Report and keep one read."""
        self.resetTimeout()
        self._tell(got_line(self.task, len(data), self.address))
        self._reads.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Take a clean end for the end of the poem, any other for its failure."""
        self.setTimeout(None)
        if self.poem.called:
            return  # cancelled or given up: nobody waits for it
        if isinstance(reason.value, error.ConnectionDone):
            self.poem.callback(b"".join(self._reads))
        else:
            self.poem.errback(reason)


def get_poetry(
    reactor: Any,
    task: int,
    address: Address,
    tell: Callable[[str], object] = report,
    timeout: float | None = None,
) -> Deferred[bytes]:
    """Return a Deferred that fires with the whole poem or fails with OSError (seed part 17).

    TimeoutError, if the connection or the next read takes longer than `timeout` seconds.
    Cancelling it ends the attempt to connect, or cuts the connection, and fails it with CancelledError (part 19).
    """
    endpoint = TCP4ClientEndpoint(reactor, address.host, address.port, timeout=timeout or CONNECT_SECONDS)
    connected: Deferred[PoetryProtocol] = connectProtocol(endpoint, PoetryProtocol(task, address, tell, timeout))
    return connected.addCallback(lambda protocol: protocol.poem).addErrback(raise_os_error)


def run_reactor(start: Callable[..., Deferred[T]], *arguments: Any) -> T:
    """Run the reactor until the Deferred of `start(reactor, *arguments)` fires; return or raise its result."""
    # Importing the reactor makes it, so only the program that runs it does so.
    from twisted.internet import reactor as the_reactor

    reactor = cast(Any, the_reactor)
    # Twisted's timers follow the wall clock, which can be stepped; how long an address was silent must not.
    reactor.seconds = time.monotonic
    results: list[T | Failure] = []

    def stop(result: T | Failure) -> None:
        results.append(result)
        reactor.stop()

    reactor.callWhenRunning(lambda: start(reactor, *arguments).addBoth(stop))
    # With Twisted's handlers, as under task.react, SIGTERM would be a clean stop: status 0 without the poems.
    reactor.run(installSignalHandlers=False)
    [result] = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


def raise_os_error(failure: Failure) -> NoReturn:
    """Raise Python's own exception for Twisted's, so that all clients have the same errors to explain."""
    match failure.value:
        case error.ConnectingCancelledError():
            raise CancelledError
        case error.DNSLookupError():
            raise socket.gaierror
        case error.ConnectError(osError=int(number)):
            raise OSError(number, os.strerror(number))
        case error.TimeoutError():
            raise TimeoutError
        case error.ConnectionLost():
            # Twisted keeps no error number here; a client that only reads is lost by a reset.
            raise ConnectionResetError
    failure.raiseException()
