"""A DeferredDict waits for many Deferreds, each with a name of its own (the last exercise of seed part 18).

Its rules are the DeferredList's, told by key instead of index:

- It is given a mapping of keys to Deferreds, which it reads once, and fires when each of them has fired.
- It fires with a new dict of the same keys in the same order; a value is ``(True, result)`` or ``(False, Failure)``.
- It never fails, unless `fireOnOneErrback` is set: then it fails at the first failure, with a FirstFailure that
  tells the key. The other Deferreds go on, and nothing more is heard of them.
- A failure also stays with its own Deferred, for errbacks that are added to it later, unless `consumeErrors` is set.
- Cancelling it before it has fired cancels every Deferred that it waits for, and it fires as they do.
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
    """A Deferred that fires with the outcomes of a mapping's Deferreds, by key; the rules are the module's."""

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
        """Cancel what it waits for; once it has fired, what its own callbacks wait for, as any Deferred."""
        if self.called:
            super().cancel()
        else:
            self._list.cancel()
