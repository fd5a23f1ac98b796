"""A DeferredList can fire with the first result: fireOnOneCallback.

Its result is then not a list, but that result and its place in the list.
"""

from twisted.internet.defer import Deferred, DeferredList


def main() -> None:
    """Ask two mirrors for a poem, and take the one that comes first."""
    mirrors = [Deferred[str]() for _ in range(2)]
    fastest = DeferredList(mirrors, fireOnOneCallback=True)
    fastest.addCallback(lambda result: print(f"the list fires with {result}"))
    print("mirror 1 answers")
    mirrors[1].callback("a poem")
    print("mirror 0 answers")
    mirrors[0].callback("the same poem")
    print("that is all")


if __name__ == "__main__":
    main()
