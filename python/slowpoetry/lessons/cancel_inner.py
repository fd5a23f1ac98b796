"""If a fired Deferred waits on another one, cancelling it cancels that one.

The outer canceller is not called, because the outer work is done.
"""

from twisted.internet.defer import Deferred


def main() -> None:
    """Cancel an outer Deferred while it waits on an inner one."""
    outer = Deferred[str](lambda _: print("the outer canceller is called"))
    inner = Deferred[str](lambda _: print("the inner canceller is called"))

    def wait_on_inner(result: str) -> Deferred[str]:
        print(f"outer callback got {result!r}, returns the inner Deferred")
        return inner

    outer.addCallback(wait_on_inner)
    outer.addCallbacks(
        lambda result: print(f"outer callback got {result!r}"),
        lambda failure: print(f"outer errback got {failure.value!r}"),
    )
    outer.callback("first")
    print(f"fired: outer {outer.called}, inner {inner.called}")
    print("cancelling the outer Deferred")
    outer.cancel()
    print(f"fired: outer {outer.called}, inner {inner.called}")


if __name__ == "__main__":
    main()
