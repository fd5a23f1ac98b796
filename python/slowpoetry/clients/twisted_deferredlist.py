"""Twisted with plain Deferreds: two callbacks per poem, one DeferredList for all (seed part 18).

Every `get_poetry` returns a Deferred at once; nothing here waits. The DeferredList fires when the last of
them has fired or failed. It consumes the errors, which have been reported by then.
"""

from typing import Any, cast

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.clients.twisted_protocol import get_poetry, run_reactor
from slowpoetry.progress import failed_line


def fetch(reactor: Any, task: int, address: Address, timeout: float | None = None) -> Deferred[None]:
    """Return a Deferred that fires when the poem has been printed, or fails when its failure has been reported."""

    def poem_failed(failure: Failure) -> Failure:
        report(failed_line(task, cast(OSError, failure.value), address))
        return failure

    return get_poetry(reactor, task, address, timeout=timeout).addCallbacks(print_poem, poem_failed)


def fetch_all(reactor: Any, addresses: list[Address], timeout: float | None = None) -> Deferred[list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole."""
    poems = [fetch(reactor, task, address, timeout) for task, address in enumerate(addresses, start=1)]
    all_done = DeferredList(poems, consumeErrors=True)
    return all_done.addCallback(lambda results: [success for success, _ in results])


def main() -> None:
    """Run the reactor until the DeferredList fires."""
    end(run_reactor(fetch_all, *begin()))


if __name__ == "__main__":
    main()
