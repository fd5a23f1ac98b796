"""With a canceller that stops the work, cancelling really ends it.

Work that was delayed by callLater is stopped by the cancel() of that call.
"""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react


def get_poem(reactor: Any) -> Deferred[str]:
    """A poem, a second later, unless it is cancelled."""

    def stop_the_work(_: Deferred[str]) -> None:
        print(f"the canceller is called; the work is due: {work.active()}")
        work.cancel()
        print(f"the canceller returns; the work is due: {work.active()}")

    poem = Deferred[str](stop_the_work)
    work = reactor.callLater(1, send_poem, poem)
    return poem


def send_poem(poem: Deferred[str]) -> None:
    """Do the work."""
    print("the work is done: sending the poem")
    poem.callback("slow poetry")


def lesson(reactor: Any) -> Deferred[None]:
    """Cancel the poem before it comes, and wait longer than it takes."""
    poem = get_poem(reactor)
    poem.addCallbacks(
        lambda result: print(f"callback got {result!r}"),
        lambda failure: print(f"errback got {failure.value!r}"),
    )
    print("waiting")
    reactor.callLater(0.1, poem.cancel)
    return deferLater(reactor, 1.1, print, "that is all")


def main() -> None:
    """Run the reactor for a little longer than the work would take."""
    react(lesson)


if __name__ == "__main__":
    main()
