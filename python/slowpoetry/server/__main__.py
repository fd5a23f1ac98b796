"""The slow poetry server as a program (part 16): ``python -m slowpoetry.server --port 10001 poems/science.txt``."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.error import CannotListenError

from slowpoetry.address import Address, format_address
from slowpoetry.option_values import UnreadablePoem, interface, listening_port, num_bytes, read_poem, seconds, share
from slowpoetry.schedule import even_schedule
from slowpoetry.server.send_log import NdjsonLog, PlainLog, SendLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, listen


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.server", description="Serve a poem slowly over TCP.")
    parser.add_argument("poem", type=Path, help="the file to serve")
    parser.add_argument("--port", type=listening_port, default=0, help="the port to listen on; 0 (the default): any")
    parser.add_argument(
        "--iface", type=interface, default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    parser.add_argument("--delay", type=seconds, default=0.7, help="seconds before each chunk (default: %(default)s)")
    parser.add_argument("--num-bytes", type=num_bytes, default=10, help="bytes in a chunk (default: %(default)s)")
    parser.add_argument(
        "--jitter", type=share, default=0.0, help="make each pause longer or shorter by up to this share"
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of the jitter (default: %(default)s)")
    parser.add_argument("--log", choices=["plain", "ndjson"], default="plain", help="how to print the send log")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.  Exit status: 0 if stopped, 1 if poem or port cannot be used, 2 for bad usage."""
    options = _options(argv)
    try:
        poem = read_poem(options.poem)
    except UnreadablePoem as error:
        print(error, file=sys.stderr)
        return 1
    schedule = even_schedule(
        len(poem),
        num_bytes=options.num_bytes,
        delay=options.delay,
        jitter=options.jitter,
        rng=random.Random(options.seed),
    )
    log: SendLog = PlainLog(sys.stdout, time.monotonic())
    if options.log == "ndjson":
        log = NdjsonLog(sys.stdout, live=True)

    from twisted.internet import reactor as installed

    reactor: Any = installed  # its module has no useful type

    reactor.seconds = time.monotonic
    try:
        port = listen(
            SlowPoetryFactory(SlowPoem(1, poem, schedule), log, reactor), options.port, options.iface, reactor
        )
    except CannotListenError as error:
        where = format_address(Address(options.iface, options.port))
        print(f"cannot listen on {where}: {error.socketError.strerror}", file=sys.stderr)
        return 1
    host = port.getHost()
    # Printed by the running reactor, because a reader of this line may interrupt the program at once.
    where = format_address(Address(host.host, host.port))
    reactor.callWhenRunning(print, f"Serving {options.poem} on {where}.", flush=True)
    reactor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
