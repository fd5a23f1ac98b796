"""With inlineCallbacks the callbacks run one at a time, in the order written.

A yielded Deferred pauses the generator until it has fired.
"""

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import react


@inlineCallbacks
def callbacks(
    one: Deferred[str], two: Deferred[str]
) -> Generator[Deferred[str], str, None]:
    """Wait for one Deferred, then for the other."""
    print("  first callback starts")
    result = yield one
    print(f"  second callback got {result!r}")
    result = yield two
    print(f"  third callback got {result!r}")


def fire(deferred: Deferred[str], result: str) -> None:
    """Fire a Deferred; the reactor calls this after a while."""
    print(f"reactor: fires with {result!r}")
    deferred.callback(result)
    print("reactor: goes on")


def lesson(reactor: Any) -> Deferred[None]:
    """Fire the two Deferreds, the second one first."""
    one, two = Deferred[str](), Deferred[str]()
    reactor.callLater(0.05, fire, two, "two")
    reactor.callLater(0.1, fire, one, "one")
    return callbacks(one, two)


def main() -> None:
    """Run the reactor until the generator has ended."""
    react(lesson)


if __name__ == "__main__":
    main()
