"""Cancelling a Deferred that has not fired runs its errback at once.

The errback gets a CancelledError.
"""

from twisted.internet.defer import Deferred


def main() -> None:
    """Cancel a Deferred that somebody waits for."""
    poem = Deferred[str]()
    poem.addCallbacks(
        lambda result: print(f"callback got {result!r}"),
        lambda failure: print(f"errback got {failure.value!r}"),
    )
    print(f"waiting; it has fired: {poem.called}")
    poem.cancel()
    print(f"cancelled; it has fired: {poem.called}")


if __name__ == "__main__":
    main()
