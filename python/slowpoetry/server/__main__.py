"""The slow poetry server by hand: ``python -m slowpoetry.server --port 10001 poems/fascination.txt`` (seed part 16)."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.error import CannotListenError

from slowpoetry.schedule import even_schedule
from slowpoetry.server.send_log import NdjsonLog, PlainLog, SendLog
from slowpoetry.server.slow import SlowPoem, SlowPoetryFactory, listen


def _number(kind: type, least: float, most: float, wanted: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
        result: float = value
        return result

    return parse


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.server", description="Serve a poem slowly over TCP.")
    parser.add_argument("poem", type=Path, help="the file to serve")
    parser.add_argument(
        "--port",
        type=_number(int, 0, 65535, "a port from 0 to 65535"),
        default=0,
        help="0 (the default): any",
    )
    parser.add_argument("--iface", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    seconds = _number(float, 0, 3600, "a number of seconds from 0 to 3600")
    parser.add_argument("--delay", type=seconds, default=0.7, help="seconds before each chunk (default: %(default)s)")
    count = _number(int, 1, 1 << 30, "a number of bytes of 1 or more")
    parser.add_argument("--num-bytes", type=count, default=10, help="bytes in a chunk (default: %(default)s)")
    share = _number(float, 0, 1, "a share from 0 to 1")
    parser.add_argument(
        "--jitter", type=share, default=0.0, help="make each pause longer or shorter by up to this share"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the jitter (default: %(default)s)")
    parser.add_argument("--log", choices=["plain", "ndjson"], default="plain", help="how to print the send log")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.  Exit status: 0 stopped, 1 the poem or the port cannot be had, 2 usage."""
    options = _options(argv)
    try:
        poem = options.poem.read_bytes()
    except OSError as error:
        print(f"cannot read the poem {str(options.poem)!r}: {error.strerror}", file=sys.stderr)
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
        print(f"cannot listen on {options.iface}:{options.port}: {error.socketError.strerror}", file=sys.stderr)
        return 1
    host = port.getHost()
    # Said by the running reactor: whoever reads it may interrupt us at once.
    reactor.callWhenRunning(print, f"Serving {options.poem} on {host.host}:{host.port}.", flush=True)
    reactor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
