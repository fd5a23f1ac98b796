"""Twisted with inlineCallbacks: a generator per poem that reads like blocking code (seed part 17).

Each `yield` hands the reactor a Deferred and goes on with its result, or with its error as an ordinary
exception. The generators run in turns on one thread: only between two yields is one of them running.
"""

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

from slowpoetry.address import Address
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.clients.twisted_protocol import get_poetry, run_reactor
from slowpoetry.progress import failed_line


@inlineCallbacks
def fetch(
    reactor: Any, task: int, address: Address, timeout: float | None = None
) -> Generator[Deferred[bytes], bytes, bool]:
    """Print one poem, or report why not; the Deferred fires with whether it came whole."""
    try:
        poem = yield get_poetry(reactor, task, address, timeout=timeout)
    except OSError as error:
        report(failed_line(task, error, address))
        return False
    print_poem(poem)
    return True


@inlineCallbacks
def fetch_all(
    reactor: Any, addresses: list[Address], timeout: float | None = None
) -> Generator[Deferred[bool], bool, list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole."""
    poems = [fetch(reactor, task, address, timeout) for task, address in enumerate(addresses, start=1)]
    outcomes = []
    for poem in poems:
        # All of them are under way already: this loop is over as soon as the slowest is.
        outcomes.append((yield poem))
    return outcomes


def main() -> None:
    """Run the reactor until every generator has returned."""
    end(run_reactor(fetch_all, *begin()))


if __name__ == "__main__":
    main()
