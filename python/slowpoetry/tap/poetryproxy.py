"""``twistd poetryproxy --upstream [HOST:]PORT``: a poetry proxy (seed parts 16 and 19)."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.python import usage

from slowpoetry.option_values import upstream
from slowpoetry.proxy.service import poetry_proxy
from slowpoetry.tap.listening import ListeningOptions


class Options(ListeningOptions):
    """The server behind the proxy, and the port of the proxy."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        ["upstream", None, None, "The server that has the poem, [HOST:]PORT.", upstream],
    ]

    def postOptions(self) -> None:
        """Check that a server is given, and that it is not the proxy itself."""
        super().postOptions()
        if self["upstream"] is None:
            raise usage.UsageError("--upstream is missing; give the address of the server that has the poem")
        if self["upstream"] == (self["iface"], self["port"]):
            raise usage.UsageError("--upstream is the proxy's own address, not the server's")


def makeService(options: dict[str, Any]) -> MultiService:
    """The proxy with these options."""
    return poetry_proxy(options["upstream"], options["port"], options["iface"])
