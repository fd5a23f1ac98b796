"""An inline callback is called by the reactor, like any other callback.

The stack shows this: the reactor's run at the top, our generator at the bottom.
"""

import itertools
import traceback
from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import deferLater, react


@inlineCallbacks
def callbacks(reactor: Any) -> Generator[Deferred[None], None, None]:
    """Two callbacks; each prints its stack."""
    print("first callback, called by our own code:")
    print_stack()
    yield deferLater(reactor, 0.05)
    print("second callback, called by the reactor:")
    print_stack()


def print_stack() -> None:
    """Print the stack's functions; of Twisted's, only `react` and `run`."""
    frames = traceback.extract_stack()[:-1]
    names = [
        frame.name
        if frame.filename == __file__ or frame.name in ("react", "run")
        else "..."
        for frame in frames
    ]
    names = names[names.index("main") :]  # without what started Python
    for name, _ in itertools.groupby(names):
        print(f"  {name}")


def lesson(reactor: Any) -> Deferred[None]:
    """Call the generator function while the reactor is running."""
    return callbacks(reactor)


def main() -> None:
    """Run the reactor until the generator has ended."""
    react(lesson)


if __name__ == "__main__":
    main()
