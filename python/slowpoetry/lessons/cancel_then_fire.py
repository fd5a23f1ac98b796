"""A cancelled Deferred may still be fired once; that result is ignored.

So the code that fires it need not know.  A second time is an error, as usual.
"""

from twisted.internet.defer import AlreadyCalledError, Deferred


def main() -> None:
    """Cancel a Deferred, then fire it twice."""
    poem = Deferred[str]()
    results: list[str] = []
    poem.addCallbacks(
        results.append,
        lambda failure: print(f"errback got {failure.value!r}"),
    )
    poem.cancel()
    poem.callback("a poem")
    print(f"fired after all; its callback got: {results}")
    try:
        poem.callback("a poem")
    except AlreadyCalledError as error:
        print(f"fired once more; raised {error!r}")


if __name__ == "__main__":
    main()
