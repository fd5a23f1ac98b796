"""What a compare has left: its own processes, containers, networks and files, and not those of other compares."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from harness.backend import ownership
from harness.backend.descendants import children
from harness.backend.docker.engine import sweep as sweep_engine

ENGINE_SECONDS = 60


def address() -> str:
    """The address of the container engine."""
    return os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")


def remains(pid: int, engine: str | None, temporary: Path, others: Collection[int]) -> list[str]:
    """A text for each thing that the lab with this process id has left.

    `engine`: the address of its container engine; `temporary`: the folder for its temporary files.  Orphans become
    children of this process (`descendants.adopt_orphans`), even unmarked ones; `others` are children that no lab left.
    """
    ours = _of_lab(pid)
    processes = {found: role for found, label, role in ownership.labelled() if ours(label)}
    processes.update({found: "unmarked" for found in children().difference(others) - processes.keys()})
    found = [f"process {one} ({role})" for one, role in processes.items() if not _reaped(one)]
    found += [f"file {path.relative_to(temporary)}" for path in temporary.rglob("*")]
    return found + (_things(engine, ours) if engine else [])


def marked(pid: int, role: str) -> list[int]:
    """The ids of the processes of this role that the lab with this process id has started."""
    ours = _of_lab(pid)
    return sorted(found for found, label, theirs in ownership.labelled() if ours(label) and theirs == role)


def containers(engine: str, pid: int, role: str) -> list[str]:
    """The ids of the running containers of the lab with this process id that have this role, client or servers."""
    ours = _of_lab(pid)
    with closing(_api(engine)) as api:
        found = api.containers(filters={"label": f"{ownership.ROLE_LABEL}={role}"})
    return sorted(one["Id"] for one in found if ours(one["Labels"][ownership.LABEL]))


def kill_container(engine: str, container: str) -> None:
    """Kill a container; does nothing if it has ended."""
    from docker.errors import APIError

    with closing(_api(engine)) as api:
        try:
            api.kill(container, "SIGKILL")
        except APIError as error:
            if error.status_code not in (404, 409):
                raise


def sweep(engine: str | None) -> None:
    """Do what every start of the lab does first: remove what dead labs have left."""
    ownership.sweep_processes()
    if engine:
        import docker

        with closing(docker.DockerClient(engine, timeout=ENGINE_SECONDS)) as client:
            sweep_engine(client)


def _things(engine: str, ours: Callable[[str], bool]) -> list[str]:
    with closing(_api(engine)) as api:
        found = api.containers(all=True, filters={"label": ownership.LABEL})
    return [f"container {one['Id'][:12]}" for one in found if ours(one["Labels"][ownership.LABEL])]


def _api(engine: str) -> Any:
    import docker

    return docker.APIClient(engine, timeout=ENGINE_SECONDS)


def _of_lab(pid: int) -> Callable[[str], bool]:
    return lambda label: label.split("/")[2:3] == [str(pid)]


def _reaped(pid: int) -> bool:
    """Whether a process has ended; an orphan that has ended is reaped."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # another process's child, or it no longer exists
        try:
            return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in ("Z", "X")
        except (FileNotFoundError, ProcessLookupError):
            return True
