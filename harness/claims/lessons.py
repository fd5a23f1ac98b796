"""The claims of parts 17 to 19 about generators, lists and cancelling, answered from the output of Python lessons.

A lesson is an experiment.  If its first lines do not show the right set-up (for example, that the Deferred to be
cancelled is waiting), nothing is observed.  Otherwise the lines after them answer the claim.
"""

from __future__ import annotations

from harness.claims import Answer, Claim, answered
from harness.claims.records import Records, Unobserved, lesson_evidence

NEEDED = (
    "inline-order",
    "inline-plain-value",
    "inline-exception",
    "list-order",
    "list-empty",
    "list-consume-errors",
    "one-of-many-fails",
    "cancel-waiting",
    "cancel-then-fire",
    "cancel-finished",
    "cancel-inner",
    "cancel-not-abort",
)


def _lines(records: Records, name: str, *set_up: str) -> list[str]:
    """The stripped lines after the set-up lines; Unobserved if the output lacks those, in this order."""
    rest = iter([line.strip() for line in records.lesson(name)])
    for wanted in set_up:
        if wanted not in rest:  # this also consumes the lines before it
            raise Unobserved(f"the lesson {name} did not print {wanted!r}", lesson_evidence(name))
    return list(rest)


def _in_order(lines: list[str], *wanted: str) -> bool:
    """Whether the lines contain all wanted lines in this order; others may be between them."""
    rest = iter(lines)
    return all(line in rest for line in wanted)


def _answered(true: bool, figures: str, *names: str, limit: bool = False) -> Answer:
    return answered(true, figures, tuple(lesson_evidence(name) for name in names), limit=limit)


def _inline_order(records: Records) -> Answer:
    # "two" fires first, while the first callback is still waiting for "one".
    after_two = _lines(records, "inline-order", "first callback starts", "reactor: fires with 'two'")
    plain = _lines(records, "inline-plain-value", "calling")
    thrown = _lines(records, "inline-exception", "the generator waits; it has ended: False")
    one_by_one = _in_order(
        after_two, "reactor: fires with 'one'", "second callback got 'one'", "third callback got 'two'"
    )
    straight = _in_order(plain, "second callback got 1", "back from the call; all has run: True")
    raised = any(line.startswith("the yield raised") for line in thrown)
    figures = (
        f"callbacks run {'one by one, in order' if one_by_one else 'out of order'}; a plain value "
        f"{'comes' if straight else 'does not come'} back at once; a failure {'is' if raised else 'is not'} "
        "raised at the yield"
    )
    return _answered(
        one_by_one and straight and raised, figures, "inline-order", "inline-plain-value", "inline-exception"
    )


def _list_order(records: Records) -> Answer:
    lines = _lines(records, "list-order")
    given = next((line.removeprefix("list: ").split(", ") for line in lines if line.startswith("list: ")), [])
    fired = [line.removeprefix("firing ") for line in lines if line.startswith("firing ")]
    if len(given) < 2 or sorted(given) != sorted(fired) or given == fired:
        raise Unobserved("the lesson's Deferreds fired in list order", lesson_evidence("list-order"))
    results = [line.split(": ")[1].split(" (")[0] for line in lines if line.startswith("list result ")]
    figures = f"fired: {', '.join(fired)}; results: {', '.join(results) or 'none'}"
    return _answered(results == given, figures, "list-order")


def _list_never_fails(records: Records) -> Answer:
    lines = _lines(records, "one-of-many-fails")
    empty = [line for line in _lines(records, "list-empty") if line.startswith("made; it has fired: ")]
    logs = [line.split("logged: ")[1] for line in _lines(records, "list-consume-errors") if "logged: " in line]
    if not empty or len(logs) != 2 or logs[0] == "[]":
        raise Unobserved(
            "the lessons show no empty list, or no error that is logged", lesson_evidence("list-consume-errors")
        )
    collected = _in_order(lines, "the list's callback runs") and any("success False" in line for line in lines)
    at_once, silenced = empty == ["made; it has fired: True"], logs[1] == "[]"
    figures = (
        f"a failure is {'collected' if collected else 'not collected'}; an empty list fires "
        f"{'at once' if at_once else 'later'}; consumeErrors {'silences' if silenced else 'does not silence'} the log"
    )
    return _answered(
        collected and at_once and silenced, figures, "one-of-many-fails", "list-empty", "list-consume-errors"
    )


def _cancel_errback(records: Records) -> Answer:
    waiting = _lines(records, "cancel-waiting", "waiting; it has fired: False")
    fired = [line for line in _lines(records, "cancel-then-fire") if line.startswith("fired")]
    if not fired:
        raise Unobserved("no Deferred was fired after it was cancelled", lesson_evidence("cancel-then-fire"))
    errback = "errback got CancelledError()" in waiting
    ignored = fired[0] == "fired after all; its callback got: []"
    limit = any("AlreadyCalledError" in line for line in fired[1:])
    figures = (
        f"the errback {'got' if errback else 'did not get'} CancelledError; a later result "
        f"{'is ignored' if ignored else 'is not ignored'}{', but the next one raises AlreadyCalledError' * limit}"
    )
    return _answered(errback and ignored, figures, "cancel-waiting", "cancel-then-fire", limit=limit)


def _cancel_fired(records: Records) -> Answer:
    lines = _lines(records, "cancel-finished", "fired: True")
    nothing = _in_order(lines, "cancelled; calls of its canceller: 0", "a later callback got 'a poem'")
    return _answered(nothing, "; ".join(lines), "cancel-finished")


def _cancel_inner(records: Records) -> Answer:
    lines = _lines(records, "cancel-inner", "fired: outer True, inner False", "cancelling the outer Deferred")
    called = "the inner canceller is called" in lines
    ended = lines[-1:] == ["fired: outer True, inner True"]
    notified = "outer errback got CancelledError()" in lines
    figures = (
        f"after the outer Deferred was cancelled, the inner canceller {'ran' if called else 'did not run'}, the inner "
        f"Deferred {'fired' if ended else 'did not fire'}, and the outer errback "
        f"{'got' if notified else 'did not get'} CancelledError"
    )
    return _answered(called and ended and notified, figures, "cancel-inner")


def _cancel_not_abort(records: Records) -> Answer:
    lines = _lines(records, "cancel-not-abort", "waiting", "errback got CancelledError()")
    went_on = any(line.startswith("the work is done") for line in lines)
    figures = f"after the CancelledError the work {'continued to its end' if went_on else 'did not continue'}"
    return _answered(went_on, figures, "cancel-not-abort")


CLAIMS = (
    Claim("inline-order", 17, "an inlineCallbacks generator runs one callback at a time, in order", _inline_order),
    Claim("list-order", 18, "the results of a DeferredList are in list order, not in firing order", _list_order),
    Claim("list-never-fails", 18, "a DeferredList collects failures and does not fail itself", _list_never_fails),
    Claim("cancel-errback", 19, "if a Deferred has not fired, cancelling it runs its errback", _cancel_errback),
    Claim("cancel-fired", 19, "if a Deferred has fired, cancelling it does nothing", _cancel_fired),
    Claim("cancel-inner", 19, "but if it waits for an inner Deferred, that one is cancelled", _cancel_inner),
    Claim("cancel-not-abort", 19, "without a canceller, cancelling does not stop the work", _cancel_not_abort),
)
