"""`python3 -m slowpoetry.lessons NAME` runs a lesson; no NAME lists all."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

import slowpoetry.lessons


def names() -> list[str]:
    """The names of the lessons, as on a command line."""
    modules = pkgutil.iter_modules(slowpoetry.lessons.__path__)
    names = (module.name for module in modules)
    return [name.replace("_", "-") for name in names if name[0] != "_"]


def main(arguments: list[str]) -> None:
    """Run the named lesson; exit status 2 if there is no such lesson."""
    match arguments:
        case []:
            print("\n".join(names()))
        case [name] if name in names():
            import_module(f"slowpoetry.lessons.{name.replace('-', '_')}").main()
        case _:
            sys.exit(_usage(" ".join(arguments)))


def _usage(wrong: str) -> int:
    message = f"lessons: no lesson {wrong!r}; without a name, they are listed"
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
