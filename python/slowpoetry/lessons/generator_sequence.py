"""A generator and the loop that asks it for values take turns.

Calling it runs nothing; each request runs it up to its next yield.
"""

from collections.abc import Iterator


def numbers() -> Iterator[int]:
    """Yield three numbers, and print a line before and after each."""
    print("  generator: first stretch")
    yield 1
    print("  generator: second stretch")
    yield 2
    print("  generator: third stretch")
    yield 3
    print("  generator: last stretch")


def main() -> None:
    """Call the generator function, and only then ask for its values."""
    generator = numbers()
    print("loop: the generator is made")
    for number in generator:
        print(f"loop: got {number}")
    print("loop: there are no more")


if __name__ == "__main__":
    main()
