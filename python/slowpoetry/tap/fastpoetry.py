"""``twistd fastpoetry --poem FILE``: a fast poetry server, or two (seed part 16)."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.python import usage

from slowpoetry.option_values import listening_port, poem_file
from slowpoetry.services.fast import fast_poetry


class Options(usage.Options):
    """A poem and its port; optionally a second poem and its port."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        ["port", "p", 10000, "The port to listen on; 0: any.", listening_port],
        ["poem", None, None, "The file that holds the poem.", poem_file],
        ["second-port", None, None, "The port of a second poem.", listening_port],
        ["second-poem", None, None, "The file that holds the second poem.", poem_file],
        ["iface", None, "127.0.0.1", "The address to listen on."],
    ]

    def postOptions(self) -> None:
        """Check that nothing is missing."""
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
