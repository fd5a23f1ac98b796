"""A canceller may fire the Deferred itself, with a result or another error.

If it does neither, the Deferred fails with CancelledError.
"""

from collections.abc import Callable

from twisted.internet.defer import Deferred


def nothing(deferred: Deferred[str]) -> None:
    """Do nothing, so that cancel() fires the Deferred."""


def result(deferred: Deferred[str]) -> None:
    """Fire with what there is so far."""
    deferred.callback("half a poem")


def error(deferred: Deferred[str]) -> None:
    """Fire with an error of our own."""
    deferred.errback(ConnectionAbortedError("hung up"))


def main() -> None:
    """Cancel three Deferreds, each with another canceller."""
    cancellers: list[Callable[[Deferred[str]], None]] = [nothing, result, error]
    for canceller in cancellers:
        poem = Deferred[str](canceller)
        poem.addCallbacks(
            lambda got: print(f"  callback got {got!r}"),
            lambda failure: print(f"  errback got {failure.value!r}"),
        )
        print(f"the canceller fires with: {canceller.__name__}")
        poem.cancel()


if __name__ == "__main__":
    main()
