"""``twistd slowpoetry --poem FILE``: a slow poetry server (seed part 16)."""

from __future__ import annotations

from typing import Any

from twisted.python import usage

from slowpoetry.option_values import listening_port, num_bytes, poem_file, seconds
from slowpoetry.services.slow import SlowPoetryService


class Options(usage.Options):
    """A poem, its port, and how slowly it is sent."""

    optParameters = [  # noqa: RUF012 (Twisted's interface)
        ["port", "p", 10000, "The port to listen on; 0: any.", listening_port],
        ["poem", None, None, "The file that holds the poem.", poem_file],
        ["delay", None, 0.7, "Seconds before each chunk.", seconds],
        ["num-bytes", None, 10, "Bytes in a chunk.", num_bytes],
        ["iface", None, "127.0.0.1", "The address to listen on."],
    ]

    def postOptions(self) -> None:
        """Check that nothing is missing."""
        if self["poem"] is None:
            raise usage.UsageError("--poem is missing; name the file to serve")


def makeService(options: dict[str, Any]) -> SlowPoetryService:
    """The server with these options."""
    return SlowPoetryService(
        options["poem"], options["port"], options["iface"], delay=options["delay"], num_bytes=options["num-bytes"]
    )
