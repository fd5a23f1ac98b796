"""The code of the three languages side by side, a page for each room: address, client, progress, server."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

from harness.paths import ROOT
from harness.site import source
from harness.site.pages import HERE, Files, Nav, abreast, link, page

CLIENT = "code/client.md"


def rooms() -> tuple[Files, Nav, set[Path]]:
    """The pages, their places in the list of pages, and the files that they link to."""
    known = tomllib.loads((HERE / "rooms.toml").read_text("utf-8"))["room"]
    paths = {path for room in known for row in room["row"] for column in _columns(row) for path in column}
    files: Files = {f"code/{room['name']}.md": _room(room) for room in known}
    return files, [{room["title"]: f"code/{room['name']}.md"} for room in known], paths


def _room(room: dict[str, Any]) -> str:
    place = f"code/{room['name']}.md"
    parts = [room["says"], " · ".join(f"[{row['title']}](#{_anchor(row['title'])})" for row in room["row"])]
    for row in room["row"]:
        columns = [
            (
                str(above.relative_to(ROOT)),
                link(source.place(above), place),
                [source.beside(above), *(source.headed(path, place) for path in below)],
            )
            for above, *below in _columns(row)
        ]
        parts += [f"## {row['title']} {{#{_anchor(row['title'])}}}", row["says"], abreast(columns)]
    return page(room["title"], *parts, wide=True)


def _columns(row: dict[str, Any]) -> list[list[Path]]:
    """The files of each column, from above."""
    rows = [row["files"], row.get("then", [])]
    return [[ROOT / name for name in column if name] for column in itertools.zip_longest(*rows, fillvalue="")]


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")
