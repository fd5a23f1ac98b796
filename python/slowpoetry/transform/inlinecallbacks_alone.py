"""Client 7.0, its callbacks moved inside: the generator prints, counts and stops the reactor (part 17's exercises).

Where callbacks need an errback beside each, a generator needs one `finally`: it is passed on every way out, so that
the reactor stops also after an error that nobody thought of.
"""

from collections.abc import Generator
from typing import Any, cast

from twisted.internet.defer import Deferred, inlineCallbacks

from slowpoetry.address import Address
from slowpoetry.clients.command_line import end, print_poem, report
from slowpoetry.progress import failed_line
from slowpoetry.transform.command_line import begin
from slowpoetry.transform.poem import get_transformed_poem
from slowpoetry.transform.proxy import TransformProxy


@inlineCallbacks
def fetch(
    reactor: Any, proxy: TransformProxy, task: int, address: Address, unfinished: set[int], failed: set[int]
) -> Generator[Deferred[bytes], bytes, None]:
    """Print one poem, or report why not; move the task out of `unfinished`, and stop the reactor after the last."""
    failed.add(task)  # until the poem is printed
    try:
        print_poem((yield get_transformed_poem(reactor, proxy, task, address)))
        failed.remove(task)
    except OSError as error:
        report(failed_line(task, error, address))
    finally:
        unfinished.remove(task)
        if not unfinished:
            reactor.stop()


def main() -> None:
    """Run the reactor until a generator stops it."""
    proxy, addresses = begin()

    from twisted.internet import reactor as installed

    reactor = cast(Any, installed)
    tasks = dict(enumerate(addresses, start=1))
    unfinished, failed = set(tasks), set[int]()
    for task, address in tasks.items():
        reactor.callWhenRunning(fetch, reactor, proxy, task, address, unfinished, failed)
    # As in `run_reactor`: Twisted's own handlers would make SIGTERM a clean stop, status 0 without the poems.
    reactor.run(installSignalHandlers=False)
    end([not failed])


if __name__ == "__main__":
    main()
