"""Cancelling a Deferred that has fired has no effect.

Its result stays, and its canceller is not called.
"""

from twisted.internet.defer import Deferred


def main() -> None:
    """Fire a Deferred, then cancel it."""
    cancelled: list[Deferred[str]] = []
    poem = Deferred[str](cancelled.append)
    poem.callback("a poem")
    print(f"fired: {poem.called}")
    poem.cancel()
    print(f"cancelled; calls of its canceller: {len(cancelled)}")
    poem.addCallbacks(
        lambda result: print(f"a later callback got {result!r}"),
        lambda failure: print(f"a later errback got {failure.value!r}"),
    )


if __name__ == "__main__":
    main()
