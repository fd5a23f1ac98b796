"""The command line of the clients with a transformation: the transform server comes first, then the poems'.

Task 1 is the first poem: but for its first argument a client keeps the client contract, so that a manifest whose
command ends in a transform server's address has the lab check it.
"""

import argparse

from slowpoetry.address import Address, UsageError, parse_addresses
from slowpoetry.clients.command_line import leave_on_signals
from slowpoetry.transform.proxy import TransformProxy


def begin() -> tuple[TransformProxy, list[Address]]:
    """Return what the command line asks for, or leave with usage and status 2 if it is bad."""
    leave_on_signals()
    parser = argparse.ArgumentParser(
        prog="get-poetry",
        usage="%(prog)s [--transformation NAME] [host:]transform-port [host:]port ...",
        description="Get poems, each transformed by the transform server.",
    )
    parser.add_argument(
        "--transformation",
        type=_name,
        default="cummingsify",
        metavar="NAME",
        help="what to ask the server for (default: %(default)s)",
    )
    parser.add_argument("server", metavar="[host:]transform-port", help="where the transform server is")
    parser.add_argument("addresses", nargs="+", metavar="[host:]port", help="where the poems are")
    options = parser.parse_args()
    try:
        server, *addresses = parse_addresses([options.server, *options.addresses])
    except UsageError as error:
        parser.error(str(error))
    return TransformProxy(server, options.transformation), addresses


def _name(text: str) -> str:
    if not text or "." in text:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be a transformation's name: it is empty or has a dot")
    return text
