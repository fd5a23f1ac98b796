"""MkDocs with the theme Material, which makes the site of the pages; installed when it is first asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.backend import Say
from harness.backend.optional import install_optional
from harness.backend.toolchain import tail
from harness.errors import LabError
from harness.report.matrix import MEANINGS
from harness.site.pages import Files, Nav

UNUSED = ("404.html", "sitemap.xml", "sitemap.xml.gz")  # they need the address at which the site will be
CONFIG: dict[str, Any] = {
    "site_name": "Slow Poetry Lab",
    "theme": {
        "name": "material",
        "font": False,  # those of the reader's system: nothing is fetched
        "features": ["navigation.tabs", "navigation.footer", "navigation.indexes", "search.highlight", "toc.follow"],
        "palette": [
            {
                "media": f"(prefers-color-scheme: {name})",
                "scheme": scheme,
                "primary": "custom",
                "accent": "custom",
                "toggle": {"icon": icon, "name": f"change to {other}"},
            }
            for name, scheme, icon, other in (
                ("light", "default", "material/weather-night", "dark"),
                ("dark", "slate", "material/weather-sunny", "light"),
            )
        ],
    },
    "plugins": ["search", "offline"],
    "markdown_extensions": [
        "tables",
        "attr_list",
        "sane_lists",
        "pymdownx.superfences",
        {"toc": {"permalink": True}},
        {"abbr": {"glossary": {**MEANINGS, **{f"{word}s": meaning for word, meaning in MEANINGS.items()}}}},
    ],
    # The offline plugin fetches a script of this name from elsewhere unless the site has one.
    "extra": {"generator": False, "polyfills": ["assets/iframe-worker.js"]},
    "extra_css": ["assets/matrix.css", "assets/site.css"],
    "extra_javascript": ["assets/filter.js"],
}


def install_mkdocs(install: bool, say: Say) -> None:
    """Install the pinned MkDocs if it is missing; LabError with the command if that fails."""
    install_optional("site", "MkDocs", "a site", install=install, say=say)


def build(files: Files, nav: Nav, out: Path) -> None:
    """Make the site of these pages in the folder `out`, which must not exist; LabError if MkDocs fails."""
    with tempfile.TemporaryDirectory(prefix="slow-poetry-lab-site-") as name:
        folder = Path(name)
        for place, content in files.items():
            path = folder / "pages" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
        config = {**CONFIG, "nav": nav, "docs_dir": "pages", "site_dir": str(out.resolve())}
        (folder / "mkdocs.yml").write_text(json.dumps(config), "utf-8")  # JSON is YAML, too
        command = (
            sys.executable,
            "-P",
            "-m",
            "mkdocs",
            "build",
            "--quiet",
            "--config-file",
            str(folder / "mkdocs.yml"),
        )
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
        if done.returncode:
            raise LabError(f"MkDocs could not make the site: {tail(done.stdout + done.stderr)}")
    for unused in UNUSED:
        (out / unused).unlink(missing_ok=True)
