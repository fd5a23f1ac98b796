"""An outer Deferred that waits on an inner one passes a cancellation on to the inner one.

Its own canceller is not called: it has fired, and what it fired with is past cancelling.
"""

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


def main() -> None:
    """Fire the outer Deferred, let it wait on the inner one, and cancel the outer one."""
    inner = Deferred[str](lambda _: print("the inner canceller is called"))
    outer = Deferred[str](lambda _: print("the outer canceller is called"))

    def go_on_with_inner(result: str) -> Deferred[str]:
        print(f"the outer callback got {result!r} and returns the inner Deferred")
        return inner

    def result_of_inner(result: str) -> None:
        print(f"the outer Deferred goes on with {result!r}")

    def error_of_inner(failure: Failure) -> None:
        print(f"the outer Deferred goes on with {failure.type.__name__}")

    outer.addCallback(go_on_with_inner)
    outer.addCallbacks(result_of_inner, error_of_inner)

    outer.callback("first")
    print(f"the outer Deferred has fired: {outer.called}; the inner one: {inner.called}")
    print("cancelling the outer Deferred")
    outer.cancel()
    print(f"the inner Deferred has fired: {inner.called}")


if __name__ == "__main__":
    main()
