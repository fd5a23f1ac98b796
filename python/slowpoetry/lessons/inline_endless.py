"""An endless loop with inlineCallbacks handles one result after another.

It ends when its Deferred is cancelled, because that cancels what it waits for.
"""

from collections.abc import Generator

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredQueue,
    inlineCallbacks,
)


@inlineCallbacks
def reader(queue: DeferredQueue[str]) -> Generator[Deferred[str], str, int]:
    """Read chunk after chunk; return how many there were."""
    count = 0
    try:
        while True:
            chunk = yield queue.get()
            count += 1
            print(f"  the loop got {chunk!r}")
    except CancelledError as error:
        print(f"  the yield raised {error!r}")
    return count


def main() -> None:
    """Feed the loop, cancel it, and feed it once more."""
    queue = DeferredQueue[str]()
    done = reader(queue)
    done.addCallback(lambda count: print(f"the loop returned {count}"))
    for chunk in ("one", "two"):
        print(f"putting {chunk!r}")
        queue.put(chunk)
    print(f"the loop has ended: {done.called}")
    done.cancel()
    queue.put("three")
    print(f"in the queue, unread: {queue.pending}")


if __name__ == "__main__":
    main()
