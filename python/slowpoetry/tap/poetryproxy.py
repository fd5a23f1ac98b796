"""``twistd poetryproxy --upstream [HOST:]PORT``: a poetry proxy (seed parts 16 and 19)."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.python import usage

from slowpoetry.option_values import listening_port, upstream
from slowpoetry.proxy.service import poetry_proxy


class Options(usage.Options):
    """The server behind the proxy, and the proxy's own port."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        ["port", "p", 10000, "The port to listen on; 0: any.", listening_port],
        ["upstream", None, None, "The server that has the poem, [HOST:]PORT.", upstream],
        ["iface", None, "127.0.0.1", "The address to listen on."],
    ]

    def postOptions(self) -> None:
        """Check that there is a server, and another one than this."""
        if self["upstream"] is None:
            raise usage.UsageError("--upstream is missing: the server that has the poem")
        if self["upstream"] == (self["iface"], self["port"]):
            raise usage.UsageError("--upstream is the proxy itself")


def makeService(options: dict[str, Any]) -> MultiService:
    """The proxy as these options want it."""
    return poetry_proxy(options["upstream"], options["port"], options["iface"])
