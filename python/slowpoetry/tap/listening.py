"""The options that say where a server listens; all servers have them."""

from __future__ import annotations

import re

from twisted.internet.endpoints import serverFromString
from twisted.python import usage

from slowpoetry.option_values import BadValue, interface, listening_port

DEFAULT_IFACE = "127.0.0.1"


def port_or_endpoint(text: str) -> int | str:
    """A port to listen on, 0 for any; or the description of an endpoint, which is checked."""
    if ":" not in text:
        return listening_port(text)
    from twisted.internet import reactor

    try:
        serverFromString(reactor, text)
    except LookupError:
        # Only systemd's endpoint looks something up: a socket, by its number or its name.
        raise BadValue(f"{text!r}: systemd has not passed such a socket to this process") from None
    except Exception as error:  # the parser of each kind of endpoint raises what it likes
        raise BadValue(f"{text!r} is not an endpoint: {error}") from None
    return text


def tcp_port_or_endpoint(text: str) -> int | str:
    """The same, for a server that has to see the TCP connections themselves."""
    if ":" in text and not re.match(r"(tcp6?|systemd:domain=INET6?):", text):
        raise BadValue(f"{text!r} is not an endpoint that begins with tcp:, tcp6: or systemd:domain=INET:")
    return port_or_endpoint(text)


class ListeningOptions(usage.Options):
    """`--port` and `--iface`."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        [
            "port",
            "p",
            10000,
            "The port to listen on; 0: any. Or an endpoint: tcp6:10000:interface=\\:\\:1",
            port_or_endpoint,
        ],
        ["iface", None, None, f"The address to listen on [default: {DEFAULT_IFACE}]; not with an endpoint.", interface],
    ]

    def postOptions(self) -> None:
        """Check that an address goes with a number, and fill in its default."""
        if self["iface"] is not None and isinstance(self["port"], str):
            raise usage.UsageError("--iface needs a number as --port; an endpoint has its own interface")
        self["iface"] = self["iface"] or DEFAULT_IFACE
