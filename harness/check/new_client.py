"""`./lab new-client`: makes a folder with a manifest and a program that does nothing yet."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from string import Template

from harness.errors import UsageError
from harness.paths import ROOT
from harness.selection import select
from harness.spec import client as clients

TEMPLATES = ROOT / "harness" / "check" / "templates"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def templates() -> dict[str, dict[str, str]]:
    """By language: the `interpreter`, the `file` of the client, and an `image` that has the interpreter."""
    return tomllib.loads((TEMPLATES / "templates.toml").read_text("utf-8"))


def new_client(name: str, language: str, folder: Path) -> list[str]:
    """Make the folder; returns lines that say what to do next.  UsageError if a name is wrong or in use."""
    if not name:
        raise UsageError("new-client needs a name: ./lab new-client NAME --language LANGUAGE")
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r}: a client's name has lower-case letters, digits and hyphens, at most 40 characters")
    if name in clients.discover():
        raise UsageError(f"{name!r}: the lab already has a client with this name; choose another")
    known = templates()
    if not language:
        raise UsageError(f"new-client needs --language LANGUAGE, one of: {', '.join(known)}")
    if len(chosen := select("language", language, known)) > 1:
        raise UsageError(f"--language {language}: give one language only")
    [kind] = chosen
    manifest = Template((TEMPLATES / "manifest.toml").read_text("utf-8")).substitute(
        name=name, language=language, image=kind["image"], command=json.dumps([kind["interpreter"], kind["file"]])
    )
    program, declared = folder / kind["file"], folder / f"{name}{clients.SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (program, declared):
            if path.exists():
                raise UsageError(f"{path}: already exists; nothing was changed")
        program.write_bytes((TEMPLATES / kind["file"]).read_bytes())
        program.chmod(0o755)
        declared.write_text(manifest, "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    lab = "./lab" if Path.cwd() == ROOT else str(ROOT / "lab")
    return [
        f"{program}: the client, which does nothing yet; the contract is {ROOT / 'docs' / 'client-contract.md'}",
        f"{declared}: its manifest",
        f"To see what is missing: {shlex.join([lab, 'check', '--client', str(folder)])}",
    ]
