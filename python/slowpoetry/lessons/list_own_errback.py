"""A Deferred of a DeferredList may have an errback of its own.

Behind the list's, it keeps the failure from the log, and the list has it too.
In front of it, it keeps the failure from the list.
"""

from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from slowpoetry.lessons._logged import collect_garbage, print_errors


def handle(failure: Failure) -> str:
    """Put something else in the failure's place."""
    print(f"  its own errback got {failure.value!r}")
    return "another poem"


def show(results: list[Any]) -> None:
    """The only pair of the list."""
    [(success, result)] = results
    shown = result.value if isinstance(result, Failure) else result
    print(f"  the list got success {success}, {shown!r}")


def wait_for_a_failure(errback_first: bool) -> None:
    """A list of one that fails; its errback is added before the list's."""
    poem = Deferred[str]()
    if errback_first:
        poem.addErrback(handle)
    DeferredList([poem]).addCallback(show)
    if not errback_first:
        poem.addErrback(handle)
    poem.errback(ConnectionError("no such server"))


def main() -> None:
    """The same failure, handled behind the list and in front of it."""
    print_errors()
    for errback_first in (False, True):
        where = "in front of" if errback_first else "behind"
        print(f"an errback {where} the list's")
        wait_for_a_failure(errback_first)
        collect_garbage()
    print("that is all")


if __name__ == "__main__":
    main()
