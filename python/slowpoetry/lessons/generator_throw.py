"""An exception can be thrown into a paused generator: its yield raises it.

So a generator receives failures as an errback does, and may recover.
"""

from collections.abc import Generator


class Malfunction(Exception):
    """The error in this lesson."""


def recovering() -> Generator[str, None, None]:
    """Survive one malfunction; the next one ends it."""
    try:
        yield "nothing has happened yet"
    except Malfunction as error:
        print(f"  generator: its yield raised {error!r}")
    yield "recovered"


def main() -> None:
    """Throw two exceptions: one that is caught inside, one that is not."""
    generator = recovering()
    print(f"it yields: {next(generator)}")
    print(f"it yields: {generator.throw(Malfunction('first'))}")
    try:
        generator.throw(Malfunction("second"))
    except Malfunction as error:
        print(f"out of the generator came {error!r}")
    print(f"it yields: {next(generator, 'no more')}")


if __name__ == "__main__":
    main()
