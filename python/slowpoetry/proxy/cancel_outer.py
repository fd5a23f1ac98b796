"""Cancelling an outer Deferred while it waits for an inner one: an exercise of seed part 19, to run and to watch.

A question is answered after one second, and its answer leads to a second question, which takes two more.  What
``python -m slowpoetry.proxy.cancel_outer SECONDS`` cancels at that time is the question that is open then.
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
    """Ask both questions on `clock` (a reactor or a task.Clock), cancel the outer one `after` seconds, and `tell`
    what happens, a line each.  Fires when all is over."""
    outer = _ask("outer", 1, clock, tell)
    # From the outer answer on, the outer Deferred has fired, but waits for the inner one, which its callback returns.
    outer.addCallback(lambda _: _ask("inner", 2, clock, tell))
    outer.addCallbacks(lambda answer: tell(f"got the {answer}"), lambda failure: tell(f"got {failure.type.__name__}"))

    def cancel() -> None:
        tell("cancelling the outer Deferred")
        outer.cancel()

    return gatherResults([outer, deferLater(clock, after, cancel)])


def main() -> None:
    """Do it with the reactor; 2 seconds, where the inner question is open, unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.proxy.cancel_outer", description="Cancel a Deferred.")
    parser.add_argument("after", type=seconds, nargs="?", default=2.0, help="seconds from the start (default: 2)")
    after = parser.parse_args().after

    def run(reactor: Any) -> Deferred[Any]:
        started = reactor.seconds()
        return cancel_outer(after, reactor, lambda line: print(f"{reactor.seconds() - started:3.1f} s: {line}"))

    react(run)


if __name__ == "__main__":
    main()
