"""Pages that show a file of the checkout, coloured by Pygments, or list what is in a folder.

They are plain pages without the theme, because there are hundreds of them.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from markupsafe import Markup

from harness.backend.toolchain import BUILT
from harness.paths import ROOT
from harness.printable import printable_lines
from harness.site.pages import Files, link, rendered

NOT_SOURCES = {*BUILT, "__pycache__", "_build", "node_modules"}
MADE = (".cache", ".log", ".pid", ".zip", ".png", ".svg")  # what is no text, or is left by programs
NARROW = 40  # characters: a shorter line fits into every column
Listed = Sequence[tuple[str, str]]  # names with addresses


def place(path: Path) -> str:
    """The page of a file or folder; no part of it begins with a dot, because publishers may leave such files out."""
    parts = [part.lstrip(".") for part in path.relative_to(ROOT).parts]
    return "/".join(["source", *parts, *(["index"] if path.is_dir() else [])]) + ".html"


@cache
def code(path: Path) -> Markup:
    """The coloured text of a file; its lines can be scrolled by keyboard."""
    return coloured(path.read_text("utf-8", errors="backslashreplace"), path.name)


def beside(path: Path) -> Markup:
    """The coloured text of a file for a narrow column, where a long line goes on below, further in than it begins."""
    before, tag, text = code(path).partition("<code>")
    return Markup(f"{before}{tag}" + "\n".join(map(_hanging, text.split("\n"))))


def _hanging(line: str) -> str:
    text = html.unescape(re.sub("<[^>]*>", "", line))
    if len(text) <= NARROW:
        return line
    return f'<span class="long" style="--in:{len(text) - len(text.lstrip()) + 2}ch">{line}</span>'


def headed(path: Path, of: str) -> Markup:
    """The coloured text of a file for a narrow column below its name, for the page `of`."""
    heading = rendered("heading.html.j2", name=path.relative_to(ROOT), address=link(place(path), of))
    return Markup(heading) + beside(path)


def coloured(text: str, name: str) -> Markup:
    """A text, coloured as a file of this name."""
    from pygments import format, lex
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.token import Name, Operator, Punctuation, Text, Whitespace
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    # Most words are plain names; without an element for each, a page is half as large and made sooner.
    plain = (Name, Operator, Punctuation, Whitespace)
    tokens = lex(printable_lines(text.expandtabs()), lexer)
    body = format(((Text if kind in plain else kind, word) for kind, word in tokens), HtmlFormatter(wrapcode=True))
    return Markup(body.replace("<pre>", '<pre tabindex="0">', 1))


def sources(wanted: set[Path]) -> Files:
    """The pages of these files and folders, and of all files in these folders."""
    files: set[Path] = set()
    pages: Files = {}
    for path in wanted:
        if path.is_dir():
            within = sorted(_within(path))
            files.update(within)
            pages[place(path)] = _folder(path, within)
        else:
            files.add(path)
    for path in files:
        pages[place(path)] = _page(path, code=code(path))
    return pages


def _folder(folder: Path, within: list[Path]) -> str:
    return _page(folder, listed=[(str(path.relative_to(folder)), link(place(path), place(folder))) for path in within])


def _page(path: Path, code: Markup | None = None, listed: Listed = ()) -> str:
    return shown(place(path), str(path.relative_to(ROOT)), code, listed)


def shown(of: str, name: str, code: Markup | None = None, listed: Listed = ()) -> str:
    """The plain page at the place `of`: a file's name with its coloured text, or with a list of (name, address)."""
    style, home = link("assets/source.css", of), link("index.md", of)
    return rendered("source.html.j2", path=name, style=style, home=home, code=code, listed=listed)


def _within(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_trial_temp")) and name not in NOT_SOURCES]
        for name in names:
            if not name.startswith(".") and not name.endswith(MADE):
                yield Path(parent, name)
