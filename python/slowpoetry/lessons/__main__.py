"""`python3 -m slowpoetry.lessons NAME` runs a lesson; no name lists them."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

import slowpoetry.lessons


def names() -> list[str]:
    """The lessons, as they are called on a command line."""
    modules = pkgutil.iter_modules(slowpoetry.lessons.__path__)
    names = (module.name for module in modules)
    return [name.replace("_", "-") for name in names if name[0] != "_"]


def main(arguments: list[str]) -> None:
    """Run the lesson that is named; exit status 2 where there is none such."""
    match arguments:
        case []:
            print("\n".join(names()))
        case [name] if name in names():
            import_module(f"slowpoetry.lessons.{name.replace('-', '_')}").main()
        case _:
            sys.exit(_usage(" ".join(arguments)))


def _usage(wrong: str) -> int:
    told = f"lessons: no lesson {wrong!r}; without a name, they are listed"
    print(told, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
