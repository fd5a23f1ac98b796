"""Shared by the tests of clusters: Dask."""

from __future__ import annotations

import os

import pytest
from forked_lab import import_first

from harness.compare.dask import install_dask
from harness.errors import LabError


@pytest.fixture(scope="module")
def dask() -> None:
    """Dask, which `./lab test` installs; without it these tests are skipped, and in CI they fail."""
    try:
        install_dask(False, lambda line: None)
    except LabError as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") else pytest.skip(str(missing))
    import_first("distributed")
