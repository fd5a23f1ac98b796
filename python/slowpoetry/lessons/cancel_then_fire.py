"""Whoever was to fire a cancelled Deferred need not know: it may fire it still.

That is ignored, once; firing it a second time is an error as ever.
"""

from twisted.internet.defer import AlreadyCalledError, Deferred


def main() -> None:
    """Cancel a Deferred, then fire it twice."""
    poem = Deferred[str]()
    poem.addCallbacks(
        lambda result: print(f"callback got {result!r}"),
        lambda failure: print(f"errback got {failure.value!r}"),
    )
    poem.cancel()
    print("firing it after all")
    poem.callback("a poem")
    print("firing it once more")
    try:
        poem.callback("a poem")
    except AlreadyCalledError as error:
        print(f"raised: {error!r}")


if __name__ == "__main__":
    main()
