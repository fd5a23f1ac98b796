"""Client 8.0 with the transformation: a DeferredList fires when all poems have ended (seed part 18).

Client 7.0 counts the ended poems by hand; here the list does it, and its result says which poems came.
"""

from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from slowpoetry.address import Address
from slowpoetry.clients.command_line import end, print_poem
from slowpoetry.clients.twisted_protocol import run_reactor
from slowpoetry.transform.command_line import begin
from slowpoetry.transform.poem import get_transformed_poem, report_failure
from slowpoetry.transform.proxy import TransformProxy


def fetch_all(proxy: TransformProxy, reactor: Any, addresses: list[Address]) -> Deferred[list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole, task 1 first."""
    poems = [
        get_transformed_poem(reactor, proxy, task, address).addCallbacks(
            print_poem, report_failure, errbackArgs=(task, address)
        )
        for task, address in enumerate(addresses, start=1)
    ]
    all_done = DeferredList(poems, consumeErrors=True)
    return all_done.addCallback(lambda results: [success for success, _ in results])


def main() -> None:
    """Run the reactor until the DeferredList fires."""
    proxy, addresses = begin()
    end(run_reactor(partial(fetch_all, proxy), addresses))


if __name__ == "__main__":
    main()
