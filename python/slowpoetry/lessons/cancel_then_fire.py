"""Whoever was to fire a cancelled Deferred need not know: it may fire it still.

That is ignored, once; firing it a second time is an error as ever.
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
