"""Twisted by hand: a factory per address, a callback and an errback per poem, and a count of the ended poems.

This is the oldest of the Twisted styles. The reactor calls the factory and its protocol, and a Deferred passes
their result to the code that wants the poem. `poem_ended` counts the ended poems, including the failed ones,
because otherwise the client would never stop (the problem of seed part 18; `twisted_deferredlist` solves it).
"""

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.clients.twisted_protocol import PoetryProtocol, connect, raise_os_error, run_reactor
from slowpoetry.progress import failed_line


class PoetryFactory(Factory):
    """Makes one connection; `poem` fires with the poem, or fails with the reason why it did not come whole."""

    noisy = False

    def __init__(self, task: int, address: Address, timeout: float | None = None) -> None:
        self._protocol = PoetryProtocol(task, address, timeout=timeout)
        self.poem = self._protocol.poem

    def buildProtocol(self, addr: IAddress | None) -> PoetryProtocol:
        """Return the protocol that collects the poem; from now on the protocol fires the Deferred."""
        return self._protocol

    def connection_failed(self, reason: Failure) -> None:
        """Fail the poem, because there is no protocol that could."""
        self.poem.errback(reason)


def fetch(reactor: Any, task: int, address: Address, timeout: float | None = None) -> Deferred[bool]:
    """Print one poem, or report why not; the Deferred fires with whether it came whole."""

    def got_poem(poem: bytes) -> bool:
        print_poem(poem)
        return True

    def poem_failed(failure: Failure) -> bool:
        report(failed_line(task, cast(OSError, failure.value), address))
        return False

    factory = PoetryFactory(task, address, timeout)
    connect(reactor, address, factory, timeout).addErrback(factory.connection_failed)
    return factory.poem.addErrback(raise_os_error).addCallbacks(got_poem, poem_failed)


def fetch_all(reactor: Any, addresses: list[Address], timeout: float | None = None) -> Deferred[list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole, in the order in which they ended."""
    outcomes: list[bool] = []
    all_ended: Deferred[list[bool]] = Deferred()

    def poem_ended(whole: bool) -> None:
        outcomes.append(whole)
        if len(outcomes) == len(addresses):
            all_ended.callback(outcomes)

    for task, address in enumerate(addresses, start=1):
        fetch(reactor, task, address, timeout).addCallback(poem_ended)
    return all_ended


def main() -> None:
    """Run the reactor until the count is complete."""
    end(run_reactor(fetch_all, *begin()))


if __name__ == "__main__":
    main()
