"""Cancelling a Deferred that has fired has no effect.

Its result stays, and its canceller is not called.
"""

from twisted.internet.defer import Deferred


def main() -> None:
    """Fire a Deferred, then cancel it."""
    poem = Deferred[str](lambda _: print("the canceller is called"))
    poem.addErrback(lambda failure: print(f"errback got {failure.value!r}"))
    print("firing")
    poem.callback("a poem")
    print("cancelling")
    poem.cancel()
    poem.addCallbacks(
        lambda result: print(f"a later callback got {result!r}"),
        lambda failure: print(f"a later errback got {failure.value!r}"),
    )


if __name__ == "__main__":
    main()
