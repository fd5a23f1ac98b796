"""What the modules of the site make: pages in Markdown by their places, and files that the site serves as they are.

The body of a page may be HTML that a template made, which escapes every word from a run.  In it links have the form
that they have in the finished site: relative, to a file that ends with `.html`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from harness.report.drawn import template

HERE = Path(__file__).resolve().parent
Files = dict[str, str | bytes]  # by path in the site's sources; a name that ends with .md is a page
Nav = list[dict[str, Any]]  # as MkDocs has it: titles with the path of a page, or with pages below


def rendered(name: str, /, **words: Any) -> str:
    """A template of this folder, filled in; without empty lines at its ends."""
    return template(name, HERE).render(**words).strip()


def page(title: str, *parts: str, wide: bool = False, search: bool = True) -> str:
    """A page with a heading; `wide`: without the lists of pages beside it; without `search` it is not searched."""
    facts: dict[str, Any] = {"title": title}
    if wide:
        facts["hide"] = ["navigation", "toc"]
    if not search:
        facts["search"] = {"exclude": True}
    head = "\n".join(f"{key}: {json.dumps(value)}" for key, value in facts.items())  # JSON is YAML, too
    return "\n\n".join([f"---\n{head}\n---", f"# {title}", *parts]) + "\n"


def link(to: str, of: str) -> str:
    """The relative address, in the finished site, of one page or file from another one."""
    target, _, fragment = to.partition("#")
    place = os.path.relpath(target.removesuffix(".md") + (".html" if target.endswith(".md") else ""), Path(of).parent)
    return f"{place}#{fragment}" if fragment else place


def abreast(columns: Sequence[tuple[str, str, Iterable[Markup]]]) -> str:
    """Blocks of HTML side by side, as many columns as the window has room for: (heading, address or '', blocks)."""
    return rendered("abreast.html.j2", columns=columns)
