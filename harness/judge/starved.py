"""Whether a client got no processor for so long that it cannot be blamed for what it did late."""

from __future__ import annotations

from harness.record.evidence import Evidence

SHARE = 0.5  # of the time that the client had
LEAST = 0.5  # seconds; shorter waits lose no poem


def starved(evidence: Evidence) -> bool:
    """Whether the client or its recorder got no processor for so long that poems may be lost by it.

    It had the time from the first connection to the end of the last poem, or, if the lab stopped it, from its start to
    its end; or its patience with a silent server, if that is shorter.
    """
    recording, first = evidence.recording, _first_call(evidence)
    since, until = (recording.started, recording.ended) if recording.stopped else (first, evidence.last_done)
    had = until - since
    if evidence.scenario.patience is not None:
        had = min(had, evidence.scenario.patience)
    return _waited(evidence, since) >= max(LEAST, SHARE * had)


def waited(evidence: Evidence) -> float:
    """The seconds since the first connection in which the client or its recorder got no processor, at most."""
    return _waited(evidence, _first_call(evidence))


def _waited(evidence: Evidence, since: float) -> float:
    return sum(max(0.0, min(length, end - since)) for end, length in evidence.recording.starved)


def _first_call(evidence: Evidence) -> float:
    return min((each.called for each in evidence.log.connections), default=evidence.recording.started)
