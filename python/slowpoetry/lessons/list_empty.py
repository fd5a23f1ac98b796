"""A DeferredList of nothing has nothing to wait for: it fires at once."""

from twisted.internet.defer import Deferred, DeferredList


def main() -> None:
    """Make an empty list, and show when it fires and with what."""
    poems: list[Deferred[str]] = []
    everything = DeferredList(poems)
    print(f"made; it has fired: {everything.called}")
    everything.addCallback(lambda results: print(f"results: {results}"))


if __name__ == "__main__":
    main()
