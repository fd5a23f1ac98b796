"""Whether a client got no processor for so long that it cannot be blamed for what it did late."""

from __future__ import annotations

from harness.record.evidence import Evidence

SHARE = 0.5  # of the time that the client had
LEAST = 0.5  # seconds; shorter waits lose no poem
TRAIT_SHARE = 0.1  # of that time: traits are told apart by tenths of it
TRAIT_LEAST = 0.1  # seconds


def starved(evidence: Evidence, share: float = SHARE, least: float = LEAST) -> str | None:
    """A clause that says how long the client or its recorder got no processor; None if that was not long.

    What counts is the time from the first connection to the end of the last poem, or to the client's end if the lab
    stopped it, or its patience with a silent server, if that is shorter.
    """
    recording = evidence.recording
    first = min((each.called for each in evidence.log.connections), default=recording.started)
    had = (recording.ended if recording.stopped else evidence.last_done) - first
    if evidence.scenario.patience is not None:
        had = min(had, evidence.scenario.patience)
    seconds = sum(length for end, length in recording.starved if end - length >= first)
    if seconds < max(least, share * had):
        return None
    return f"the client or its recorder got no processor for {seconds:.1f} s, because other programs used them"
