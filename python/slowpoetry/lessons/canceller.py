"""A Deferred may be made with a canceller: a function to stop the work.

It is called with the Deferred, before the errbacks run.
"""

from twisted.internet.defer import Deferred


def stop(deferred: Deferred[str]) -> None:
    """A real canceller would stop the work here."""
    print(f"the canceller is called; the Deferred has fired: {deferred.called}")


def main() -> None:
    """Cancel a Deferred that has a canceller."""
    poem = Deferred[str](stop)
    poem.addCallbacks(
        lambda result: print(f"callback got {result!r}"),
        lambda failure: print(f"errback got {failure.value!r}"),
    )
    print("cancelling")
    poem.cancel()


if __name__ == "__main__":
    main()
