"""All that was recorded of one cell, read back: what axes, metrics and verdict are functions of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.interleaving import Sighting
from harness.printed import Printed, read_poems
from harness.recorder import Recording
from harness.scenario import Scenario
from harness.send_log import SendLog, read_send_log
from harness.transcript import Transcript, read_transcript

CUT = ("reset", "stall")  # faults in mid-poem: of such a poem a first part may be printed


@dataclass(frozen=True)
class Evidence:
    """One cell: its scenario, what the servers did, what the client said, and how it ended."""

    scenario: Scenario
    log: SendLog
    transcript: Transcript
    recording: Recording

    @cached_property
    def faults(self) -> dict[int, str]:
        """The tasks that cannot be whole, each with its fault."""
        tasks = range(1, len(self.scenario.tasks) + 1)
        return {task: fault for task in tasks if (fault := self.scenario.server(task).fault)}

    @cached_property
    def good(self) -> list[int]:
        """The tasks whose poems must come whole."""
        return [task for task in range(1, len(self.scenario.tasks) + 1) if task not in self.faults]

    def done(self, task: int) -> float | None:
        """When the last byte of the task was sent, or its connection ended by a fault; None: it never was.

        Where a client learns of the end before the servers can stamp it, this is the least time: a stalled task is
        done when the client's patience is over, and an empty poem when its schedule is.
        """
        connection = self.log.of_task(task)
        if connection is None:
            return None
        if self.faults.get(task) == "stall":
            return connection.last + (self.scenario.patience or 0.0)
        if task in self.faults:
            return connection.ended
        if not self.scenario.server(task).poem:
            return connection.accepted + self.scenario.seconds(task)
        return connection.times[-1] if connection.times else connection.ended

    @cached_property
    def gave_up(self) -> dict[int, float]:
        """The stalled tasks that the client hung up on, each with the seconds since the last byte was sent."""
        if self.recording.stopped:
            return {}  # by the lab
        stalled = (self.log.of_task(task) for task, fault in self.faults.items() if fault == "stall")
        return {c.task: c.ended - c.last for c in stalled if c and c.task and c.ended is not None}

    @cached_property
    def last_done(self) -> float:
        """When the last task was done; before that a client cannot know that all is over."""
        times = (self.done(task) for task in range(1, len(self.scenario.tasks) + 1))
        return max((t for t in times if t is not None), default=self.recording.started)

    @cached_property
    def sightings(self) -> list[Sighting]:
        """The reports with both their times, in the order seen; those of bytes never sent are left out."""
        found = []
        for report in self.transcript.reports:
            connection = self.log.of_task(report.task)
            sent = connection.sent_at(report.end) if connection else None
            if sent is not None:
                found.append(Sighting(report.task, sent, report.seen))
        return found

    @cached_property
    def printed(self) -> Printed:
        """The poems on standard output; equal poems are taken in the order in which they were done."""
        due = sorted(self.good, key=lambda task: self.done(task) or self.last_done)
        partial = {task: self.scenario.server(task).poem for task, fault in self.faults.items() if fault in CUT}
        return read_poems(
            self.transcript.stdout.data, [(task, self.scenario.server(task).poem) for task in due], partial
        )


def read_evidence(folder: Path, scenario: Scenario, recording: Recording) -> Evidence:
    """Read the folder of a cell."""
    log = read_send_log(folder / "send-log.ndjson", scenario)
    return Evidence(scenario, log, read_transcript(folder), recording)
