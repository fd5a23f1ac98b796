"""trio: a task per address, all in one nursery, which ends when the last task has ended.

The steps are those of the asyncio client, under a stricter rule: no task outlives the block that started it,
and an exception that leaves one task cancels all others. A failed poem is therefore an outcome here, not an
exception. trio deliberately leaves open which of several ready tasks runs first: half of the time it connects
to the last address first.
"""

import math

import trio

from slowpoetry.address import Address
from slowpoetry.clients import READ_SIZE
from slowpoetry.clients.command_line import begin, end, print_poem, report
from slowpoetry.progress import failed_line, got_line


async def connect(address: Address) -> trio.SocketStream:
    """Return a connection to one of the host's addresses; raise OSError if none accepts one.

    The next address is tried when the one before has failed or is silent for a moment (Happy Eyeballs, RFC 8305).
    """
    # Encoded as Python's own sockets do it: trio uses a newer rule, and raises its own errors for some names.
    host = address.host.encode("idna").decode("ascii")
    try:
        return await trio.open_tcp_stream(host, address.port)
    except OSError as error:
        match error.__cause__:
            case ExceptionGroup(exceptions=[*_, OSError() as last]):
                raise last from error
        raise


async def get_poem(task: int, address: Address, timeout: float = math.inf) -> bytes:
    """Return the whole poem and report each read; raise OSError if the poem cannot be fetched.

    Raise TimeoutError if the connection or the next read takes longer than `timeout` seconds.
    """
    poem = bytearray()
    with trio.move_on_after(timeout) as silence:
        async with await connect(address) as stream:
            while True:
                silence.deadline = trio.current_time() + timeout
                # The stream's own method would turn a reset into an error of trio's.
                data = await stream.socket.recv(READ_SIZE)
                if not data:
                    return bytes(poem)
                report(got_line(task, len(data), address))
                poem += data
    raise TimeoutError


async def fetch(task: int, address: Address, outcomes: list[bool], timeout: float) -> None:
    """Print one poem, or report why not; add to `outcomes` whether it came whole."""
    try:
        poem = await get_poem(task, address, timeout)
    except OSError as error:
        report(failed_line(task, error, address))
        outcomes.append(False)
    else:
        print_poem(poem)
        outcomes.append(True)


async def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together; return whether each came whole, in the order in which they ended."""
    outcomes: list[bool] = []
    async with trio.open_nursery() as nursery:
        for task, address in enumerate(addresses, start=1):
            nursery.start_soon(fetch, task, address, outcomes, math.inf if timeout is None else timeout)
    return outcomes


def main() -> None:
    """Run trio until the nursery is empty."""
    end(trio.run(fetch_all, *begin()))


if __name__ == "__main__":
    main()
