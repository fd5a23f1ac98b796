"""The recorder of one client: all that it prints gets a time stamp when it arrives; memory and time are limited."""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.backend import Exit, Process
from harness.backend.starvation import REST, Starvation
from harness.run.client_control import ClientControl

COST_SECONDS = 0.05  # between two samples of the cost, at least; see also REST
STREAMS = ("stdout", "stderr")


@dataclass(frozen=True)
class Limits:
    """When a client is stopped: seconds since it runs, and bytes of each stream."""

    seconds: float
    stdout_bytes: int
    stderr_bytes: int


@dataclass(frozen=True)
class Recording:
    """What is known of a finished client, in addition to the files; times are monotonic seconds.

    `starved`: spells in which the client or this recorder got no processor, as (end, length in seconds).
    `signalled`: when the lab sent its signal; `stdout_closed`: when it closed standard output; None: it did not.
    """

    started: float
    ended: float
    stopped: str | None  # `timeout`, `too-much-stdout`, `too-much-stderr`, or None: it ended by itself
    exit: Exit
    signalled: float | None = None
    stdout_closed: float | None = None
    starved: Sequence[tuple[float, float]] = ()


class Transcript:
    """The files of a recording: raw `stdout` and `stderr`, and `transcript.ndjson`, a line for each piece.

    A piece is ``{"t": seconds, "stream": name, "start": byte, "end": byte}``; its bytes are in the raw file.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._raw: dict[str, IO[bytes]] = {name: (folder / name).open("wb") for name in STREAMS}
        self._pieces = (folder / "transcript.ndjson").open("w", encoding="utf-8")
        self._sizes = dict.fromkeys(STREAMS, 0)

    def add(self, t: float, stream: str, data: bytes) -> int:
        """Append a piece; returns the size of the stream so far."""
        start, end = self._sizes[stream], self._sizes[stream] + len(data)
        self._sizes[stream] = end
        self._raw[stream].write(data)
        piece = {"t": round(t, 6), "stream": stream, "start": start, "end": end}
        self._pieces.write(json.dumps(piece, separators=(",", ":")) + "\n")
        return end

    def close(self) -> None:
        """Complete the files."""
        for raw in self._raw.values():
            raw.close()
        self._pieces.close()


def record(
    process: Process, folder: Path, limits: Limits, started: float, control: ClientControl | None = None
) -> Recording:
    """Read until the client's output has ended, or stop the client at a limit; then wait for its end.

    Its time limit counts from this call, when the client runs, and not from `started`, when the backend was asked to
    start it: a busy engine may need a long time for that.  `control` applies the scenario's conditions to the client.
    """
    control = control or ClientControl(process)
    transcript = Transcript(folder)
    bounds = {"stdout": limits.stdout_bytes, "stderr": limits.stderr_bytes}
    deadline = time.monotonic() + limits.seconds
    next_cost = started
    own = Starvation()  # if the recorder gets no processor, its stamps are late
    stopped: str | None = None
    try:
        with selectors.DefaultSelector() as selector:
            for source in process.sources:
                selector.register(source, selectors.EVENT_READ)
            while selector.get_map() or control.reads:
                if stopped is None and time.monotonic() >= deadline:
                    stopped = "timeout"
                    process.kill()
                for key, _ in selector.select(COST_SECONDS):
                    pieces = key.fileobj.read()  # type: ignore[union-attr]
                    # Stamped after the read, never before, because the bytes may have come just before the read.
                    now = time.monotonic()
                    if pieces is None:
                        selector.unregister(key.fileobj)
                        continue
                    for stream, data in pieces:
                        if stopped is not None and stopped.startswith("too-much"):
                            continue  # it was killed; the rest of its output is not kept
                        if transcript.add(now, stream, data) > bounds[stream]:
                            stopped = f"too-much-{stream}"
                            process.kill()
                data = control.step(hurry=stopped is not None)
                if data and transcript.add(time.monotonic(), "stdout", data) > bounds["stdout"] and not stopped:
                    stopped = "too-much-stdout"
                    process.kill()
                if time.monotonic() >= next_cost:
                    before = time.thread_time()
                    process.poll_cost()
                    own.poll([os.getpid()])
                    next_cost = time.monotonic() + max(COST_SECONDS, REST * (time.thread_time() - before))
        ended = time.monotonic()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        transcript.close()
    end = process.wait()
    spells = sorted([*end.starved, *own.spells])
    return Recording(started, ended, stopped, end, control.signalled, control.stdout_closed, spells)
