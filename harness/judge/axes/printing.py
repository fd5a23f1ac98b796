"""What a client prints, when, and in which order."""

from __future__ import annotations

import itertools

from harness.judge.axes.axis import MARGIN, TIE, Axis, Values
from harness.record.evidence import Evidence

DELIVERY: Values = ("streams", "each", "at-end")
ORDER: Values = ("arguments", "completion", "reverse-completion")


def bytes_(evidence: Evidence) -> Values:
    """Standard output against the poems: `exact` or `differs`."""
    return ("differs",) if evidence.stdout_poems.difference else ("exact",)


def delivery(evidence: Evidence) -> Values:
    """When a poem is printed: it `streams`, `each` when it is complete, or all `at-end`."""
    stdout, poems = evidence.transcript.stdout, evidence.stdout_poems.poems
    seen = [(poem, stdout.at(poem.start), done) for poem in poems if (done := evidence.done(poem.task)) is not None]
    if not seen:
        return DELIVERY
    # Nothing can be printed before it was sent, so these comparisons hold on a loaded machine, too.
    if any(shown < done for _, shown, done in seen):
        return ("streams",)
    values, margin = [], MARGIN + evidence.slack
    first, _, first_done = seen[0]
    connection = evidence.log.of_task(first.task)
    if connection is None or not connection.times or connection.times[0] > first_done - margin:
        values.append("streams")
    if any(shown < evidence.last_done for _, shown, _ in seen):
        values.append("each")
    else:
        values.append("at-end")
        # Poems that were done early would have been printed early, unless they waited for their turn as arguments.
        tasks = [poem.task for poem, _, _ in seen]
        candidates = seen[:1] if tasks == sorted(tasks) else seen
        dues = [done for poem, _, done in candidates if not evidence.scenario.server(poem.task).fills_buffers]
        if min(dues, default=evidence.last_done) > evidence.last_done - margin:
            values.append("each")
    return tuple(values)


def order(evidence: Evidence) -> Values:
    """The order of the poems on standard output: `arguments`, `completion`, `reverse-completion` or `other`."""
    tasks = [poem.task for poem in evidence.stdout_poems.whole()]
    if len(tasks) < 2 or evidence.scenario.shares_servers:
        return ORDER
    if any(evidence.scenario.server(task).fills_buffers for task in tasks):
        return ORDER
    done = [evidence.done(task) or evidence.last_done for task in tasks]
    values, tie = [], TIE + evidence.slack
    if tasks == sorted(tasks):
        values.append("arguments")
    if all(a <= b + tie for a, b in itertools.pairwise(done)):
        values.append("completion")
    if all(a >= b - tie for a, b in itertools.pairwise(done)):
        values.append("reverse-completion")
    return tuple(values) or ("other",)


BYTES = Axis("bytes", bytes_, {"exact": "the poems byte for byte", "differs": "not the poems byte for byte"})
PRINTING = (
    Axis(
        "delivery",
        delivery,
        {
            "streams": "prints a poem while it is still coming",
            "each": "prints each poem when it is complete",
            "at-end": "prints all poems at the end",
        },
        trait=True,
        at_ease=True,
    ),
    Axis(
        "order",
        order,
        {
            "arguments": "prints the poems in the order of the arguments",
            "completion": "prints the poems in the order in which they are completed",
            "reverse-completion": "prints the poem that was completed last first",
            "other": "prints the poems in an order of its own",
        },
        trait=True,
        at_ease=True,
    ),
)
