"""A proxy with one flaw, which the first argument names; `none` for no flaw.  A thread for each caller."""

import os
import socket
import struct
import sys
import threading

FLAW, *ADDRESSES = sys.argv[1:]
one_at_a_time = threading.Lock()


class Reset(Exception):
    """There is no whole poem; the bytes that came are its argument."""


def fetch(address: tuple[str, int]) -> bytes:
    poem = b""
    try:
        with socket.create_connection(address) as server:
            while data := server.recv(4096):
                poem += data
                if FLAW == "reads-once" and len(poem) >= 100:
                    break
    except OSError:
        if FLAW == "dies-of-one":
            os._exit(3)
        if FLAW != "takes-a-reset-for-the-end" or not poem:
            raise Reset(poem) from None
    return poem.replace(b"a", b"A", 1) if FLAW == "changes-a-byte" else poem


def get(address: tuple[str, int], kept: dict[tuple[str, int], bytes]) -> bytes:
    if address in kept and FLAW != "asks-every-time":
        return kept[address]
    try:
        kept[address] = fetch(address)
    except Reset as reset:
        [part] = reset.args
        if FLAW == "keeps-what-came" and part:
            kept[address] = part
        raise
    return kept[address]


def serve(caller: socket.socket, address: tuple[str, int], kept: dict[tuple[str, int], bytes]) -> None:
    try:
        if FLAW == "one-at-a-time":
            with one_at_a_time:
                poem = get(address, kept)
        else:
            poem = get(address, kept)
        caller.sendall(poem)
    except Reset:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if FLAW == "never-closes":
        threading.Event().wait()
    caller.close()


def listen(listener: socket.socket, address: tuple[str, int], kept: dict[tuple[str, int], bytes]) -> None:
    while True:
        caller, _ = listener.accept()
        threading.Thread(target=serve, args=(caller, address, kept)).start()


ports = []
for word in ADDRESSES:
    host, _, port = word.partition(":")
    listener = socket.create_server(("127.0.0.1", 0))
    ports.append(listener.getsockname()[1])
    if FLAW == "closes-its-ports":
        listener.close()
    else:
        threading.Thread(target=listen, args=(listener, (host, int(port)), {})).start()
print("ready on" if FLAW == "own-words" else "listening", *ports, flush=True)
threading.Event().wait()
