"""Twisted with inlineCallbacks: a generator per poem that reads like blocking code (seed part 17).

Each `yield` waits for a Deferred. Then the generator continues with the result, or the error is raised as an
ordinary exception. The generators take turns on one thread: a generator runs from one `yield` to its next.
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
        # All generators are already running, so this loop ends as soon as the slowest one does.
        outcomes.append((yield poem))
    return outcomes


def main() -> None:
    """Run the reactor until every generator has returned."""
    end(run_reactor(fetch_all, *begin()))


if __name__ == "__main__":
    main()
