"""asyncio streams: a coroutine per address, run together on one event loop.

The steps are those of the blocking client, in the same order. At each `await` this coroutine waits while others
run. This is Python's own form of the generators of seed part 17.
"""

import asyncio
import os
import re

from slowpoetry.address import Address, is_numeric
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line

HAPPY_EYEBALLS_SECONDS = 0.25  # until the next address is tried as well; RFC 8305 recommends it


async def connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection to one of the host's addresses; raise OSError if none accepts one.

    The next address is tried when the one before has failed or is silent for a moment (Happy Eyeballs, RFC 8305).
    """
    # A numeric host is a single address, and a race of one would take as long as the connection itself.
    delay = None if is_numeric(address.host) else HAPPY_EYEBALLS_SECONDS
    try:
        return await asyncio.open_connection(*address, happy_eyeballs_delay=delay)
    except OSError as error:
        # If several addresses have failed, all their errors are in one text.
        numbers = re.findall(r"\[Errno (\d+)\]", str(error)) if error.errno is None else []
        if not numbers:
            raise
        raise OSError(int(numbers[-1]), os.strerror(int(numbers[-1]))) from error


async def get_poem(task: int, address: Address, timeout: float | None = None) -> bytes:
    """Return the whole poem and report each read; raise OSError if the poem cannot be fetched.

    Raise TimeoutError if the connection or the next read takes longer than `timeout` seconds.
    """

    async def read() -> bytes:
        async with asyncio.timeout(timeout):
            return await reader.read(READ_SIZE)

    poem = bytearray()
    async with asyncio.timeout(timeout):
        reader, writer = await connect(address)
    try:
        while data := await read():
            report(got_line(task, len(data), address))
            poem += data
    finally:
        writer.close()
    return bytes(poem)


async def fetch(task: int, address: Address, timeout: float | None = None) -> bool:
    """Print one poem, or report why not; return whether it came whole."""
    try:
        poem = await get_poem(task, address, timeout)
    except OSError as error:
        report(failed_line(task, error, address))
        return False
    print_poem(poem)
    return True


async def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together and return, per task, whether it came whole."""
    return await asyncio.gather(*(fetch(task, address, timeout) for task, address in enumerate(addresses, start=1)))


def main() -> None:
    """Run the event loop until every task is done."""
    end(asyncio.run(fetch_all(*begin())))


if __name__ == "__main__":
    main()
