"""The capture of loopback: what the kernel's stamps of real segments say, and which segment belongs to which chunk."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence

import pytest
from other_user import as_nobody

from harness.audit import bench
from harness.audit.capture import Capture, Logged, NoEvidence, Segment, match
from harness.errors import LabError

SERVER, CLIENT, START = 80, 4000, 2**32 - 6  # the sequence numbers wrap after the first bytes
ALLOWED = 1e-4  # seconds by which the two clocks may disagree: a moment without a processor while they are compared


def log(*sends: tuple[float, int], server: int = 1, conn: int = 1, peer: int = CLIENT) -> list[Logged]:
    who = {"server": server, "conn": conn}
    return [
        Logged("accept", 1.0, **who, peer=f"127.0.0.1:{peer}"),
        *(Logged("send", t, **who, end=end) for t, end in sends),
        Logged("close", 99.0, **who),
    ]


def flow(
    *sent: tuple[float, int, int], source: int = SERVER, target: int = CLIENT, start: int = START
) -> list[Segment]:
    """The segments of a connection: for each the time, the number of its first byte in the poem, and its size."""
    parts = [Segment(t, source, target, (start + 1 + first) % 2**32, size) for t, first, size in sent]
    return [Segment(0.5, source, target, start, 0, syn=True), *parts]


def errors(lines: Sequence[Logged], segments: Sequence[Segment]) -> list[float]:
    return [round(error, 9) for error in match(lines, segments, [SERVER, SERVER + 1])]


def test_each_chunk_has_its_segment() -> None:
    assert errors(log((2.0, 10), (3.0, 20)), flow((2.001, 0, 10), (3.002, 10, 10))) == [0.001, 0.002]


def test_two_chunks_in_one_segment_left_together_and_a_chunk_in_two_left_with_the_second() -> None:
    assert errors(log((2.0, 10), (3.0, 20)), flow((3.5, 0, 20))) == [1.5, 0.5]
    assert errors(log((2.0, 10)), flow((2.1, 0, 4), (2.2, 4, 6))) == [0.2]


def test_a_segment_that_is_sent_again_counts_when_it_left_first() -> None:
    again = flow((2.1, 0, 10), (2.5, 0, 10), (3.1, 10, 10), (3.5, 0, 20))
    assert errors(log((2.0, 10), (3.0, 20)), again) == [0.1, 0.1]


def test_acknowledgements_other_connections_and_what_began_before_the_capture_do_not_count() -> None:
    others = [
        *flow((1.1, 0, 10), target=CLIENT + 1),
        *flow((1.2, 0, 10), source=CLIENT, target=SERVER),
        *flow((1.3, 0, 10), source=9999)[1:],
    ]
    assert errors(log((2.0, 10)), [*others, *flow((1.4, 0, 0), (2.5, 0, 10))]) == [0.5]


def test_connections_are_told_apart_by_server_and_client_and_ports_may_come_again() -> None:
    lines = [*log((2.0, 10)), *log((3.0, 5), server=2), *log((4.0, 8), conn=2, peer=CLIENT + 1)]
    segments = [
        *flow((1.5, 0, 10)),  # of an earlier connection with the same ports
        *flow((2.1, 0, 10)),
        *flow((3.2, 0, 5), source=SERVER + 1, start=77),
        *flow((4.3, 0, 8), target=CLIENT + 1, start=0),
    ]
    assert errors(lines, segments) == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("segments", [[], flow(), flow((2.1, 0, 9))])
def test_a_byte_that_was_not_captured_is_an_error(segments: list[Segment]) -> None:
    with pytest.raises(LabError, match="the capture lacks byte 10 of connection 1 to server 1"):
        match(log((2.0, 10)), segments, [SERVER])


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        missing = "to capture packets needs root"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


def sent_on_loopback(sizes: Sequence[int]) -> tuple[int, int, list[tuple[float, float]]]:
    """Send chunks of these sizes over TCP; the ports of server and client, and the times around each sending."""
    spans = []
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        server, address = listening.accept()
        with server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            for size in sizes:
                before = time.monotonic()
                server.sendall(bytes(size))
                spans.append((before, time.monotonic()))
                assert len(client.recv(size, socket.MSG_WAITALL)) == size
        return listening.getsockname()[1], address[1], spans


def test_the_kernel_stamps_each_segment_once_while_it_is_being_sent(root: None) -> None:
    with Capture() as capture:
        port, peer, spans = sent_on_loopback([10, 1, 700])
        segments = capture.segments()
    assert [s.size for s in segments if (s.source, s.target) == (port, peer) and s.size] == [10, 1, 700]
    lines = log(*zip((before for before, _ in spans), (10, 11, 711), strict=True), peer=peer)
    for error, (before, after) in zip(match(lines, segments, [port]), spans, strict=True):
        assert -ALLOWED < error < after - before + ALLOWED


def test_a_capture_that_dropped_packets_is_no_evidence(root: None) -> None:
    with Capture(frames=1) as capture:
        sent_on_loopback([1] * 3000)
        with pytest.raises(NoEvidence, match=r"the capture had no room for \d+ packets"):
            capture.segments()


def test_a_clock_that_is_set_is_no_evidence(root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with Capture() as capture:
        real = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: real() + 1_000_000)
        with pytest.raises(NoEvidence, match="the machine's clock was set meanwhile"):
            capture.segments()


def test_a_user_who_must_not_capture_packets_is_told_so() -> None:
    def said() -> str:
        try:
            with Capture():
                return "captured"
        except NoEvidence as error:
            return str(error)

    assert as_nobody(said) == "to capture packets needs root (CAP_NET_RAW): Operation not permitted"


def test_the_bench_compares_every_chunk(root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CONNECTIONS", 5)
    monkeypatch.setattr(bench, "SECONDS", 1)
    assert bench._stamps(1).endswith(" (50 chunks in 1 round)")
