"""A yielded value that is not a Deferred comes back at once.

The generator is resumed at once; the caller does not run in between.
"""

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import inlineCallbacks


@inlineCallbacks
def callbacks() -> Generator[Any, Any, None]:
    """Two callbacks with a plain value between them."""
    print("  first callback")
    result = yield 1
    print(f"  second callback got {result!r}")


def main() -> None:
    """Call it: both callbacks have run when the call returns."""
    print("calling")
    done = callbacks()
    print(f"back from the call; all has run: {done.called}")


if __name__ == "__main__":
    main()
