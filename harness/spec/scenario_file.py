"""The files of scenarios, `harness/spec/scenarios/NAME.toml`: read, and turned into fixed times, bytes and faults."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.paths import POEMS, SCENARIOS
from harness.spec import conditions
from harness.spec.data_file import bad, read_toml
from harness.spec.fault import ENDLESS
from harness.spec.scenario import HOST, Scenario, Server, played
from slowpoetry.schedule import LONGEST, even_schedule, scaled

MOST_CHUNKS = 1_000_000  # of a scenario; each chunk takes memory, and a line of the send log
MOST_BYTES = 200_000_000


def again_and_again(poem: bytes, size: int) -> bytes:
    """A text of `size` bytes: the poem repeated, each time on one line."""
    line = poem.replace(b"\n", b" ").rstrip() + b"\n"
    return (line * (size // len(line) + 1))[:size]


def _server(data: dict[str, Any], pace: float, rng: random.Random, path: Path) -> Server:
    if data.get("down") or data.get("full"):
        return Server(full=data.get("full", False))
    name = data["poem"]
    try:
        poem = (POEMS / f"{name}.txt").read_bytes()
    except OSError:
        raise bad(path, ["servers"], f"there is no poem {name!r}; give the name of a file in poems/") from None
    if "size" in data:
        name, poem = f"{name}-{data['size']}", again_and_again(poem, data["size"])
    if data.get("line-ends") == "crlf":
        name, poem = f"{name}-crlf", poem.replace(b"\n", b"\r\n")
    num_bytes = max(1, len(poem)) if data["num-bytes"] == "all" else data["num-bytes"]
    if len(poem) // num_bytes > MOST_CHUNKS:
        chunks = len(poem) // num_bytes
        raise bad(path, ["servers"], f"{chunks} chunks; a scenario may have {MOST_CHUNKS} at most: raise num-bytes")
    schedule = even_schedule(
        len(poem),
        num_bytes=num_bytes,
        delay=data["delay"],
        start=data.get("start"),
        jitter=data.get("jitter", 0.0),
        reset_after=data.get("reset-after"),
        close_after=data.get("close-after"),
        stall_after=data.get("stall-after"),
        half_close=data.get("half-close", False),
        pause_after=data.get("pause-after"),
        pause=data.get("pause", 0.0),
        rng=rng,
    )
    opens, away = data.get("full-for"), data.get("away")
    return replace(
        played(name, poem, scaled(schedule, pace)),
        opens=None if opens is None else opens * pace,
        away=None if away is None else (away[0] * pace, away[1] * pace),
    )


def _affordable(servers: Iterable[Server], path: Path) -> Iterator[Server]:
    """The servers, one by one; UsageError if they have too many chunks or bytes together, or if one takes too long."""
    chunks = size = 0
    for number, server in enumerate(servers):
        chunks += len(server.schedule)
        size += len(server.poem) + len(server.unsent)
        if chunks > MOST_CHUNKS or size > MOST_BYTES:
            most = f"{MOST_CHUNKS} chunks and {MOST_BYTES} bytes"
            raise bad(path, ["servers", number], f"too much in all; the servers of a scenario may have {most} at most")
        if not server.seconds <= LONGEST:
            raise bad(path, ["servers", number], f"takes {server.seconds:g} s; {LONGEST:g} s are allowed at most")
        yield server


def load(path: Path, *, pace: float = 1.0, seed: int = 1, tasks: int | None = None) -> Scenario:
    """Read one file: `pace` multiplies all times, `seed` draws the jitter, `tasks` replaces the number in the file.

    UsageError names what is wrong in the file.
    """
    data = read_toml(path, "scenario")
    name = path.stem
    # Each server has its own random numbers, so that a new server does not change the jitter of the others.
    all_servers = (
        _server(server, pace, random.Random(f"{seed}/{name}/{number}"), path)
        for number, server in enumerate(data["servers"], 1)
    )
    servers = tuple(_affordable(all_servers, path))
    patience = data.get("patience")
    if patience is None and any(server.fault in ENDLESS for server in servers):
        raise UsageError(f"{path}: at patience: missing; without it a client waits for ever for a server that stalls")
    if patience is not None and any(server.opens is not None for server in servers):
        raise UsageError(
            f"{path}: at patience: not allowed with full-for, because the client's kernel decides when it calls again"
        )
    if any(server.away is not None and server.away[1] <= server.away[0] for server in servers):
        raise UsageError(f"{path}: at servers: the second time of away must be later than the first")
    count = tasks if tasks is not None and "tasks" in data else data.get("tasks", len(servers))
    return Scenario(
        name=name,
        summary=data["summary"],
        servers=servers,
        tasks=tuple(task % len(servers) for task in range(count)),
        default=data.get("default", False),
        checked=data.get("default", False) or data.get("check", False),
        concurrent_only=data.get("concurrent-only", False),
        patience=None if patience is None else max(0.001, round(patience * pace, 3)),
        client=conditions.from_table(data.get("client", {})).scaled(pace),
        host=data.get("host", HOST),
    )


def paths(*kinds: str) -> dict[str, Path]:
    """The files of the checkout's scenarios by name; with `kinds`, `default` or `check`, only those.  Reads no poem."""
    found = {path.stem: path for path in sorted(SCENARIOS.glob("*.toml"))}
    if not kinds:
        return found
    return {name: path for name, path in found.items() if any(map(read_toml(path, "scenario").get, kinds))}


def discover(
    chosen: Iterable[Path] | None = None, *, pace: float = 1.0, seed: int = 1, tasks: int | None = None
) -> dict[str, Scenario]:
    """The scenarios of these files (None: all in the checkout) by name: the default ones first, the longest on top."""
    files = paths().values() if chosen is None else chosen
    found = [load(path, pace=pace, seed=seed, tasks=tasks) for path in files]
    found.sort(key=lambda scenario: (not scenario.default, -scenario.longest, scenario.name))
    return {scenario.name: scenario for scenario in found}
