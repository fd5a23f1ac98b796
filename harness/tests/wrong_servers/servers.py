"""Slow poetry servers, each with one flaw that is named on the command line, written only from the contract.

They use a thread for each connection, and no code of `slowpoetry`.
"""

import contextlib
import json
import socket
import struct
import sys
import threading
import time
from pathlib import Path

FLAW = sys.argv[1]
LATE = 0.1  # seconds


class Log:
    """The send log, from many threads."""

    def __init__(self, path: Path, number: int) -> None:
        self._file = path.open("w")
        self._lock = threading.Lock()
        self._forgets = FLAW == "forgets-accepts" or (FLAW == "forgets-later" and number > 1)

    def record(self, t: float, act: str, server: int, conn: int, **details: object) -> None:
        if self._forgets and act == "accept":
            return
        if FLAW == "postdates" and act != "accept":
            t += LATE
        with self._lock:
            if not self._file.closed:
                self._file.write(json.dumps({"t": t, "act": act, "server": server, "conn": conn, **details}) + "\n")
                self._file.flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()


def play(connection: socket.socket, server: int, conn: int, poem: bytes, acts: list, log: Log) -> None:
    """One connection, from its accept to its end."""
    accepted = time.monotonic()
    host, port = connection.getpeername()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    log.record(accepted, "accept", server, conn, peer=f"{host}:{port}")
    over, left = threading.Event(), threading.Event()
    threading.Thread(target=watch, args=(connection, server, conn, log, over, left), daemon=True).start()
    sent = 0
    last = max(number for number, act in enumerate(acts) if act[1] == "send")
    try:
        for number, (at, kind, *size) in enumerate(acts):
            if FLAW == "sends-early":
                at = 0.0
            due = accepted + at
            time.sleep(max(0.0, due + LATE * (FLAW in ("sends-late", "backdates")) - time.monotonic()))
            if kind == "send":
                if FLAW == "cuts-short" and number == last:
                    continue
                end = sent + int(size[0])
                t = time.monotonic()
                if FLAW == "backdates":
                    t = due
                chunk = poem[sent:end]
                if FLAW == "drops-byte" and sent <= 40 < end:
                    chunk = chunk[: 40 - sent] + chunk[41 - sent :]
                connection.sendall(chunk)
                log.record(t, "send", server, conn, start=sent, end=end, due=due)
                sent = end
                continue
            if kind == "stall" and FLAW != "closes-for-stall":
                if FLAW == "talks-on":
                    time.sleep(LATE)
                    connection.sendall(poem[sent : sent + 10])
                over.set()
                left.wait()  # until the client hangs up
                kind = "hang-up"
            if kind == "fin" and FLAW != "closes-for-fin":
                log.record(time.monotonic(), kind, server, conn)
                over.set()
                connection.shutdown(socket.SHUT_WR)
                left.wait()
                kind = "reset" if FLAW == "misses-hang-ups" else "hang-up"
            if kind == "fin":
                kind = "close"
            if kind == "reset" and FLAW != "closes-for-reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            over.set()
            log.record(time.monotonic(), kind, server, conn)
    except OSError:
        log.record(time.monotonic(), "hang-up", server, conn)
    finally:
        over.set()
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
        left.wait()  # while another thread reads, closing has no effect
        connection.close()


def watch(connection: socket.socket, server: int, conn: int, log: Log, over: threading.Event, left: threading.Event):
    """Read from the client until it closes its side; log that if the poem is not at its end."""
    try:
        while connection.recv(999):
            pass
        if not over.is_set() and FLAW != "misses-half-closes":
            log.record(time.monotonic(), "half-close", server, conn)
    except OSError:
        pass
    left.set()


def accept(listening: socket.socket, server: int, poem: bytes, acts: list, log: Log) -> None:
    """All connections of one port, until it is closed."""
    conn = 0
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        conn += 1
        threading.Thread(target=play, args=(connection, server, conn, poem, acts, log), daemon=True).start()


def open_playbill(path: Path, log: Log) -> list:
    """Listen on all ports of a playbill."""
    iface, parts = "127.0.0.1", []
    for line in path.read_text().splitlines():
        words = line.split(maxsplit=2)
        if words[0] == "iface":
            iface = words[1]
        elif words[0] in ("server", "down"):
            parts.append((int(words[1]), words[2] if words[0] == "server" else None, []))
        else:
            parts[-1][2].append((float(words[0]), words[1], *words[2:]))
    sockets = []
    for server, (port, poem, acts) in enumerate(parts, 1):
        listening = socket.socket()
        listening.bind((iface, port))
        sockets.append(listening)
        if poem is not None:
            listening.listen(4096)
            text = (path.parent / poem).read_bytes()
            threading.Thread(target=accept, args=(listening, server, text, acts, log), daemon=True).start()
        elif FLAW == "accepts-for-down":
            listening.listen()
    return sockets


def main() -> None:
    sockets: list = []
    log, logs = None, 0
    for line in sys.stdin:
        match line.rstrip("\n").split("\t"):
            case ["open", playbill, path]:
                if FLAW == "speechless":
                    return
                logs += 1
                log = Log(Path(path), logs)
                sockets = open_playbill(Path(playbill), log)
                ports = [s.getsockname()[1] for s in sockets[FLAW == "forgets-a-port" :]]
                print("closed" if FLAW == "mumbles" else "listening", *ports, sep="\t", flush=True)
            case ["close"]:
                for listening in sockets:
                    try:
                        listening.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                    listening.close()
                if log:
                    log.close()
                    if FLAW == "keeps-no-log" and logs > 1:
                        Path(path).unlink()
                print("closed", flush=True)


main()
