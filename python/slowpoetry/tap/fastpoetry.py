"""``twistd fastpoetry --poem FILE``: a fast poetry server, or two (seed part 16)."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.python import usage

from slowpoetry.option_values import poem_file
from slowpoetry.services.fast import fast_poetry
from slowpoetry.tap.listening import ListeningOptions, port_or_endpoint


class Options(ListeningOptions):
    """A poem and its port; optionally a second poem and its port."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        ["poem", None, None, "The file that holds the poem.", poem_file],
        ["second-port", None, None, "The port or the endpoint of a second poem.", port_or_endpoint],
        ["second-poem", None, None, "The file that holds the second poem.", poem_file],
    ]

    def postOptions(self) -> None:
        """Check that nothing is missing."""
        super().postOptions()
        if self["poem"] is None:
            raise usage.UsageError("--poem is missing; name the file to serve")
        if (self["second-poem"] is None) != (self["second-port"] is None):
            raise usage.UsageError("a second poem needs both --second-poem and --second-port")


def makeService(options: dict[str, Any]) -> MultiService:
    """A service for each poem, with nothing shared between them."""
    top = MultiService()
    fast_poetry(options["poem"], options["port"], options["iface"]).setServiceParent(top)
    if options["second-poem"] is not None:
        fast_poetry(options["second-poem"], options["second-port"], options["iface"]).setServiceParent(top)
    return top
