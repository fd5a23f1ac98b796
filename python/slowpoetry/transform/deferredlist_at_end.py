"""Client 8.0 that prints the result of the DeferredList when all poems have ended (an exercise of seed part 18).

The list keeps poems and failures in the order of the addresses, and they are printed in this order. Only the progress
lines, on standard error, are printed as the poems come.
"""

from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.command_line import end, print_poem
from slowpoetry.clients.twisted_protocol import run_reactor
from slowpoetry.transform.command_line import begin
from slowpoetry.transform.poem import get_transformed_poem, report_failure
from slowpoetry.transform.proxy import TransformProxy


def fetch_all(proxy: TransformProxy, reactor: Any, addresses: list[Address]) -> Deferred[list[bool]]:
    """Fetch the poems together, then print; the Deferred fires with whether each came whole, task 1 first."""
    tasks = list(enumerate(addresses, start=1))

    def print_all(results: list[tuple[bool, Any]]) -> list[bool]:
        for (task, address), (_, poem) in zip(tasks, results, strict=True):
            if isinstance(poem, Failure):
                report_failure(poem, task, address)
            else:
                print_poem(poem)
        return [success for success, _ in results]

    poems = [get_transformed_poem(reactor, proxy, task, address) for task, address in tasks]
    return DeferredList(poems, consumeErrors=True).addCallback(print_all)


def main() -> None:
    """Run the reactor until the DeferredList fires and its result is printed."""
    proxy, addresses = begin()
    end(run_reactor(partial(fetch_all, proxy), addresses))


if __name__ == "__main__":
    main()
