"""An asynchronous function returns a Deferred at once; the reactor fires it.

Here it fires after a while, by callLater.
"""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react


def get_poem(reactor: Any) -> Deferred[str]:
    """A poem, a tenth of a second later."""
    poem = Deferred[str]()
    reactor.callLater(0.1, send_poem, poem)
    return poem


def send_poem(poem: Deferred[str]) -> None:
    """Send the poem; the reactor calls this when the time has come."""
    print("sending the poem")
    poem.callback("slow poetry")


def lesson(reactor: Any) -> Deferred[None]:
    """Ask for the poem and wait for it."""
    poem = get_poem(reactor)
    print(f"get_poem has returned; the poem has come: {poem.called}")
    return poem.addCallback(lambda result: print(f"the poem: {result!r}"))


def main() -> None:
    """Run the reactor until the poem has come."""
    react(lesson)


if __name__ == "__main__":
    main()
