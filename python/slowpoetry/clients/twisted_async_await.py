"""Twisted with async and await: a coroutine per poem, turned into a Deferred (seed part 17, in today's Python).

The language itself does what inlineCallbacks does with a generator: `await` accepts a Deferred as well as
another coroutine. Calling a coroutine function runs nothing yet; `Deferred.fromCoroutine` starts the coroutine.
"""

from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from slowpoetry.address import Address
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.clients.twisted_protocol import get_poetry, run_reactor
from slowpoetry.progress import failed_line


async def fetch(reactor: Any, task: int, address: Address, timeout: float | None = None) -> bool:
    """Print one poem, or report why not; return whether it came whole."""
    try:
        poem = await get_poetry(reactor, task, address, timeout=timeout)
    except OSError as error:
        report(failed_line(task, error, address))
        return False
    print_poem(poem)
    return True


def fetch_all(reactor: Any, addresses: list[Address], timeout: float | None = None) -> Deferred[list[bool]]:
    """Fetch the poems together; the Deferred fires with whether each came whole."""
    poems = [fetch(reactor, task, address, timeout) for task, address in enumerate(addresses, start=1)]
    return gatherResults(map(Deferred.fromCoroutine, poems))


def main() -> None:
    """Run the reactor until every coroutine has returned."""
    end(run_reactor(fetch_all, *begin()))


if __name__ == "__main__":
    main()
