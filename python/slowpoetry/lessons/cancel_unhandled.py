"""Cancelling a Deferred runs its errbacks; without any, the error is logged.

Its callbacks do not run.
"""

import gc

from twisted.internet.defer import Deferred

from slowpoetry.lessons._logged import logged_failures


def cancel_one() -> None:
    """Cancel a Deferred that has only a callback, and drop it."""
    poem = Deferred[str]()
    results: list[str] = []
    poem.addCallback(results.append)
    print("cancelling")
    poem.cancel()
    print(f"cancelled; its callback got: {results}")


def main() -> None:
    """Cancel a Deferred, and show what is logged about it."""
    logged = logged_failures()
    cancel_one()
    gc.collect()
    print(f"logged: {logged}")


if __name__ == "__main__":
    main()
