"""Several generators can be in progress at once, with their own variables.

One driver resumes them in turn, as one reactor runs many callbacks.
"""

from collections.abc import Iterator


def countdown(name: str, number: int) -> Iterator[None]:
    """Count down to zero, one number per step."""
    while number > 0:
        print(f"{name}: {number}")
        yield
        number -= 1
    print(f"{name}: done")


def main() -> None:
    """Resume each generator that is not done yet, round after round."""
    running = [countdown("short", 2), countdown("  long", 4)]
    while running:
        for generator in running.copy():
            try:
                next(generator)
            except StopIteration:
                running.remove(generator)


if __name__ == "__main__":
    main()
