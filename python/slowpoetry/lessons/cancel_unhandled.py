"""Cancelling a Deferred runs its errbacks; without any, the error is logged.

Its callbacks do not run.
"""

from twisted.internet.defer import Deferred

from slowpoetry.lessons._logged import collect_garbage, print_errors


def cancel_one() -> None:
    """Cancel a Deferred that has a callback alone."""
    poem = Deferred[str]()
    poem.addCallback(lambda result: print(f"callback got {result!r}"))
    print("cancelling")
    poem.cancel()
    print("cancelled")


def main() -> None:
    """Cancel a Deferred, and forget it."""
    print_errors()
    cancel_one()
    collect_garbage()


if __name__ == "__main__":
    main()
