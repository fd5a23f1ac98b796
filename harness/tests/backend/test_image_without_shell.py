"""An image without a shell: the lab runs its client all the same, and does not blame it for what needs a shell."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_process import QUICK, lab

NEED_A_SHELL = ("bare-environment", "closed-pipe", "slow-reader")


@pytest.fixture(scope="module")
def image(engine: Any) -> Iterator[str]:
    """The name of a client's own image that has Python and no shell."""
    name = f"slow-poetry-test-{secrets.token_hex(4)}:latest"
    recipe = io.BytesIO(b"FROM slow-poetry-lab/python\nRUN rm /bin/sh\n")
    engine.images.build(fileobj=recipe, tag=name, rm=True, forcerm=True)
    yield name
    engine.images.remove(name)


def test_only_what_needs_a_shell_is_not_run(image: str, tmp_path: Path) -> None:
    home = tmp_path / "client"
    home.mkdir()
    tmp_path.chmod(0o755)
    client = ("python3", "-m", "slowpoetry.clients.asyncio_streams")
    scenarios = ",".join(["trio", "reset", *NEED_A_SHELL])
    told = lab(
        *("check", "--image", image, "--scenarios", scenarios, *QUICK),
        *("--out", tmp_path / "runs", "--json", "--", *client),
        cwd=home,
    )
    assert told.status == 0, told
    run = json.loads(told.stdout)
    assert run["provenance"]["without_shell"] == [image]
    cells = {cell["scenario"]: cell for cell in run["cells"]}
    for name in ("trio", "reset"):
        assert (cells[name]["verdict"], cells[name]["axes"]["flush"]) == ("pass", ["live"])
    for name in NEED_A_SHELL:
        assert cells[name]["verdict"] == "unsupported"
        assert f"the image {image} has no /bin/sh" in cells[name]["reason"]["sentence"]
