"""A thread per address: each thread runs the `fetch` of the blocking client, unchanged.

Each thread waits for one poem, and meanwhile the operating system runs the others. The price is one thread for
every connection, and the number of threads in a system or a container is limited (seed part 20).
"""

from threading import Thread

from slowpoetry.address import Address
from slowpoetry.clients.blocking import fetch
from slowpoetry.clients.command_line import begin, end, report
from slowpoetry.progress import failed_line


def fetch_all(addresses: list[Address], timeout: float | None = None) -> list[bool]:
    """Fetch the poems together and return, per task, whether it came whole."""
    outcomes = [False] * len(addresses)

    def run(task: int, address: Address) -> None:
        # Lines and poems of several threads are not mixed, because Python's buffered streams lock each write.
        outcomes[task - 1] = fetch(task, address, timeout)

    threads = []
    for task, address in enumerate(addresses, start=1):
        thread = Thread(target=run, args=(task, address))
        try:
            thread.start()
        except RuntimeError as error:  # the system cannot start another thread
            report(failed_line(task, error, address))
        else:
            threads.append(thread)
    for thread in threads:
        thread.join()
    return outcomes


def main() -> None:
    """Start the threads and wait for all of them."""
    end(fetch_all(*begin()))


if __name__ == "__main__":
    main()
