"""The links of the README and of the pages: each leads to a file that exists, and to a heading that is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from harness.paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MARKDOWN = MarkdownIt("commonmark").enable("table")
IN_HTML = re.compile(r'\b(?:href|src)="([^"]*)"')


@dataclass(frozen=True)
class Page:
    """What a page links to, pictures too, and the anchors of its headings."""

    links: list[str]
    anchors: list[str]


def page(text: str) -> Page:
    links: list[str] = []
    anchors: list[str] = []
    tokens = MARKDOWN.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        pieces = token.children or []
        links += [
            link for one in (token, *pieces) if one.type.startswith("html") for link in IN_HTML.findall(one.content)
        ]
        links += [str(link) for piece in pieces for link in (piece.attrGet("href"), piece.attrGet("src")) if link]
        if before is not None and before.type == "heading_open":
            anchors.append(anchor("".join(piece.content for piece in pieces), anchors))
    return Page(links, anchors)


def anchor(heading: str, taken: list[str]) -> str:
    """As GitHub makes it: lower case, hyphens for blanks, no punctuation; a number is added where it is taken."""
    made = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
    numbered = [made, *(f"{made}-{number}" for number in range(1, len(taken) + 1))]
    return next(name for name in numbered if name not in taken)


def broken(file: Path, text: str) -> Iterator[str]:
    """The relative links of this file that lead nowhere."""
    for link in page(text).links:
        if re.match(r"[a-z]+:", link):
            continue  # another site
        path, _, fragment = unquote(link).partition("#")
        target = (file.parent / path).resolve() if path else file
        if path and not (target.is_relative_to(ROOT) and target.exists()):
            yield f"{link}: there is no such file"
        elif fragment and fragment not in page(target.read_text("utf-8") if path else text).anchors:
            yield f"{link}: there is no such heading"


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    assert list(broken(file, text)) == []
    # A link that is not closed, or has a blank in it, is none for Markdown: it would be shown as it is written.
    shown = "".join(
        piece.content for token in MARKDOWN.parse(text) for piece in token.children or [] if piece.type == "text"
    )
    assert "](" not in shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](no-such.md)", ["no-such.md: there is no such file"]),
        ("| a |\n|---|\n| [a](no-such.md) |\n", ["no-such.md: there is no such file"]),
        ("![a](no-such.png)", ["no-such.png: there is no such file"]),
        ('<img src="no-such.png">', ["no-such.png: there is no such file"]),
        ('A <a href="no-such.md">link</a>', ["no-such.md: there is no such file"]),
        ("[a](scenarios.md#no-such)", ["scenarios.md#no-such: there is no such heading"]),
        ("# A heading\n[a](#a-heading) [b](#b)", ["#b: there is no such heading"]),
        ("[a](../../outside.md)", ["../../outside.md: there is no such file"]),
        ("[a](scenarios.md#by-default) [b](https://example.org/no-such.md) `[c](no-such.md)`", []),
    ],
)
def test_a_wrong_link_is_found(text: str, found: list[str]) -> None:
    assert list(broken(ROOT / "docs" / "any.md", text)) == found


def test_anchors_are_made_as_on_github() -> None:
    made = page("# A `b-c`: D, e!\n## Being stopped\n## Being stopped\n").anchors
    assert made == ["a-b-c-d-e", "being-stopped", "being-stopped-1"]


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in page(PAGES[0].read_text("utf-8")).links}
    assert [file.name for file in PAGES[1:] if file not in linked] == []
