"""What a run was made on, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.printable import counted


def hardware(provenance: Mapping[str, Any]) -> str:
    """The cores of the machine, or how many machines of a cluster ran the cells, and their cores."""
    machines = provenance.get("machines")
    if machines is None:
        return counted(provenance["cores"], "core")
    cores = sum(machine["provenance"]["cores"] for machine in machines)
    return f"{counted(len(machines), 'machine')} with {counted(cores, 'core')}"
