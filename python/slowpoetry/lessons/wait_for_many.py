"""A DeferredList fires when all of its Deferreds have fired, and not before."""

from twisted.internet.defer import Deferred, DeferredList


def main() -> None:
    """Wait for three poems that come one after another."""
    poems = {name: Deferred[str]() for name in ("ecstasy", "fog", "science")}
    everything = DeferredList(list(poems.values()))
    everything.addCallback(
        lambda results: print(f"all have come, {len(results)} results")
    )
    for name, poem in poems.items():
        print(f"{name} comes; all have come: {everything.called}")
        poem.callback(name)
    print(f"all have come: {everything.called}")


if __name__ == "__main__":
    main()
