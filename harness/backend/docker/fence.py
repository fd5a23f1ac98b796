"""The fence around a run's network: clients reach the ports of the servers, and nothing else of this machine.

An internal network only stops packets that would be forwarded.  Packets to this machine itself are not forwarded: its
services at all its addresses, and the servers of other runs, could still be reached.  So the namespace that all clients
share gets two routing rules (`fence.pl`).  No client can change them, because clients have no capabilities.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import LabError

PROGRAM = Path(__file__).with_name("fence.pl")
# The host options of the container that holds the network.  Its root may set up the network; nothing else runs in it.
# The engine answers name look-ups of clients, and passes on unknown names to a name server, which would be a way out.
# So the name server is an address at which nothing answers.
HOLDER = {"cap_add": ["NET_ADMIN"], "dns": ["127.0.0.1"], "dns_search": ["."], "dns_opt": ["timeout:1", "attempts:1"]}

PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def fence(api: Any, holder: str, host: str) -> None:
    """Let a running container's network reach only TCP at `host`, at the servers' ports; LabError if it fails."""
    low, high = PORTS.read_text("ascii").split()
    command = ["perl", "-e", PROGRAM.read_text("utf-8"), host, low, high]
    run = api.exec_create(holder, command, user="root")["Id"]
    said = api.exec_start(run)
    if api.exec_inspect(run)["ExitCode"] != 0:
        raise LabError(
            f"the routing rules of the clients' network could not be set: {said.decode(errors='replace').strip()}"
        )
