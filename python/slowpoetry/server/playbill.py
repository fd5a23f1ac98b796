"""A playbill: a text file with the servers of one scenario, for a server program in any language.

Its lines, with explanations::

    iface 127.0.0.1
    server 0 ../poems/science.txt   a port (0: any) and the poem that it serves, then its schedule:
    0.030000 send 10
    0.030000 close                  or reset; or fin: end only its own side; or stall: send nothing more, stay open
    down 0                          a port that is held but refuses every connection
    full 0                          a port that answers no SYN, because its accept queue is full

After a ``server`` line there may be ``open SECONDS``: its queue is full until that long after the first SYN.  Or
there may be ``away SECONDS SECONDS``: between these times, counted from the first accept of any server, it is down,
and its connections are reset when that begins.

The path of a poem is relative to the folder of the playbill.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from slowpoetry.schedule import Act, Schedule, format_schedule, parse_act


@dataclass(frozen=True)
class Part:
    """One server of the playbill: its port, and its poem with the schedule; without a poem it is down or full.

    With `opens` it answers no SYN until that many seconds after the first one.  With `away` it is down between these
    times, in seconds after the first accept of any server.
    """

    port: int
    poem: Path | None = None
    schedule: Schedule = ()
    full: bool = False
    opens: float | None = None
    away: tuple[float, float] | None = None


@dataclass(frozen=True)
class Playbill:
    """The address to listen on, and the servers in the order of their numbers, from 1."""

    iface: str
    parts: tuple[Part, ...]


def format_playbill(playbill: Playbill) -> str:
    """The playbill as text."""
    lines = [f"iface {playbill.iface}\n"]
    for part in playbill.parts:
        if part.poem is None:
            lines.append(f"{'full' if part.full else 'down'} {part.port}\n")
        else:
            lines.append(f"server {part.port} {part.poem}\n")
            lines += [f"open {part.opens:.6f}\n"] if part.opens is not None else []
            lines += ["away {:.6f} {:.6f}\n".format(*part.away)] if part.away is not None else []
            lines.append(format_schedule(part.schedule))
    return "".join(lines)


def _port(word: str) -> int:
    port = int(word)
    if not 0 <= port <= 65535:
        raise ValueError(f"{port} is not a port from 0 to 65535")
    return port


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{word} is not a number of seconds")
    return seconds


def _span(word: str, later: str) -> tuple[float, float]:
    start, end = _seconds(word), _seconds(later)
    if end <= start:
        raise ValueError(f"{later} is not later than {word}")
    return start, end


def parse_playbill(text: str) -> Playbill:
    """The playbill of a text; a ValueError names the line that is wrong."""
    iface = "127.0.0.1"
    parts: list[Part] = []
    acts: list[list[Act]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(maxsplit=2)
        try:
            match words:
                case []:
                    pass
                case ["iface", address]:
                    iface = address
                case ["server", port, poem]:
                    parts.append(Part(_port(port), Path(poem)))
                    acts.append([])
                case ["down" | "full" as word, port]:
                    parts.append(Part(_port(port), full=word == "full"))
                    acts.append([])
                case _:
                    if not parts or parts[-1].poem is None:
                        raise ValueError(f"no server for {line!r}")
                    match words:
                        case ["open", after]:
                            parts[-1] = replace(parts[-1], opens=_seconds(after))
                        case ["away", from_, to]:
                            parts[-1] = replace(parts[-1], away=_span(from_, to))
                        case _:
                            acts[-1].append(parse_act(line))
        except ValueError as error:
            raise ValueError(f"playbill, line {number}: {error}") from None
    return Playbill(iface, tuple(replace(part, schedule=tuple(own)) for part, own in zip(parts, acts, strict=True)))
