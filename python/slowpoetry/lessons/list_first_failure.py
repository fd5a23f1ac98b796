"""A DeferredList can fail with the first failure: fireOnOneErrback.

Its Failure holds a FirstError: the failure and its place in the list.
"""

from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.python.failure import Failure


def show(failure: Failure) -> None:
    """Print the failure that the list's failure holds."""
    failure.trap(FirstError)
    first = failure.value
    assert isinstance(first, FirstError)
    print(f"  the list's errback got number {first.index}: ", end="")
    print(repr(first.subFailure.value))


def main() -> None:
    """Wait for two poems that are both needed; the second one fails."""
    poems = [Deferred[str]() for _ in range(2)]
    both = DeferredList(poems, fireOnOneErrback=True, consumeErrors=True)
    both.addCallbacks(lambda results: print(f"results: {results}"), show)
    print("number 1 fails")
    poems[1].errback(ConnectionError("no such server"))
    print(f"the list has fired: {both.called}")
    print("number 0 comes")
    poems[0].callback("ecstasy")
    print("that is all")


if __name__ == "__main__":
    main()
