"""With inlineCallbacks a Deferred that fails raises its exception at the yield.

It is the exception itself, not a Failure, so try and except work as usual.
"""

from collections.abc import Generator

from twisted.internet.defer import Deferred, inlineCallbacks


@inlineCallbacks
def callbacks(deferred: Deferred[str]) -> Generator[Deferred[str], str, None]:
    """Wait, and catch an exception that comes instead of a result."""
    try:
        result = yield deferred
        print(f"  the yield returned {result!r}")
    except ConnectionError as error:
        print(f"  the yield raised {error!r}")
    print("  the generator goes on")


def main() -> None:
    """Let the generator wait, then fail what it waits for."""
    deferred = Deferred[str]()
    done = callbacks(deferred)
    print(f"the generator waits; it has ended: {done.called}")
    deferred.errback(ConnectionError("no poem today"))
    print(f"the Deferred has failed; the generator has ended: {done.called}")


if __name__ == "__main__":
    main()
