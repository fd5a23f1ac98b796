"""The folder of a run: where it cannot be made, the user hears it before anything is run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.record.run_folder import make_parent

NOBODY = 65534
REFUSED, ACCEPTED = 3, 4


def test_a_folder_that_is_read_only_for_the_user_is_refused() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        child = os.fork()
        if child == 0:
            _try_as_nobody(folder)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == REFUSED


def _try_as_nobody(folder: Path) -> None:
    # A process of its own, because root may write everywhere.
    status = ACCEPTED
    try:
        if os.getuid() == 0:
            os.setuid(NOBODY)
        with pytest.raises(UsageError, match="it is read-only for you; choose another --out"):
            make_parent(folder)
        status = REFUSED
    finally:
        os._exit(status)
