"""All that was recorded of one cell, read back; axes, metrics and verdict are functions of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.record.reports import FAILED, GOT
from harness.record.send_log import Connection, SendLog, read_send_log
from harness.record.sightings import Sightings, sightings
from harness.record.stdout_poems import StdoutPoems, read_poems
from harness.record.transcript import Transcript, read_transcript
from harness.run.recorder import Recording
from harness.spec.fault import CUT
from harness.spec.scenario import Scenario

SETTLED = 0.75  # seconds: a poem that was sent whole so long before a signal has reached every client whole


@dataclass(frozen=True)
class Evidence:
    """One cell: its scenario, what the servers did, what the client printed, and how it ended.

    `slack`: the seconds by which axes let a client be late, because it may have got no processor; see `starved`.
    """

    scenario: Scenario
    log: SendLog
    transcript: Transcript
    recording: Recording
    slack: float = 0.0

    @cached_property
    def faults(self) -> dict[int, str]:
        """The tasks whose poems cannot arrive whole, each with its fault."""
        tasks = range(1, len(self.scenario.tasks) + 1)
        return {task: fault for task in tasks if (fault := self._fault(task))}

    def _fault(self, task: int) -> str | None:
        """The task's fault; if its server is away for a while, the last connection in the send log decides."""
        if self.scenario.server(task).away is None:
            return self.scenario.fault(task)
        connection = self.log.of_task(task)
        if connection is None:
            return "refused"
        return "reset" if connection.how == "reset" else None

    @cached_property
    def called_again(self) -> set[int]:
        """The tasks whose server had more connections than tasks; their reports must not be added up."""
        tasks, calls = Counter(self.scenario.tasks), Counter(c.server - 1 for c in self.log.connections)
        return {task for task, index in enumerate(self.scenario.tasks, 1) if calls[index] > tasks[index]}

    @cached_property
    def good(self) -> list[int]:
        """The tasks whose poems must arrive whole."""
        tasks = range(1, len(self.scenario.tasks) + 1)
        return [task for task in tasks if task not in self.faults and task not in self.excused]

    @cached_property
    def excused(self) -> set[int]:
        """The tasks without a fault whose poems may be incomplete because of the lab's signal or closed output."""
        tasks = set(range(1, len(self.scenario.tasks) + 1)) - set(self.faults)
        if self.recording.stdout_closed is not None:
            return tasks
        at = self.recording.signalled
        return set() if at is None else {task for task in tasks if not self.whole_by(task, at - SETTLED)}

    @property
    def disturbed(self) -> float | None:
        """When the lab first sent a signal or closed standard output; None: it did not."""
        times = (self.recording.signalled, self.recording.stdout_closed)
        return min((t for t in times if t is not None), default=None)

    @property
    def at_ease(self) -> bool:
        """Whether the client could show its own traits: it was not disturbed, and its output was read at once."""
        return self.disturbed is None and self.scenario.client.stdout_rate is None

    def whole_by(self, task: int, t: float) -> bool:
        """Whether the task's poem had been sent whole at this time."""
        connection, done = self.log.of_task(task), self.done(task)
        size = len(self.scenario.server(task).poem)
        return connection is not None and connection.sent == size and done is not None and done <= t

    @cached_property
    def open_then(self) -> list[Connection]:
        """The connections that were open at the moment when the client was disturbed."""
        t = self.disturbed
        return [c for c in self.log.connections if t is not None and c.accepted < t < (c.ended or t)]

    @cached_property
    def hung_up(self) -> dict[int, float]:
        """The tasks whose connections the client ended after it was disturbed, each with the seconds since then."""
        began = self.disturbed or 0.0
        broken = [c for c in self.open_then if c.how == "hang-up"]
        return {c.task: left - began for c in broken if c.task and (left := c.left(began)) is not None}

    @cached_property
    def signal_missed(self) -> bool:
        """Whether the lab sent its signal too late: the servers had already ended every connection."""
        if self.scenario.client.signal is None or self.recording.stopped:
            return False
        at = self.recording.signalled or self.recording.ended
        ends = [self.log.of_task(task) for task in range(1, len(self.scenario.tasks) + 1)]
        return all(c and c.how in ("close", "reset") and c.ended is not None and c.ended <= at for c in ends)

    @cached_property
    def last_lines(self) -> list[bytes]:
        """What a disturbed client then printed on standard error, other than progress lines and failures.

        Empty if it had printed such lines before, because then the disturbance is not their reason.
        """
        since, stderr = self.disturbed, self.transcript.stderr
        if since is None:
            return []
        others = [(seen, stderr.data[start:end]) for start, end, seen in stderr.lines()]
        others = [(seen, line) for seen, line in others if not (GOT.match(line) or FAILED.match(line))]
        return [] if any(seen < since for seen, _ in others) else [line for _, line in others]

    def done(self, task: int) -> float | None:
        """When the last byte of the task was sent, or when a fault ended its connection; None: it was never done.

        It is the least possible time if the client can notice the end before the servers record it: a silent task is
        done when the client's patience is over (if it is never answered, counted from the client's start), and an empty
        poem is done when its schedule ends.
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
        """The tasks that were silent for longer than the client's patience, each with the time of the last byte.

        If a task was never answered, it is the time at which its first call was found.
        """
        found = {}
        for task, fault in self.faults.items():
            knocks = self.log.knocks.get(self.scenario.tasks[task - 1] + 1)
            if fault == "unanswered" and knocks:
                found[task] = knocks[0]
            silence, connection = self.scenario.silence(task), self.log.of_task(task)
            if silence and connection:
                sent = connection.sent_at(silence.sent)
                # Without that byte the client left earlier: then its last byte counts.
                found[task] = sent or (connection.last if silence.sent else connection.accepted)
        return found

    @cached_property
    def cut(self) -> list[int]:
        """The tasks that broke off in mid-poem, without those that the client waited for longer than it was told to."""
        return [
            task
            for task, fault in self.faults.items()
            if fault in CUT and not ((c := self.log.of_task(task)) and c.how == "close")
        ]

    @property
    def unsaid(self) -> list[int]:
        """The tasks that broke off and that no failure line names."""
        return [task for task in self.cut if task not in self.transcript.failures]

    @cached_property
    def gave_up(self) -> dict[int, float]:
        """The silent tasks, each with the seconds from the last byte to the client's hang-up, or the server's end.

        The servers do not see when a client gives up a call that is not answered: its failure line tells the time.
        """
        if self.recording.stopped or self.disturbed is not None:
            return {}  # the lab may have ended the connections
        found = {}
        for task, since in self.silent.items():
            connection = self.log.of_task(task)
            left = connection.left(since) if connection else self.transcript.failed_at.get(task)
            if left is not None:
                found[task] = left - since
        return found

    @cached_property
    def last_done(self) -> float:
        """When the last task was done; before that the client cannot know that all poems are done."""
        times = (self.done(task) for task in range(1, len(self.scenario.tasks) + 1))
        return max((t for t in times if t is not None), default=self.recording.started)

    @cached_property
    def sightings(self) -> Sightings:
        """The reports with both of their times, in the order seen, without reports of bytes that were never sent."""
        return sightings(self.transcript.reports, self.log.by_task.values(), self.called_again)

    @cached_property
    def stdout_poems(self) -> StdoutPoems:
        """The poems on standard output; equal poems are taken in the order in which they were done."""
        due = sorted(self.good, key=lambda task: self.done(task) or self.last_done)
        cut = [task for task, fault in self.faults.items() if fault in CUT]
        partial = {task: self.scenario.server(task).poem for task in (*cut, *sorted(self.excused))}
        output = self.transcript.stdout.data
        if self.excused and not output.endswith(b"\n"):
            # The output may end anywhere, even inside a progress line if those are on standard output.
            among = self.transcript.evidence == "stdout"
            output = output[: output.rfind(b"\n") + 1] if among else output + b"\n"
        return read_poems(output, [(task, self.scenario.server(task).poem) for task in due], partial)


def read_evidence(folder: Path, scenario: Scenario, recording: Recording) -> Evidence:
    """Read the folder of a cell."""
    log = read_send_log(folder / "send-log.ndjson", scenario)
    return Evidence(scenario, log, read_transcript(folder), recording)
