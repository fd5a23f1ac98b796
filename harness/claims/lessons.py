"""The claims of parts 17 to 19 on generators, lists and cancelling: answered from what the Python lessons printed."""

from __future__ import annotations

from harness.claims import Answer, Claim, answered
from harness.claims.records import Records

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


def _in_order(lines: list[str], *wanted: str) -> bool:
    """Whether these lines are all there, one after another, whatever stands between."""
    rest = iter(line.strip() for line in lines)
    return all(line in rest for line in wanted)


def _inline_order(records: Records) -> Answer:
    order, plain = records.lesson("inline-order"), records.lesson("inline-plain-value")
    thrown = records.lesson("inline-exception")
    # "two" fires first, and waits for the callback before it.
    one_by_one = _in_order(
        order, "reactor: fires with 'two'", "reactor: fires with 'one'", "second callback got 'one'",
        "third callback got 'two'",
    )  # fmt: skip
    straight = _in_order(plain, "calling", "second callback got 1", "back from the call; all has run: True")
    raised = any("the yield raised" in line for line in thrown)
    figures = (
        f"callbacks {'one by one, in order' if one_by_one else 'out of order'}; a plain value "
        f"{'comes' if straight else 'does not come'} straight back; a failure {'is' if raised else 'is not'} "
        "raised at the yield"
    )
    return answered(one_by_one and straight and raised, figures, records.lesson_evidence("inline-order"))


def _list_order(records: Records) -> Answer:
    lines = records.lesson("list-order")
    given = next((line.removeprefix("list: ").split(", ") for line in lines if line.startswith("list: ")), [])
    fired = [line.removeprefix("firing ") for line in lines if line.startswith("firing ")]
    results = [line.split(": ")[1].split(" (")[0] for line in lines if line.startswith("list result ")]
    holds = len(given) > 1 and sorted(given) == sorted(fired) and given != fired and results == given
    figures = f"fired {', '.join(fired)}; results {', '.join(results)}"
    return answered(holds, figures, records.lesson_evidence("list-order"))


def _list_never_fails(records: Records) -> Answer:
    lines = records.lesson("one-of-many-fails")
    collected = _in_order(lines, "the list's callback runs") and any("success False" in line for line in lines)
    at_once = "made; it has fired: True" in records.lesson("list-empty")
    logs = [line.split("logged: ")[1] for line in records.lesson("list-consume-errors") if "logged: " in line]
    silenced = len(logs) == 2 and logs[0] != "[]" and logs[1] == "[]"
    figures = (
        f"a failure is {'collected' if collected else 'not collected'}; an empty list fires "
        f"{'at once' if at_once else 'later'}; consumeErrors {'silences' if silenced else 'does not silence'} the log"
    )
    return answered(collected and at_once and silenced, figures, records.lesson_evidence("one-of-many-fails"))


def _cancel_errback(records: Records) -> Answer:
    errback = "errback got CancelledError()" in records.lesson("cancel-waiting")
    later = records.lesson("cancel-then-fire")
    ignored = "fired after all; its callback got: []" in later
    limit = any("AlreadyCalledError" in line for line in later)
    figures = (
        f"errback {'got' if errback else 'did not get'} CancelledError; a later result "
        f"{'is ignored' if ignored else 'arrives'}{', once: the next raises AlreadyCalledError' if limit else ''}"
    )
    return answered(errback and ignored, figures, records.lesson_evidence("cancel-then-fire"), limit=limit)


def _cancel_fired(records: Records) -> Answer:
    lines = records.lesson("cancel-finished")
    nothing = _in_order(lines, "cancelled; calls of its canceller: 0", "a later callback got 'a poem'")
    return answered(nothing, "; ".join(lines[1:]), records.lesson_evidence("cancel-finished"))


def _cancel_inner(records: Records) -> Answer:
    lines = records.lesson("cancel-inner")
    inner = _in_order(
        lines, "fired: outer True, inner False", "cancelling the outer Deferred", "the inner canceller is called",
        "outer errback got CancelledError()",
    )  # fmt: skip
    figures = "the outer one was cancelled: " + ("the inner canceller ran" if inner else "the inner one went on")
    return answered(inner, figures, records.lesson_evidence("cancel-inner"))


def _cancel_not_abort(records: Records) -> Answer:
    lines = records.lesson("cancel-not-abort")
    went_on = any(line.startswith("the work is done") for line in lines[lines.index("errback got CancelledError()") :]
                  ) if "errback got CancelledError()" in lines else False  # fmt: skip
    figures = f"after the CancelledError the work {'went on to its end' if went_on else 'was not heard of again'}"
    return answered(went_on, figures, records.lesson_evidence("cancel-not-abort"))


CLAIMS = (
    Claim("inline-order", 17, "an inlineCallbacks generator runs one callback at a time, in order", _inline_order),
    Claim("list-order", 18, "a DeferredList's results are in list order, not firing order", _list_order),
    Claim("list-never-fails", 18, "a DeferredList collects failures and does not fail", _list_never_fails),
    Claim("cancel-errback", 19, "cancelling an unfired Deferred runs its errback", _cancel_errback),
    Claim("cancel-fired", 19, "cancelling a fired Deferred does nothing ...", _cancel_fired),
    Claim("cancel-inner", 19, "... unless it waits on an inner one, which is cancelled", _cancel_inner),
    Claim("cancel-not-abort", 19, "without a canceller the work goes on", _cancel_not_abort),
)
