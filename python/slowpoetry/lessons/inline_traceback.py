"""An inline callback is called by the reactor, like any other callback.

The stack shows it: the reactor's run above, our generator at the bottom.
"""

import itertools
import traceback
from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import deferLater, react


@inlineCallbacks
def callbacks(reactor: Any) -> Generator[Deferred[None], None, None]:
    """Two callbacks; each prints the stack that it runs on."""
    print("first callback, called by our own code:")
    print_stack()
    yield deferLater(reactor, 0.05)
    print("second callback, called by the reactor:")
    print_stack()


def print_stack() -> None:
    """The stack's functions, of Twisted's many only `react` and `run`."""
    frames = traceback.extract_stack()[:-1]
    names = [
        frame.name
        if frame.filename == __file__ or frame.name in ("react", "run")
        else "..."
        for frame in frames
    ]
    names = names[names.index("main") :]  # above stands what started Python
    for name, _ in itertools.groupby(names):
        print(f"  {name}")


def lesson(reactor: Any) -> Deferred[None]:
    """Call the generator function from within the reactor's time."""
    return callbacks(reactor)


def main() -> None:
    """Run the reactor until the generator has ended."""
    react(lesson)


if __name__ == "__main__":
    main()
