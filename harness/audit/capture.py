"""How true the send log's stamps are: the kernel's stamps of the same bytes, from a capture of loopback.

A packet socket on `lo` puts the head of each packet into a ring, with the time at which the kernel sent it.  The ring
is read after the run, so that the capture takes no processor time from servers and clients outside the kernel.  It
needs CAP_NET_RAW, which root has.

Loopback shows each packet twice, as it leaves and as it arrives; only the first counts.  The kernel's stamps are of
CLOCK_REALTIME, the send log's of CLOCK_MONOTONIC: the difference of the two is measured before and after.

The transcript's stamps cannot be checked like this, because what a client writes into a pipe is no packet: the kernel
gives it no time.
"""

from __future__ import annotations

import contextlib
import mmap
import socket
import struct
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import msgspec

from harness.errors import LabError
from harness.printable import counted
from harness.record.ndjson import Count, Seconds, Whole, read_ndjson

# From <linux/if_packet.h> and <linux/if_ether.h>.
SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, TPACKET_V2 = 263, 5, 6, 10, 1
TP_STATUS_USER, ETH_P_ALL, ETH_P_IP = 1, 3, b"\x08\x00"
FRAME = 128  # bytes of a packet in the ring: the two structs of HEAD, then the heads of IP and TCP
BLOCK = 1 << 20  # bytes that the kernel allocates at a time
HEAD = struct.Struct("=II6xHII8x2x2s6xB")  # tpacket2_hdr: status, length, offset, s, ns; sockaddr_ll: protocol, kind
TCP = struct.Struct("!HHI4xBB")  # source, target, sequence number, length of the head, flags
SYN = 2
SETTING = 1e-4  # seconds: if the difference of the clocks changes more, somebody has set the clock


class NoEvidence(Exception):
    """The capture was not possible, or shows nothing; the message says why."""


class Segment(NamedTuple):
    """A TCP segment that left: `t` by CLOCK_MONOTONIC, the two ports, the number of its first byte, its bytes."""

    t: float
    source: int
    target: int
    seq: int
    size: int
    syn: bool = False


class Capture:
    """Use it as `with Capture() as capture:`, then read `segments`; NoEvidence if packets cannot be captured."""

    def __init__(self, frames: int = 1 << 19) -> None:
        """Room for so many packets; it is rounded up to whole blocks."""
        self._blocks = -(-frames * FRAME // BLOCK)

    def __enter__(self) -> Capture:
        size = self._blocks * BLOCK
        ring = struct.pack("=4I", BLOCK, self._blocks, FRAME, size // FRAME)
        with contextlib.ExitStack() as opened:
            try:
                packets = opened.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM))
            except OSError as error:
                raise NoEvidence(f"to capture packets needs root (CAP_NET_RAW): {error.strerror}") from None
            packets.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
            packets.setsockopt(SOL_PACKET, PACKET_RX_RING, ring)
            self._socket, self._ring = packets, opened.enter_context(mmap.mmap(packets.fileno(), size))
            self._ahead = _realtime_ahead()
            packets.bind(("lo", ETH_P_ALL))
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def segments(self) -> list[Segment]:
        """The TCP segments over IPv4 that have left; NoEvidence if packets were dropped or the clock was set."""
        if abs(_realtime_ahead() - self._ahead) > SETTING * 1e9:
            raise NoEvidence("the machine's clock was set meanwhile")
        _, dropped = struct.unpack("=II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        if dropped:
            raise NoEvidence(f"the capture had no room for {counted(dropped, 'packet')}")
        found = []
        for start in range(0, len(self._ring), FRAME):
            status, length, offset, seconds, nanoseconds, protocol, kind = HEAD.unpack_from(self._ring, start)
            if not status & TP_STATUS_USER:
                break
            ip = start + offset
            if kind == socket.PACKET_OUTGOING and protocol == ETH_P_IP and self._ring[ip + 9] == socket.IPPROTO_TCP:
                tcp = (self._ring[ip] & 15) * 4
                source, target, seq, words, flags = TCP.unpack_from(self._ring, ip + tcp)
                t = (seconds * 10**9 + nanoseconds - self._ahead) / 1e9
                size = length - tcp - (words >> 4) * 4
                found.append(Segment(t, source, target, seq, size, bool(flags & SYN)))
        return found


def _realtime_ahead() -> int:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC in nanoseconds: one is read between two readings of the other."""
    readings = [(time.monotonic_ns(), time.time_ns(), time.monotonic_ns()) for _ in range(100)]
    before, real, after = min(readings, key=lambda reading: reading[2] - reading[0])
    return real - (before + after) // 2


class Logged(msgspec.Struct, gc=False):
    """A line of the send log, with what the matching needs."""

    act: str
    t: Seconds
    server: Count
    conn: Whole
    end: Whole = 0
    peer: str = ""


def stamp_errors(log: Path, segments: Iterable[Segment], ports: Sequence[int]) -> list[float]:
    """For each send of the log: when the kernel sent its last byte, minus the log's stamp, in seconds.

    Server N listened on `ports[N - 1]`.  LabError if a byte is not among the segments.
    """
    return match(read_ndjson(log, Logged), segments, ports)


def match(lines: Iterable[Logged], segments: Iterable[Segment], ports: Sequence[int]) -> list[float]:
    """As `stamp_errors`; a byte that is sent again counts when it left first."""
    first: dict[tuple[int, int], int] = {}  # by the ports of server and client: the number of the poem's first byte
    left: dict[tuple[int, int], tuple[list[int], list[float]]] = {}  # the bytes that had left, and when
    for one in segments:
        flow = one.source, one.target
        if one.syn:
            first[flow], left[flow] = one.seq + 1, ([], [])
        elif one.size and flow in first:
            ends, times = left[flow]
            end = (one.seq - first[flow]) % 2**32 + one.size
            if not ends or end > ends[-1]:
                ends.append(end)
                times.append(one.t)
    errors, flows = [], {}
    for line in lines:
        connection = line.server, line.conn
        if line.act == "accept":
            flows[connection] = ports[line.server - 1], int(line.peer.rpartition(":")[2])
        elif line.act == "send":
            ends, times = left.get(flows[connection], ([], []))
            place = bisect_left(ends, line.end)
            if place == len(ends):
                raise LabError(f"the capture lacks byte {line.end} of connection {line.conn} to server {line.server}")
            errors.append(times[place] - line.t)
    return errors
