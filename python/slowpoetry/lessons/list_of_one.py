"""A DeferredList's result is a list of pairs: whether it succeeded, with what.

Even of a single Deferred.
"""

from twisted.internet.defer import Deferred, DeferredList


def main() -> None:
    """Wait for one Deferred by a list."""
    poem = Deferred[str]()
    everything = DeferredList([poem])
    everything.addCallback(lambda results: print(f"results: {results}"))
    print(f"waiting; the list has fired: {everything.called}")
    poem.callback("a poem")
    print(f"the poem has come; the list has fired: {everything.called}")


if __name__ == "__main__":
    main()
