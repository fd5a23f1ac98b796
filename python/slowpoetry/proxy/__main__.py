"""The poetry proxy as a program: ``python -m slowpoetry.proxy --port 10000 --upstream 10001`` (seed part 19)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, cast

from twisted.internet.error import CannotListenError
from twisted.logger import LogEvent, LogLevel, eventAsText, globalLogBeginner

from slowpoetry.address import Address, format_address
from slowpoetry.option_values import interface, listening_port, upstream
from slowpoetry.proxy.service import PoetryProxyFactory, ProxyService


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slowpoetry.proxy", description="Fetch a poem once and keep it.")
    parser.add_argument(
        "--upstream", type=upstream, required=True, metavar="[HOST:]PORT", help="the server that has the poem"
    )
    parser.add_argument("--port", type=listening_port, default=0, help="the port to listen on; 0 (the default): any")
    parser.add_argument(
        "--iface", type=interface, default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    options = parser.parse_args(argv)
    if options.upstream == (options.iface, options.port):
        parser.error("--upstream is the proxy's own address, not the server's")
    return options


def _print(event: LogEvent) -> None:
    # Twisted's own messages are printed only if they are warnings or errors.
    if event["log_namespace"].startswith("slowpoetry.") or event["log_level"] >= LogLevel.warn:
        print(eventAsText(event, includeTimestamp=False, includeSystem=False), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.  Exit status: 0 if stopped, 1 if the port cannot be used, 2 for bad usage."""
    options = _options(argv)
    globalLogBeginner.beginLoggingTo([cast(Any, _print)], redirectStandardIO=False)

    from twisted.internet import reactor as installed

    reactor: Any = installed  # its module has no useful type

    service = ProxyService(options.upstream)
    try:
        port = reactor.listenTCP(options.port, PoetryProxyFactory(service), interface=options.iface)
    except CannotListenError as error:
        where = format_address(Address(options.iface, options.port))
        print(f"cannot listen on {where}: {error.socketError.strerror}", file=sys.stderr)
        return 1
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    host = port.getHost()
    # Printed by the running reactor, because a reader of this line may interrupt the program at once.
    where = format_address(Address(host.host, host.port))
    ready = f"Proxying {format_address(options.upstream)} on {where}."
    reactor.callWhenRunning(print, ready, flush=True)
    reactor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
