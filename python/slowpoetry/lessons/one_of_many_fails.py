"""A DeferredList collects failures as it collects results, and does not fail.

In the pairs of the result, False comes with a Failure.
"""

from typing import Any

from twisted.internet.defer import Deferred, DeferredList


def show(results: list[Any]) -> None:
    """The list's callback: print a line for each Deferred."""
    print("the list's callback runs")
    for number, (success, result) in enumerate(results, 1):
        shown = result if success else result.value
        print(f"  {number}: success {success}, {shown!r}")


def main() -> None:
    """Make the second of three fail before the others have come."""
    poems = [Deferred[str]() for _ in range(3)]
    everything = DeferredList(poems, consumeErrors=True)
    everything.addCallbacks(
        show,
        lambda failure: print(f"the list's errback got {failure.value!r}"),
    )
    poems[1].errback(ConnectionError("no such server"))
    print(f"one has failed; the list has fired: {everything.called}")
    poems[0].callback("ecstasy")
    poems[2].callback("science")


if __name__ == "__main__":
    main()
