"""The rules of a DeferredDict, one test for each; for pytest and trial."""

import gc
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from slowpoetry.deferred_dict import DeferredDict, FirstFailure


class Broken(Exception):
    """The exception of the failing Deferreds in these tests."""


def outcomes(result: dict[str, tuple[bool, Any]]) -> dict[str, object]:
    """The results by key; for a Failure, the type of its exception."""
    return {key: value if success else type(value.value) for key, (success, value) in result.items()}


class DeferredDictTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.yeats: Deferred[str] = Deferred()
        self.poe: Deferred[str] = Deferred()
        self.both = {"yeats": self.yeats, "poe": self.poe}

    def test_an_empty_dict_fires_at_once(self) -> None:
        empty: dict[str, Deferred[str]] = {}
        self.assertEqual(self.successResultOf(DeferredDict(empty)), {})
        self.assertEqual(self.successResultOf(DeferredDict(empty, fireOnOneErrback=True)), {})

    def test_it_fires_after_the_last_deferred_with_the_results_by_key(self) -> None:
        poems = DeferredDict(self.both)
        self.poe.callback("science")
        self.assertNoResult(poems)
        self.yeats.callback("fascination")
        result = self.successResultOf(poems)
        self.assertEqual(result, {"yeats": (True, "fascination"), "poe": (True, "science")})

    def test_the_keys_have_the_order_of_the_mapping_not_of_the_firing(self) -> None:
        poems = DeferredDict(self.both)
        self.poe.callback("science")
        self.yeats.callback("fascination")
        self.assertEqual(list(self.successResultOf(poems)), ["yeats", "poe"])

    def test_deferreds_that_have_fired_before_count(self) -> None:
        poems = DeferredDict({"yeats": succeed("fascination"), "poe": fail(Broken())}, consumeErrors=True)
        self.assertEqual(outcomes(self.successResultOf(poems)), {"yeats": "fascination", "poe": Broken})

    def test_keys_can_be_anything_that_a_dict_takes(self) -> None:
        poems = DeferredDict({("127.0.0.1", 10001): succeed(1), None: succeed(2)})
        self.assertEqual(self.successResultOf(poems), {("127.0.0.1", 10001): (True, 1), None: (True, 2)})

    def test_later_changes_of_the_mapping_have_no_effect(self) -> None:
        poems = DeferredDict(self.both)
        del self.both["poe"]
        self.both["donne"] = Deferred()
        self.yeats.callback("fascination")
        self.assertNoResult(poems)
        self.poe.callback("science")
        self.assertEqual(list(self.successResultOf(poems)), ["yeats", "poe"])

    def test_a_failure_is_a_result_and_the_others_are_waited_for(self) -> None:
        poems = DeferredDict(self.both, consumeErrors=True)
        self.yeats.errback(Broken())
        self.assertNoResult(poems)
        self.poe.callback("science")
        self.assertEqual(outcomes(self.successResultOf(poems)), {"yeats": Broken, "poe": "science"})

    def test_a_failure_stays_with_its_own_deferred(self) -> None:
        poems = DeferredDict({"yeats": self.yeats})
        self.yeats.errback(Broken())
        self.successResultOf(poems)
        self.failureResultOf(self.yeats, Broken)

    def test_an_unhandled_failure_is_logged_unless_it_is_consumed(self) -> None:
        for consume, logged in ((False, 1), (True, 0)):
            self.successResultOf(DeferredDict({"yeats": fail(Broken())}, consumeErrors=consume))
            gc.collect()  # an unhandled failure is logged when its Deferred is collected
            self.assertEqual(len(self.flushLoggedErrors(Broken)), logged)

    def test_a_result_stays_with_its_own_deferred_too(self) -> None:
        DeferredDict({"yeats": self.yeats}, consumeErrors=True)
        self.yeats.callback("fascination")
        self.assertEqual(self.successResultOf(self.yeats), "fascination")

    def test_fire_on_one_errback_fails_at_once_and_names_the_key(self) -> None:
        poems = DeferredDict(self.both, fireOnOneErrback=True, consumeErrors=True)
        self.poe.errback(Broken("no ink"))
        first = self.failureResultOf(poems, FirstFailure).value
        self.assertEqual((first.key, first.subFailure.type, str(first)), ("poe", Broken, "'poe': no ink"))

    def test_after_the_first_failure_the_others_continue_but_are_ignored(self) -> None:
        poems = DeferredDict(self.both, fireOnOneErrback=True, consumeErrors=True)
        self.poe.errback(Broken())
        self.failureResultOf(poems, FirstFailure)
        self.assertNoResult(self.yeats)
        poems.cancel()
        self.assertNoResult(self.yeats)
        self.yeats.callback("fascination")
        self.assertEqual(self.successResultOf(self.yeats), "fascination")

    def test_fire_on_one_errback_without_a_failure_fires_as_usual(self) -> None:
        poems = DeferredDict({"yeats": succeed("fascination")}, fireOnOneErrback=True)
        self.assertEqual(self.successResultOf(poems), {"yeats": (True, "fascination")})

    def test_cancelling_it_cancels_what_has_not_fired_and_keeps_what_has(self) -> None:
        poems = DeferredDict(self.both, consumeErrors=True)
        self.yeats.callback("fascination")
        poems.cancel()
        self.assertEqual(outcomes(self.successResultOf(poems)), {"yeats": "fascination", "poe": CancelledError})

    def test_a_canceller_may_still_give_a_result(self) -> None:
        poems = DeferredDict({"poe": Deferred(lambda poe: poe.callback("half a sonnet"))})
        poems.cancel()
        self.assertEqual(self.successResultOf(poems), {"poe": (True, "half a sonnet")})

    def test_when_cancelled_it_waits_for_deferreds_that_fire_later(self) -> None:
        tidied: Deferred[str] = Deferred()
        poems = DeferredDict({"poe": self.poe.addErrback(lambda _: tidied)})
        poems.cancel()
        self.assertNoResult(poems)
        tidied.callback("tidied up")
        self.assertEqual(self.successResultOf(poems), {"poe": (True, "tidied up")})

    def test_once_it_has_fired_cancelling_cancels_what_its_callbacks_wait_for(self) -> None:
        inner: Deferred[str] = Deferred()
        poems = DeferredDict({"yeats": succeed("fascination")}).addCallback(lambda _: inner)
        poems.cancel()
        self.failureResultOf(poems, CancelledError)

    def test_a_dict_of_dicts_names_both_keys(self) -> None:
        poems = DeferredDict({"today": DeferredDict({"poe": succeed("science")})})
        self.assertEqual(self.successResultOf(poems), {"today": (True, {"poe": (True, "science")})})
