"""Client 7.0 with the transformation: a generator for each poem, and callbacks that print and count (seed part 17).

A generator handles one poem. The client counts the ended poems, including the failed ones, because otherwise the
reactor would never stop.
"""

from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from slowpoetry.address import Address
from slowpoetry.clients.command_line import end, print_poem
from slowpoetry.clients.twisted_protocol import run_reactor
from slowpoetry.transform.command_line import begin
from slowpoetry.transform.poem import get_transformed_poem, report_failure
from slowpoetry.transform.proxy import TransformProxy


def fetch_all(proxy: TransformProxy, reactor: Any, addresses: list[Address]) -> Deferred[list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole, in the order of their ends."""
    all_done: Deferred[list[bool]] = Deferred()
    outcomes: list[bool] = []

    def poem_done(result: Failure | None) -> None:
        outcomes.append(not isinstance(result, Failure))
        if len(outcomes) == len(addresses):
            all_done.callback(outcomes)

    for task, address in enumerate(addresses, start=1):
        poem = get_transformed_poem(reactor, proxy, task, address)
        poem.addCallbacks(print_poem, report_failure, errbackArgs=(task, address)).addBoth(poem_done)
    return all_done


def main() -> None:
    """Run the reactor until the last poem is counted."""
    proxy, addresses = begin()
    end(run_reactor(partial(fetch_all, proxy), addresses))


if __name__ == "__main__":
    main()
