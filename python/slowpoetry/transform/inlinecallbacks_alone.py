"""Client 7.0 without callbacks: the generator itself prints, counts and stops the reactor (exercises of seed part 17).

Each callback needs its own errback, but a generator needs only one `finally`. It runs however the generator ends, so
the reactor also stops after an unexpected error.
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
    failed.add(task)  # removed again when the poem has been printed
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
    # As in `run_reactor`: with Twisted's signal handlers SIGTERM would be a clean stop with status 0.
    reactor.run(installSignalHandlers=False)
    end([not failed])


if __name__ == "__main__":
    main()
