"""Cancelling an outer Deferred while it waits for an inner one: an exercise of seed part 19, to run and watch.

The outer question is answered after one second.  Its answer leads to the inner question, which takes two more
seconds.  ``python -m slowpoetry.proxy.cancel_outer SECONDS`` cancels the question that is open at that time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater, react

from slowpoetry.option_values import seconds

Tell = Callable[[str], object]


def _ask(name: str, delay: float, clock: Any, tell: Tell) -> Deferred[str]:
    def answer() -> None:
        tell(f"{name} question answered")
        question.callback(f"{name} answer")

    def forget(_: Deferred[str]) -> None:
        tell(f"{name} question forgotten")
        call.cancel()

    tell(f"{name} question asked")
    question: Deferred[str] = Deferred(forget)
    call = clock.callLater(delay, answer)
    return question


def cancel_outer(after: float, clock: Any, tell: Tell) -> Deferred[Any]:
    """Ask both questions on `clock` (a reactor or a task.Clock) and cancel the outer one after `after` seconds.

    `tell` is called with a line for each thing that happens.  The Deferred fires when everything has ended.
    """
    outer = _ask("outer", 1, clock, tell)
    # After its answer the outer Deferred has fired, but it waits for the inner one, which its callback has returned.
    outer.addCallback(lambda _: _ask("inner", 2, clock, tell))
    outer.addCallbacks(lambda answer: tell(f"got the {answer}"), lambda failure: tell(f"got {failure.type.__name__}"))

    def cancel() -> None:
        tell("cancelling the outer Deferred")
        outer.cancel()

    return gatherResults([outer, deferLater(clock, after, cancel)])


def main() -> None:
    """Run it with the reactor; by default it cancels after 2 seconds, while the inner question is open."""
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.proxy.cancel_outer", description="Cancel a Deferred.")
    parser.add_argument("after", type=seconds, nargs="?", default=2.0, help="seconds from the start (default: 2)")
    after = parser.parse_args().after

    def run(reactor: Any) -> Deferred[Any]:
        started = reactor.seconds()
        return cancel_outer(after, reactor, lambda line: print(f"{reactor.seconds() - started:3.1f} s: {line}"))

    react(run)


if __name__ == "__main__":
    main()
