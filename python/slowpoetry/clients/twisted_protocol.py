"""What the Twisted clients share: one poem as a Deferred, and a reactor that runs until all poems have ended.

The reactor calls the protocol whenever bytes have come; the protocol fires its Deferred once, at the end of
the connection. Each client handles the poem in its own style after that.
"""

from __future__ import annotations  # older versions of Twisted have no generic Factory

import os
import socket
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import idna
from twisted.internet import error, tcp
from twisted.internet.abstract import isIPAddress
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from slowpoetry.address import Address, is_ipv6
from slowpoetry.clients.command_line import report
from slowpoetry.progress import got_line

T = TypeVar("T")
Endpoint = TCP4ClientEndpoint | TCP6ClientEndpoint | HostnameEndpoint

CONNECT_SECONDS = 30.0  # Twisted's default time-out for making a connection


class PoetryProtocol(Protocol, TimeoutMixin):
    """Collects the bytes of one connection; `poem` fires with all of them, or fails with the reason.

    `tell` is called with a progress line for each read. Cancelling `poem` resets the connection. After `timeout`
    seconds of silence `poem` fails with TimeoutError, and the connection is reset too.
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
        # A reset, not a normal end: a server that only sends cannot see from an end that nobody reads any more.
        cast(tcp.Client, self.transport).abortConnection()

    def connectionMade(self) -> None:
        """Start the time-out."""
        self.setTimeout(self._timeout)

    def timeoutConnection(self) -> None:
        """Fail the poem, because the server was silent for too long."""
        self.poem.errback(TimeoutError())
        self._cut(self.poem)

    def dataReceived(self, data: bytes) -> None:
        """Report and keep one read."""
        self.resetTimeout()
        self._tell(got_line(self.task, len(data), self.address))
        self._reads.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Fire with the poem after a normal end, and fail after any other."""
        self.setTimeout(None)
        if self.poem.called:
            return  # it was cancelled or timed out, so nobody waits for it
        if isinstance(reason.value, error.ConnectionDone):
            self.poem.callback(b"".join(self._reads))
        else:
            self.poem.errback(reason)


def endpoint_of(reactor: Any, address: Address, timeout: float) -> Endpoint:
    """Return the endpoint of an address; all addresses of a name are tried (Happy Eyeballs, RFC 8305)."""
    if isIPAddress(address.host):
        return TCP4ClientEndpoint(reactor, *address, timeout)
    if is_ipv6(address.host):
        return TCP6ClientEndpoint(reactor, *address, timeout)
    try:
        idna.encode(address.host)
    except idna.IDNAError:
        # HostnameEndpoint refuses a name that breaks this newer rule, such as one with an underscore.
        return TCP4ClientEndpoint(reactor, *address, timeout)
    return HostnameEndpoint(reactor, *address, timeout)


def connect(reactor: Any, address: Address, factory: Factory[Any], timeout: float | None = None) -> Deferred[Any]:
    """Return a Deferred that fires with the factory's protocol, when it is connected.

    It fails with TimeoutError if all addresses of the host together take longer than `timeout` seconds.
    """
    seconds = timeout or CONNECT_SECONDS
    connected: Deferred[Any] = endpoint_of(reactor, address, seconds).connect(cast(Any, factory))
    return connected.addTimeout(seconds, reactor, lambda *_: Failure(TimeoutError()))


def get_poetry(
    reactor: Any,
    task: int,
    address: Address,
    tell: Callable[[str], object] = report,
    timeout: float | None = None,
) -> Deferred[bytes]:
    """Return a Deferred that fires with the whole poem or fails with OSError (seed part 17).

    It fails with TimeoutError if the connection or the next read takes longer than `timeout` seconds.
    Cancelling it stops the attempt to connect, or resets the connection; it fails with CancelledError (part 19).
    """
    protocol = PoetryProtocol(task, address, tell, timeout)
    connected: Deferred[PoetryProtocol] = connect(reactor, address, Factory.forProtocol(lambda: protocol), timeout)
    return connected.addCallback(lambda protocol: protocol.poem).addErrback(raise_os_error)


def read_before_end(reactor: Any) -> None:
    """Make the reactor read from a connection that has ended, so that a reset is never taken for an orderly end.

    For a moment Linux reports a reset connection as hung up and not yet as readable. Twisted's epoll and poll reactors
    take that for ConnectionDone, without a read that would fail with ECONNRESET. Only for a reactor whose connections
    are all being read: one that is only written to would be asked again and again.
    """
    if hasattr(reactor, "_POLL_DISCONNECTED"):
        reactor._POLL_IN |= reactor._POLL_DISCONNECTED


def run_reactor(start: Callable[..., Deferred[T]], *arguments: Any) -> T:
    """Run the reactor until the Deferred of `start(reactor, *arguments)` fires; return or raise its result."""
    # Importing the reactor creates it, so only the program that runs it imports it.
    from twisted.internet import reactor as the_reactor

    reactor = cast(Any, the_reactor)
    # Twisted's timers use the wall clock, which can be changed; time-outs must not depend on that.
    reactor.seconds = time.monotonic
    read_before_end(reactor)
    results: list[T | Failure] = []

    def stop(result: T | Failure) -> None:
        results.append(result)
        reactor.stop()

    reactor.callWhenRunning(lambda: start(reactor, *arguments).addBoth(stop))
    # With Twisted's signal handlers, as in task.react, SIGTERM would be a clean stop with status 0, without the poems.
    reactor.run(installSignalHandlers=False)
    [result] = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


def raise_os_error(failure: Failure) -> NoReturn:
    """Raise Python's own exception instead of Twisted's, so that all clients report the same errors."""
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
            # Twisted keeps no error number here, but a client that only reads loses a connection only by a reset.
            raise ConnectionResetError
    failure.raiseException()
