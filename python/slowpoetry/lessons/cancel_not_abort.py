"""Without a canceller, cancelling stops the waiting but not the work.

The work continues to its end, and its result is ignored.
"""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react


def get_poem(reactor: Any) -> Deferred[str]:
    """A poem, a second later."""
    poem = Deferred[str]()
    reactor.callLater(1, send_poem, poem)
    return poem


def send_poem(poem: Deferred[str]) -> None:
    """Do the work, which does not learn that nobody wants the poem any more."""
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
    """Run the reactor for a little longer than the work takes."""
    react(lesson)


if __name__ == "__main__":
    main()
