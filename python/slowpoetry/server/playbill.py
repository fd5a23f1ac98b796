"""A playbill: the servers of one scenario on paper, for a server process in any language.

Line by line::

    iface 127.0.0.1
    server 0 ../poems/science.txt   a port (0: any) and the poem it serves, then its schedule:
    0.030000 send 10
    0.030000 close                  or reset; or fin: to end its own side alone; or stall: to be silent and stay open
    down 0                          a port that is held but refuses every connection

A poem's path counts from the folder that the playbill stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slowpoetry.schedule import Act, Schedule, format_schedule, parse_act


@dataclass(frozen=True)
class Part:
    """One server of the playbill: its port, and its poem with the schedule; no poem means it is down."""

    port: int
    poem: Path | None = None
    schedule: Schedule = ()


@dataclass(frozen=True)
class Playbill:
    """The address to listen on, and the servers in the order of their numbers, from 1."""

    iface: str
    parts: tuple[Part, ...]


def format_playbill(playbill: Playbill) -> str:
    """Put it on paper."""
    lines = [f"iface {playbill.iface}\n"]
    for part in playbill.parts:
        if part.poem is None:
            lines.append(f"down {part.port}\n")
        else:
            lines.append(f"server {part.port} {part.poem}\n{format_schedule(part.schedule)}")
    return "".join(lines)


def _port(word: str) -> int:
    port = int(word)
    if not 0 <= port <= 65535:
        raise ValueError(f"{port} is not a port from 0 to 65535")
    return port


def parse_playbill(text: str) -> Playbill:
    """Read it again; a ValueError names the line that is wrong."""
    iface = "127.0.0.1"
    parts: list[tuple[int, Path | None, list[Act]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(maxsplit=2)
        try:
            match words:
                case []:
                    pass
                case ["iface", address]:
                    iface = address
                case ["server", port, poem]:
                    parts.append((_port(port), Path(poem), []))
                case ["down", port]:
                    parts.append((_port(port), None, []))
                case _:
                    if not parts or parts[-1][1] is None:
                        raise ValueError(f"no server for {line!r}")
                    parts[-1][2].append(parse_act(line))
        except ValueError as error:
            raise ValueError(f"playbill, line {number}: {error}") from None
    return Playbill(iface, tuple(Part(port, poem, tuple(acts)) for port, poem, acts in parts))
