"""The transform server as a program: ``python -m slowpoetry.transform --port 10000``."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from twisted.internet.error import CannotListenError

from slowpoetry.address import Address, format_address
from slowpoetry.option_values import interface, listening_port
from slowpoetry.transform.server import TransformFactory
from slowpoetry.transform.transformations import TRANSFORMATIONS


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.transform", description="Transform poems over TCP.")
    parser.add_argument("--port", type=listening_port, default=0, help="the port to listen on; 0 (the default): any")
    parser.add_argument(
        "--iface", type=interface, default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    return parser.parse_args(argv)


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os._exit(1)  # the reader is gone, and a normal exit would print an error about that


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.  Exit status: 0 if stopped, 1 if the port cannot be used, 2 for bad usage."""
    options = _options(argv)

    from twisted.internet import reactor as installed

    reactor: Any = installed  # its module has no useful type
    try:
        port = reactor.listenTCP(
            options.port, TransformFactory(TRANSFORMATIONS, _say, reactor), interface=options.iface
        )
    except CannotListenError as error:
        where = format_address(Address(options.iface, options.port))
        print(f"cannot listen on {where}: {error.socketError.strerror}", file=sys.stderr)
        return 1
    host = port.getHost()
    # Printed by the running reactor, because a reader of this line may interrupt the program at once.
    where = format_address(Address(host.host, host.port))
    reactor.callWhenRunning(_say, f"Serving {', '.join(TRANSFORMATIONS)} on {where}.")
    reactor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
