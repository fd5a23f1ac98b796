"""A run with its page, and a browser, for the tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from chromium import Page
from lab_process import QUICK, WRONG, lab

from harness.report.recorded import RecordedRun, read_recorded

HOSTILE = """
import sys, time
evil = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\\x1b[2J&lt;b&gt;"
for port in range(len(sys.argv) - 1):
    print(f"Task {port + 1}: failed: {evil}", file=sys.stderr)
print(evil, flush=True)
time.sleep(3)  # so that no other mark is near its mark
print("x" * 1_200_000)
sys.exit(0)
"""


@pytest.fixture(scope="session")
def page_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run, with its page: an honest client, a sequential one and a hostile one."""
    out = tmp_path_factory.mktemp("runs")
    hostile = tmp_path_factory.mktemp("clients") / "hostile"
    shutil.copytree(WRONG / "honest", hostile)
    (hostile / "client.py").write_text(HOSTILE)
    manifest = (hostile / "honest.client.toml").read_text().replace('"honest"', '"hostile"')
    (hostile / "hostile.client.toml").write_text(manifest)
    (hostile / "honest.client.toml").unlink()
    folders = [part for folder in (WRONG / "honest", hostile) for part in ("--client", folder)]
    clients = "honest,python-blocking,hostile"
    ended = lab(
        "compare", *folders, "--clients", clients, "--scenarios", "accents,reset", "--backend", "local",
        "--out", out, *QUICK,
    )  # fmt: skip
    assert ended.status == 1, ended
    [folder] = out.iterdir()
    assert lab("report", folder).status == 0
    return folder


@pytest.fixture(scope="session")
def page_recorded(page_run: Path) -> RecordedRun:
    return read_recorded(page_run)


@pytest.fixture
def page(browser: Page, page_run: Path) -> Page:
    """The page, just opened and completely drawn."""
    browser.open((page_run / "report.html").as_uri())
    return browser
