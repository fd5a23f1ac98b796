"""A client that gets no processor because of its neighbours: the lab does not blame it."""

from __future__ import annotations

from pathlib import Path

from busy_core import busy, first_core
from lab_process import WRONG, lab


def test_a_client_whose_processor_is_taken_by_another_program_is_not_blamed(tmp_path: Path) -> None:
    words = ("compare", "--client", WRONG / "gives-way", "--scenarios", "accents", "--backend", "local", "--json")
    with busy(first_core(), 0, own_session=True):
        ended = lab(*words, "--pace", "0.6", "--late-budget", "5000", "--no-install", "--out", tmp_path)
    [cell] = ended.run["cells"]
    assert (ended.status, cell["verdict"], cell["reason"]["code"]) == (4, "lab-error", "starved"), ended
    assert "because other programs used them" in cell["reason"]["sentence"]
    assert ended.stderr.count("it will be run again, alone") == 2
