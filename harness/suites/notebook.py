"""What the test of docs/lecture.ipynb needs: a kernel, and a client that runs the notebook's cells in it."""

from __future__ import annotations

from harness.backend import Say
from harness.backend.optional import install_optional


def install_notebook(install: bool, say: Say) -> None:
    """Install them from `requirements-notebook.txt` if they are missing; LabError with the command if that fails."""
    install_optional("notebook", "a Jupyter kernel", "the notebook", install=install, say=say)
