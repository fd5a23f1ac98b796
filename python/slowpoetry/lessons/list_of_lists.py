"""A DeferredList is a Deferred, so a DeferredList can contain it.

The outer list's results are pairs that hold the inner lists' results.
"""

from typing import Any

from twisted.internet.defer import Deferred, DeferredList


def announce(results: list[Any], number: int) -> list[Any]:
    """Print that an inner list has fired, and pass its results on."""
    print(f"inner list {number} has fired")
    return results


def show(results: list[Any]) -> None:
    """Print a line for each inner list."""
    for number, (success, inner) in enumerate(results, 1):
        successes = [one for one, _ in inner]
        print(f"list {number}: success {success}, inside: {successes}")


def main() -> None:
    """Wait for two authors with two poems each, one of which fails."""
    poems = [Deferred[str]() for _ in range(4)]
    authors = []
    for number, own in enumerate((poems[:2], poems[2:]), 1):
        author = DeferredList(own, consumeErrors=True)
        authors.append(author.addCallback(announce, number))
    DeferredList(authors).addCallback(show)
    for poem in poems[1:]:
        poem.callback("a poem")
    poems[0].errback(ConnectionError("no such server"))


if __name__ == "__main__":
    main()
