"""A DeferredDict waits for many Deferreds, each with its own key (the last exercise of seed part 18).

Its rules are those of the DeferredList, with keys instead of indices:

- It takes a mapping of keys to Deferreds, which it reads once. It fires when all of them have fired.
- It fires with a new dict of the same keys in the same order; a value is ``(True, result)`` or ``(False, Failure)``.
- It fails only if `fireOnOneErrback` is set: then the first failure makes it fail with a FirstFailure that holds the
  key. The other Deferreds continue, but their results are ignored.
- A failure also stays with its own Deferred, for errbacks that are added to it later, unless `consumeErrors` is set.
- If it is cancelled before it has fired, every Deferred that it waits for is cancelled, and it fires as they do.
- An empty one fires at once, with an empty dict.
"""

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar

from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.python.failure import Failure

K = TypeVar("K")


class FirstFailure(Exception):
    """One Deferred of a DeferredDict has failed: `key` is its key and `subFailure` its Failure."""

    def __init__(self, key: object, subFailure: Failure) -> None:
        super().__init__(f"{key!r}: {subFailure.getErrorMessage()}")
        self.key = key
        self.subFailure = subFailure


class DeferredDict(Deferred[dict[K, tuple[bool, Any]]], Generic[K]):
    """A Deferred that fires with the outcomes of a mapping's Deferreds, by key; see the rules of the module."""

    def __init__(
        self, deferreds: Mapping[K, Deferred[Any]], *, fireOnOneErrback: bool = False, consumeErrors: bool = False
    ) -> None:
        super().__init__()
        keys = list(deferreds)

        def fail(failure: Failure) -> NoReturn:
            first = failure.value
            assert isinstance(first, FirstError)
            raise FirstFailure(keys[first.index], first.subFailure)

        self._list = DeferredList(deferreds.values(), fireOnOneErrback=fireOnOneErrback, consumeErrors=consumeErrors)
        by_key = self._list.addCallbacks(lambda results: dict(zip(keys, results, strict=True)), fail)
        by_key.addCallbacks(self.callback, self.errback)

    def cancel(self) -> None:
        """Cancel the Deferreds that it waits for; after it has fired, cancel what its callbacks wait for, as usual."""
        if self.called:
            super().cancel()
        else:
            self._list.cancel()
