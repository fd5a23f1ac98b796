"""The pages of `docs/` as they are; a link that leads out of them leads to the page of that file's source."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Collection
from pathlib import Path

from harness.paths import ROOT
from harness.site import source
from harness.site.pages import Files, Nav

DOCS = ROOT / "docs"
README = ROOT / "README.md"
HOME = "index.md"
SERVED = (".png", ".svg", ".zip", ".txt", ".ipynb", ".gz")  # what the site serves as it is
LINK = re.compile(r'(\]\(|\b(?:href|src)=")([^)"#\s]+)')
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
KEY = re.compile(r"^- `(\w+)` (.*)$", re.MULTILINE)  # of the failure matrix, with its sentence

Change = Callable[[str], str]  # of a page's text


def documents(changes: dict[str, Change]) -> tuple[Files, set[Path]]:
    """All pages and pictures of `docs/`, and the files and folders of the checkout that they link to.

    `changes` has, by the name of a page, what else the site changes in it.
    """
    files: Files = {}
    linked: set[Path] = set()
    for path in sorted(DOCS.iterdir()):
        if path.suffix in SERVED:
            files[f"docs/{path.name}"] = path.read_bytes()
        elif path.suffix == ".md":
            text = changes.get(path.name, str)(path.read_text("utf-8"))
            files[f"docs/{path.name}"] = _relinked(text, linked)
    return files, linked


def nav(without: Collection[str]) -> Nav:
    """The pages by their headings, in the order in which the README has them; `without` those that stand elsewhere."""
    names = dict.fromkeys(re.findall(r"\]\(docs/([\w-]+\.md)", README.read_text("utf-8")))
    return [{_heading(DOCS / name): f"docs/{name}"} for name in names if name not in without]


def wide(text: str) -> str:
    """The text of a page that has a wide table."""
    return f"---\nhide: [navigation, toc]\n---\n\n{text}"


def matrix(text: str) -> str:
    """The page of the failures: wide; each key has its sentence, and no entry of the matrix is broken in two."""
    told = {key: html.escape(re.sub(r"\\(.)|\*\*", r"\1", said)) for key, said in KEY.findall(text)}

    def explained(entry: re.Match[str]) -> str:
        said = told.get(entry[1])
        return f'<abbr title="{said}">{entry[1]}</abbr>' if said else entry[0]

    text = re.sub(r"(?<=[a-z!,]) (?=\d+[\d.]* m?s\b)|(?<=\d) (?=m?s +\|)", "\u00a0", text)
    return wide(re.sub(r"(?<=\| )([a-z]+)(?=[ !,])", explained, text))


def _heading(path: Path) -> str:
    found = HEADING.search(path.read_text("utf-8"))
    return found[1] if found else path.stem


def _relinked(text: str, linked: set[Path]) -> str:
    """The text with its links out of `docs/` changed; what they lead to is added to `linked`."""

    def changed(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(DOCS / found[2]))
        if not target.is_relative_to(ROOT) or not target.exists():
            return found[0]  # another site, or no link at all
        if target == README:
            return f"{found[1]}../{HOME}"
        if target.parent == DOCS and target.suffix in (".md", *SERVED):
            return found[0]
        linked.add(target)
        return f"{found[1]}../{source.place(target)}"

    return LINK.sub(changed, text)
