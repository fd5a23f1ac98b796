"""A value can be sent into a paused generator: its yield returns that value.

So a generator receives results as a callback does.
"""

from collections.abc import Generator


def adding() -> Generator[int, int | None, None]:
    """Yield the sum of the values sent so far."""
    total = 0
    while True:
        sent = yield total
        print(f"  generator: its yield returned {sent!r}")
        total += sent or 0


def main() -> None:
    """Start the generator, then send it three values, one of them None."""
    generator = adding()
    print(f"started, it yields {next(generator)}")
    for value in (10, 20):
        print(f"after {value} was sent, it yields {generator.send(value)}")
    print(f"resumed by next(), it yields {next(generator)}")


if __name__ == "__main__":
    main()
