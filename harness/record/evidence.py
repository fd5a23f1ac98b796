"""All that was recorded of one cell, read back: what axes, metrics and verdict are functions of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.record.send_log import Connection, SendLog, read_send_log
from harness.record.stdout_poems import StdoutPoems, read_poems
from harness.record.transcript import FAILED, GOT, Transcript, read_transcript
from harness.run.recorder import Recording
from harness.spec.fault import CUT
from harness.spec.scenario import Scenario

SETTLED = 0.75  # seconds: a poem that was sent whole so long before a signal has come whole to any client


@dataclass(frozen=True)
class Sighting:
    """A report with both its times: when the last byte it covers was sent, and when the report was seen."""

    task: int
    sent: float
    seen: float


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
        return {task: fault for task in tasks if (fault := self._fault(task))}

    def _fault(self, task: int) -> str | None:
        """Of a server that is away for a while, the log tells what became of the task: it is its last call's fate."""
        if self.scenario.server(task).away is None:
            return self.scenario.fault(task)
        connection = self.log.of_task(task)
        if connection is None:
            return "refused"
        return "reset" if connection.how == "reset" else None

    @cached_property
    def called_again(self) -> set[int]:
        """The tasks with several connections: what is told of them is not to be added up."""
        tasks = [c.task for c in self.log.connections if c.task is not None]
        return {task for task in tasks if tasks.count(task) > 1} if len(tasks) > len(set(tasks)) else set()

    @cached_property
    def good(self) -> list[int]:
        """The tasks whose poems must come whole."""
        tasks = range(1, len(self.scenario.tasks) + 1)
        return [task for task in tasks if task not in self.faults and task not in self.excused]

    @cached_property
    def excused(self) -> set[int]:
        """The tasks without a fault that the lab itself kept from coming whole, or that it may have."""
        tasks = set(range(1, len(self.scenario.tasks) + 1)) - set(self.faults)
        if self.recording.stdout_closed is not None:
            return tasks
        at = self.recording.signalled
        return set() if at is None else {task for task in tasks if not self.whole_by(task, at - SETTLED)}

    @property
    def disturbed(self) -> float | None:
        """When the lab first sent a signal or closed standard output; None: it did not."""
        done_to_it = (self.recording.signalled, self.recording.stdout_closed)
        return min((t for t in done_to_it if t is not None), default=None)

    @property
    def at_ease(self) -> bool:
        """Whether the client could show its own character: it was not disturbed, and its output was read at once."""
        return self.disturbed is None and self.scenario.client.stdout_rate is None

    def whole_by(self, task: int, t: float) -> bool:
        """Whether the task's poem had been sent whole at this time."""
        connection, done = self.log.of_task(task), self.done(task)
        size = len(self.scenario.server(task).poem)
        return connection is not None and connection.sent == size and done is not None and done <= t

    @cached_property
    def open_then(self) -> list[Connection]:
        """The connections that were open when the client was disturbed."""
        t = self.disturbed
        return [c for c in self.log.connections if t is not None and c.accepted < t < (c.ended or t)]

    @cached_property
    def hung_up(self) -> dict[int, float]:
        """The tasks that the client hung up on after it was disturbed, each with the seconds since then."""
        began = self.disturbed or 0.0
        broken = [c for c in self.open_then if c.how == "hang-up"]
        return {c.task: left - began for c in broken if c.task and (left := c.left(began)) is not None}

    @cached_property
    def signal_missed(self) -> bool:
        """Whether the lab was too late with its signal: the servers had ended every connection before."""
        if self.scenario.client.signal is None or self.recording.stopped:
            return False
        at = self.recording.signalled or self.recording.ended
        ends = [self.log.of_task(task) for task in range(1, len(self.scenario.tasks) + 1)]
        return all(c and c.how in ("close", "reset") and c.ended is not None and c.ended <= at for c in ends)

    @cached_property
    def last_lines(self) -> list[bytes]:
        """What a client that was disturbed then said on standard error beside progress and failures.

        Empty where it had said such things before, for they are its way then.
        """
        since, stderr = self.disturbed, self.transcript.stderr
        if since is None:
            return []
        others = [(seen, stderr.data[start:end]) for start, end, seen in stderr.lines()]
        others = [(seen, line) for seen, line in others if not (GOT.match(line) or FAILED.match(line))]
        return [] if any(seen < since for seen, _ in others) else [line for _, line in others]

    def done(self, task: int) -> float | None:
        """When the last byte of the task was sent, or its connection ended by a fault; None: it never was.

        Where a client learns of the end before the servers can stamp it, this is the least time: a task that falls
        silent is done when the client's patience is over (one that is never answered: counted from the client's
        start), and an empty poem when its schedule is.
        """
        connection = self.log.of_task(task)
        if self.faults.get(task) == "unanswered":
            return self.recording.started + (self.scenario.patience or 0.0)
        if connection is None:
            return None
        if task in self.silent:
            return self.silent[task] + (self.scenario.patience or 0.0)
        if task in self.faults:
            return connection.ended
        if not self.scenario.server(task).poem:
            return connection.accepted + self.scenario.seconds(task)
        return connection.times[-1] if connection.times else connection.ended

    @cached_property
    def silent(self) -> dict[int, float]:
        """The tasks that fell silent for longer than the client's patience, each with the time of the last byte.

        For one that was not answered it is when its first call was found.
        """
        found = {}
        for task, fault in self.faults.items():
            knocks = self.log.knocks.get(self.scenario.tasks[task - 1] + 1)
            if fault == "unanswered" and knocks:
                found[task] = knocks[0]
            silence, connection = self.scenario.silence(task), self.log.of_task(task)
            if silence and connection:
                sent = connection.sent_at(silence.sent)
                # A client may leave before that.
                found[task] = sent or (connection.last if silence.sent else connection.accepted)
        return found

    @cached_property
    def cut(self) -> list[int]:
        """The tasks that broke off in mid-poem; none of those that a client waited for, whatever it was told."""
        return [
            task
            for task, fault in self.faults.items()
            if fault in CUT and not ((c := self.log.of_task(task)) and c.how == "close")
        ]

    @property
    def unsaid(self) -> list[int]:
        """Those that broke off and that no failure line names."""
        return [task for task in self.cut if task not in self.transcript.failures]

    @cached_property
    def gave_up(self) -> dict[int, float]:
        """The silent tasks, each with the seconds from the last byte to the client's hang-up, or the server's end.

        Who gives up a call that is not answered is not seen to do so: that is the client's own word.
        """
        if self.recording.stopped or self.disturbed is not None:
            return {}  # by the lab
        found = {}
        for task, since in self.silent.items():
            connection = self.log.of_task(task)
            left = connection.left(since) if connection else self.transcript.failed_at.get(task)
            if left is not None:
                found[task] = left - since
        return found

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
            if report.task in self.called_again:
                continue
            connection = self.log.of_task(report.task)
            sent = connection.sent_at(report.end) if connection else None
            if sent is not None:
                found.append(Sighting(report.task, sent, report.seen))
        return found

    @cached_property
    def stdout_poems(self) -> StdoutPoems:
        """The poems on standard output; equal poems are taken in the order in which they were done."""
        due = sorted(self.good, key=lambda task: self.done(task) or self.last_done)
        cut = [task for task, fault in self.faults.items() if fault in CUT]
        partial = {task: self.scenario.server(task).poem for task in (*cut, *sorted(self.excused))}
        output = self.transcript.stdout.data
        if self.excused and not output.endswith(b"\n"):
            # It may have been cut off anywhere, in a progress line too where those come among the poems.
            among = self.transcript.evidence == "stdout"
            output = output[: output.rfind(b"\n") + 1] if among else output + b"\n"
        return read_poems(output, [(task, self.scenario.server(task).poem) for task in due], partial)


def read_evidence(folder: Path, scenario: Scenario, recording: Recording) -> Evidence:
    """Read the folder of a cell."""
    log = read_send_log(folder / "send-log.ndjson", scenario)
    return Evidence(scenario, log, read_transcript(folder), recording)
