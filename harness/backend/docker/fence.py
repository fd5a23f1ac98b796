"""The fence around a run's network: clients reach the ports of the servers, and nothing else of this machine.

An internal network keeps packets from being forwarded; but whatever this machine has itself is not forwarded to: its
services at any of its addresses, and the servers of other runs.  So the namespace that all clients share gets two
routing rules (`fence.pl`), which no client can change, for it has no capabilities.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import LabError

PROGRAM = Path(__file__).with_name("fence.pl")
# The host options of the container that holds the network.  Its root may set up the network; nothing else runs there.
# The engine answers for names inside, and asks its own name server for those that it does not know, which would be a
# way out: let it ask where nobody answers.
HOLDER = {"cap_add": ["NET_ADMIN"], "dns": ["127.0.0.1"], "dns_search": ["."], "dns_opt": ["timeout:1", "attempts:1"]}

PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def fence(api: Any, holder: str, host: str) -> None:
    """Leave the network of a running container one way out: TCP to `host`, at the ports that servers are given."""
    low, high = PORTS.read_text("ascii").split()
    command = ["perl", "-e", PROGRAM.read_text("utf-8"), host, low, high]
    run = api.exec_create(holder, command, user="root")["Id"]
    said = api.exec_start(run)
    if api.exec_inspect(run)["ExitCode"] != 0:
        raise LabError(f"the clients' network cannot be fenced in: {said.decode(errors='replace').strip()}")
