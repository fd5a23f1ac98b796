"""The part of a Dockerfile that one of its stages needs.

The SDK builds without BuildKit, and then the engine builds every stage above the wanted one, too.  Several builds side
by side would each install the packages of all languages.
"""

from __future__ import annotations

import re


def part_for(stage: str, dockerfile: str) -> str:
    """The stage and those that it is made from, in their order; the whole text if it has no such stage."""
    head, *parts = re.split(r"^(?=FROM )", dockerfile, flags=re.MULTILINE)
    stages = {found[1]: part for part in parts if (found := re.match(r"FROM \S+ AS (\S+)", part))}
    if stage not in stages:
        return dockerfile
    needed = {stage}
    for name, part in reversed(stages.items()):  # a stage is made from earlier ones
        if name in needed:
            needed.update(re.findall(r"(?:^FROM |--from=)(\S+)", part, re.MULTILINE))
    return head + "".join(part for name, part in stages.items() if name in needed)
