"""The results of a DeferredList are in the order of the list.

The order in which its Deferreds fired makes no difference.
"""

from twisted.internet.defer import Deferred, DeferredList

ORDINALS = ("first", "second", "third")


def main() -> None:
    """Fire the three Deferreds of a list in another order than the list's."""
    fired: list[str] = []

    def remember(poem: str) -> str:
        fired.append(poem)
        return poem

    def show(results: list[tuple[bool, str]]) -> None:
        for number, (_, poem) in enumerate(results, 1):
            turn = ORDINALS[fired.index(poem)]
            print(f"list result {number}: {poem} (fired {turn})")

    names = ("ecstasy", "fog", "science")
    poems = {name: Deferred[str]().addCallback(remember) for name in names}
    print("list: " + ", ".join(poems))
    everything = DeferredList(list(poems.values()))
    everything.addCallback(show)
    for name in ("fog", "science", "ecstasy"):
        print(f"firing {name}")
        poems[name].callback(name)


if __name__ == "__main__":
    main()
