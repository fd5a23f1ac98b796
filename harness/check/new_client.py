"""`./lab new-client`: a folder with a manifest and a program that does nothing yet, to begin with."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from string import Template

from harness.backend.base_image import BASE
from harness.errors import UsageError
from harness.paths import ROOT
from harness.selection import select
from harness.spec import client as clients

TEMPLATES = ROOT / "harness" / "check" / "templates"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Language:
    """How a client in it is called: its interpreter, its file, and an image that has the interpreter."""

    interpreter: str
    file: str
    image: str


LANGUAGES = {
    "python": Language("python3", "get-poetry.py", "python"),
    "perl": Language("perl", "get-poetry.pl", BASE),
    "shell": Language("bash", "get-poetry.sh", BASE),
    "erlang": Language("escript", "get-poetry.escript", "erlang"),
    "javascript": Language("node", "get-poetry.js", "node:slim"),
}


def new_client(name: str, language: str, folder: Path) -> list[str]:
    """Make the folder; returns lines that say what to do next.  UsageError where a name is bad or in use."""
    if not name:
        raise UsageError("new-client: name it: ./lab new-client NAME --language LANGUAGE")
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r}: a client's name has small letters, digits and hyphens, at most 40 of them")
    if name in clients.discover():
        raise UsageError(f"{name!r}: the lab has a client of this name; give yours another")
    if not language:
        raise UsageError(f"new-client: say --language LANGUAGE; there are: {', '.join(LANGUAGES)}")
    if len(chosen := select("language", language, LANGUAGES)) > 1:
        raise UsageError(f"--language {language}: one of them")
    [kind] = chosen
    manifest = Template((TEMPLATES / "manifest.toml").read_text("utf-8")).substitute(
        name=name, language=language, image=kind.image, command=json.dumps([kind.interpreter, kind.file])
    )
    program, declared = folder / kind.file, folder / f"{name}{clients.SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (program, declared):
            if path.exists():
                raise UsageError(f"{path}: is there already; nothing was changed")
        program.write_bytes((TEMPLATES / kind.file).read_bytes())
        program.chmod(0o755)
        declared.write_text(manifest, "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    lab = "./lab" if Path.cwd() == ROOT else str(ROOT / "lab")
    return [
        f"{program}: the client, which does nothing yet; the contract is {ROOT / 'docs' / 'client-contract.md'}",
        f"{declared}: its manifest",
        f"What is missing: {shlex.join([lab, 'check', '--client', str(folder)])}",
    ]
