"""The command line of the clients with a transformation: the address of the transform server, then those of the poems.

Task 1 is the first poem.  Apart from the first argument these clients keep the client contract.  So the lab can check
them with a manifest whose command ends with the address of a transform server.
"""

import argparse

from slowpoetry.address import Address, UsageError, parse_addresses
from slowpoetry.clients.command_line import leave_on_signals
from slowpoetry.transform.proxy import TransformProxy


def begin() -> tuple[TransformProxy, list[Address]]:
    """Return what the command line asks for; if it is bad, print the usage and exit with status 2."""
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
        help="the transformation to ask for (default: %(default)s)",
    )
    parser.add_argument("server", metavar="[host:]transform-port", help="the address of the transform server")
    parser.add_argument("addresses", nargs="+", metavar="[host:]port", help="the addresses of the poems")
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
