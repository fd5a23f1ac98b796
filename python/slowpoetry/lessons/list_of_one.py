"""The result of a DeferredList is a list of pairs: success, and result.

This is so even for a single Deferred.
"""

from twisted.internet.defer import Deferred, DeferredList


def main() -> None:
    """Wait for one Deferred with a list."""
    poem = Deferred[str]()
    everything = DeferredList([poem])
    everything.addCallback(lambda results: print(f"results: {results}"))
    print(f"waiting; the list has fired: {everything.called}")
    poem.callback("a poem")
    print(f"the poem has come; the list has fired: {everything.called}")


if __name__ == "__main__":
    main()
