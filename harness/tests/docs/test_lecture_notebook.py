"""The notebook runs from its first cell to its last, in a kernel of its own, and draws what its text says."""

from __future__ import annotations

import os

import pytest

from harness.errors import LabError
from harness.paths import ROOT
from harness.suites.notebook import install_notebook

NOTEBOOK = ROOT / "docs" / "lecture.ipynb"
SECONDS = 300  # for one cell, on a loaded machine


def test_it_runs_and_draws_timelines_and_compares_two_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        install_notebook(False, lambda line: None)
    except LabError as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") else pytest.skip(str(missing))
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    assert not any(cell.get("outputs") for cell in book.cells), "the notebook is kept without outputs"
    monkeypatch.delenv("PYTHONPATH", raising=False)  # the notebook itself finds the checkout
    NotebookClient(book, timeout=SECONDS, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [output["data"] for cell in book.cells for output in cell.get("outputs", []) if "data" in output]
    assert "7 clients in 5 scenarios" in shown[0]["text/plain"]
    pictures = [each["image/svg+xml"] for each in shown if "image/svg+xml" in each]
    assert len(pictures) == 3 and all("seconds after the first accept" in picture for picture in pictures)
    tables = [each["text/html"] for each in shown if "text/html" in each]
    pair = next(table for table in tables if "<th>erlang-processes</th>" in table)
    assert "<td>delivery</td><td>each</td><td>at-end</td>" in pair and "<td>likeness</td><td>1</td>" in pair
