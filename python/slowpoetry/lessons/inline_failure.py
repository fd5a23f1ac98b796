"""An exception that leaves a generator of inlineCallbacks is not raised.

The Deferred that was returned fails with it, so errbacks can handle it.
"""

from collections.abc import Generator

from twisted.internet.defer import Deferred, inlineCallbacks


@inlineCallbacks
def first_line(poem: Deferred[str]) -> Generator[Deferred[str], str, str]:
    """Return the first line; ValueError if the poem is empty."""
    text = yield poem
    if not text:
        raise ValueError("an empty poem")
    return text.splitlines()[0]


def main() -> None:
    """Give one generator a poem, and another one nothing."""
    for text in ("a line\nand another", ""):
        poem = Deferred[str]()
        line = first_line(poem)
        line.addCallbacks(
            lambda result: print(f"callback got {result!r}"),
            lambda failure: print(f"errback got {failure.value!r}"),
        )
        print(f"firing with {text!r}")
        poem.callback(text)


if __name__ == "__main__":
    main()
