"""A time-out is a cancellation by the clock: addTimeout.

The canceller is called, and the errback gets a TimeoutError.
"""

from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import react


def get_poem(reactor: Any, name: str, seconds: float) -> Deferred[str]:
    """A poem after that time, unless it is cancelled."""

    def stop_the_work(_: Deferred[str]) -> None:
        print(f"{name}: the canceller is called")
        work.cancel()

    poem = Deferred[str](stop_the_work)
    work = reactor.callLater(seconds, poem.callback, f"{name} poem")
    return poem


def lesson(reactor: Any) -> Deferred[Any]:
    """Wait for two poems, a fifth of a second at most."""
    poems = []
    for name, seconds in (("quick", 0.05), ("slow", 60)):
        poem = get_poem(reactor, name, seconds).addTimeout(0.2, reactor)
        poem.addCallbacks(
            lambda result: print(f"callback got {result!r}"),
            lambda failure: print(
                f"errback got {type(failure.value).__name__}"
            ),
        )
        poems.append(poem)
    return DeferredList(poems)


def main() -> None:
    """Run the reactor until both have come or timed out."""
    react(lesson)


if __name__ == "__main__":
    main()
