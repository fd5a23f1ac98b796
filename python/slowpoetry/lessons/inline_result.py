"""Calling an inlineCallbacks function returns a Deferred.

It fires with what the generator returns, once the generator has ended.
"""

from collections.abc import Generator

from twisted.internet.defer import Deferred, inlineCallbacks


@inlineCallbacks
def shout(poem: Deferred[str]) -> Generator[Deferred[str], str, str]:
    """The poem in capital letters."""
    text = yield poem
    return text.upper()


def main() -> None:
    """Fire the Deferred that the generator waits for."""
    poem = Deferred[str]()
    result = shout(poem)
    print(f"returned: a Deferred that is another one: {result is not poem}")
    result.addCallback(lambda text: print(f"it fires with {text!r}"))
    print(f"it has fired: {result.called}")
    poem.callback("a poem")
    print(f"it has fired: {result.called}")


if __name__ == "__main__":
    main()
