"""A Deferred in a DeferredList may have its own errback.

If it comes after the list's callbacks, the list gets the failure, but the log
does not.  If it comes before them, the list does not get the failure either.
"""

import gc
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from slowpoetry.lessons._logged import logged_failures


def handle(failure: Failure) -> str:
    """Replace the failure by a result."""
    print(f"  its own errback got {failure.value!r}")
    return "another poem"


def show(results: list[Any]) -> None:
    """Print the only pair of the list."""
    [(success, result)] = results
    shown = result if success else result.value
    print(f"  the list got success {success}, {shown!r}")


def behind_the_list() -> Deferred[str]:
    """A Deferred whose own errback comes after the list's."""
    poem = Deferred[str]()
    DeferredList([poem]).addCallback(show)
    return poem.addErrback(handle)


def in_front_of_the_list() -> Deferred[str]:
    """A Deferred whose own errback comes before the list's."""
    poem = Deferred[str]().addErrback(handle)
    DeferredList([poem]).addCallback(show)
    return poem


def main() -> None:
    """Make both fail in the same way."""
    logged = logged_failures()
    for place in (behind_the_list, in_front_of_the_list):
        print(f"its own errback {place.__name__.replace('_', ' ')}:")
        place().errback(ConnectionError("no such server"))
        gc.collect()
        print(f"  logged: {logged}")


if __name__ == "__main__":
    main()
