"""What a scenario takes of a machine: a limit that is too low is found before a cell begins, and not in its client."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.errors import LabError
from harness.spec.scenario import Scenario

OWN_FILES = 48  # that a runtime opens for itself: libraries, pipes, polls; more than any of the lab's clients does
OWN_THREADS = 64  # Erlang has about thirty
USED_UP = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM)
COPIES = 4  # of each poem on disk: the poem, standard output, and room for progress lines and the send log


@dataclass(frozen=True)
class Resource:
    """A limited thing, how much of it a scenario needs, and how to raise the limit to `{need}`."""

    name: str
    needs: Callable[[Scenario], int]
    remedy: str


def _most_at_one_server(scenario: Scenario) -> int:
    return max(Counter(scenario.tasks).values())


FILES, PORTS, QUEUE, THREADS, DISK = RESOURCES = (
    # Servers and client need as many: one for each connection, and the servers one more for each port.
    Resource("open files in a process", lambda s: len(s.tasks) + len(s.servers) + OWN_FILES, "ulimit -n {need}"),
    Resource(
        "local ports",
        lambda s: len(s.tasks) + len(s.servers),
        "widen the range net.ipv4.ip_local_port_range with sysctl",
    ),
    Resource("waiting connections at a port", _most_at_one_server, "sysctl -w net.core.somaxconn={need}"),
    Resource("processes and threads", lambda s: OWN_THREADS, "ulimit -u {need}, or end other programs"),
    Resource(
        "bytes of free disk",
        lambda s: COPIES * sum(len(s.server(task).poem) for task in range(1, len(s.tasks) + 1)),
        "free some, or choose another disk with --out",
    ),
)


def lacking(scenario: Scenario, limits: Mapping[str, int]) -> str | None:
    """Why a scenario cannot run within these limits, given by the resources' names; None if it can, as far as known."""
    for resource in RESOURCES:
        need, limit = resource.needs(scenario), limits.get(resource.name)
        if limit is not None and limit < need:
            remedy = resource.remedy.format(need=need)
            return f"it needs {need} {resource.name}, and the limit here is {limit}: {remedy}"
    return None


def refuse_if_used_up(error: OSError) -> None:
    """Raise a LabError if the machine has no more of something: then a program that was not started is not to blame."""
    if error.errno in USED_UP:
        raise LabError(f"a program could not be started: {error.strerror}; free some, and run again") from None
