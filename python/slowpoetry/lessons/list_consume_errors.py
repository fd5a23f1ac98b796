"""A failure in a DeferredList is still a failure of its own Deferred.

Nobody handles it there, so it is logged, unless consumeErrors is set.
"""

import gc

from twisted.internet.defer import Deferred, DeferredList

from slowpoetry.lessons._logged import logged_failures


def wait_for_a_failure(consume: bool) -> None:
    """Make a list with one Deferred, which fails, and drop both."""
    poem = Deferred[str]()
    everything = DeferredList([poem], consumeErrors=consume)
    everything.addCallback(
        lambda results: print(f"  the list has collected {len(results)}")
    )
    poem.errback(ConnectionError("no such server"))


def main() -> None:
    """Cause the same failure without and with consumeErrors."""
    logged = logged_failures()
    for consume in (False, True):
        print(f"consumeErrors={consume}")
        wait_for_a_failure(consume)
        gc.collect()
        print(f"  logged: {logged}")
        logged.clear()


if __name__ == "__main__":
    main()
