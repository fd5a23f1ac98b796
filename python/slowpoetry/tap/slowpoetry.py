"""``twistd slowpoetry --poem FILE``: a slow poetry server (seed part 16)."""

from __future__ import annotations

from typing import Any

from twisted.python import usage

from slowpoetry.option_values import num_bytes, poem_file, seconds
from slowpoetry.services.listening import ListeningService
from slowpoetry.services.slow import slow_poetry
from slowpoetry.tap.listening import ListeningOptions, tcp_port_or_endpoint


class Options(ListeningOptions):
    """A poem, its port, and how slowly it is sent."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        [
            "port",
            "p",
            10000,
            "The port to listen on; 0: any. Or a TCP endpoint: tcp6:10000:interface=\\:\\:1",
            tcp_port_or_endpoint,
        ],
        ["poem", None, None, "The file that holds the poem.", poem_file],
        ["delay", None, 0.7, "Seconds before each chunk.", seconds],
        ["num-bytes", None, 10, "Bytes in a chunk.", num_bytes],
    ]

    def postOptions(self) -> None:
        """Check that nothing is missing."""
        super().postOptions()
        if self["poem"] is None:
            raise usage.UsageError("--poem is missing; name the file to serve")


def makeService(options: dict[str, Any]) -> ListeningService:
    """The server with these options."""
    return slow_poetry(
        options["poem"], options["port"], options["iface"], delay=options["delay"], num_bytes=options["num-bytes"]
    )
