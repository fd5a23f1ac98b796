"""The owner of each process, container and temporary folder of the lab: only those of dead owners are removed.

An owner is a process of the lab: boot, process-id namespace, process id and start time in clock ticks.  Everything that
the lab makes names its owner: containers in a label, processes in an environment variable, folders in their names.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

LABEL = "slow-poetry-lab.owner"  # of containers
ROLE_LABEL = "slow-poetry-lab.role"  # of containers: client or servers
VARIABLE = "SLOW_POETRY_LAB_OWNER"  # of processes
ROLE = "SLOW_POETRY_LAB_ROLE"  # client or servers
CLIENT = "SLOW_POETRY_LAB_CLIENT"  # number of the client, because an owner may run several at once
FOLDER = "slow-poetry-lab-of-"  # starts the name of a temporary folder; then come its owner and some letters
END_SECONDS = 10.0  # generous: a killed process ends when it next gets a processor


def _started(pid: int) -> str:
    # The name may hold spaces and parentheses; the fields after the last one do not (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):
        raise ProcessLookupError(f"process {pid} has ended and is not yet reaped")
    return fields[19]


def _here() -> tuple[str, str]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return boot, str(os.stat("/proc/self/ns/pid").st_ino)


def this_owner() -> str:
    """This process as an owner."""
    boot, namespace = _here()
    return f"{boot}/{namespace}/{os.getpid()}/{_started(os.getpid())}"


def temporary_folder() -> Path:
    """A new temporary folder, whose name tells that this process is its owner."""
    owner = this_owner() if Path("/proc/self/ns").exists() else ""  # a notebook may be on another system than Linux
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}{owner.replace('/', '+')}+"))


def sweep_folders() -> int:
    """Remove the temporary folders whose owner is dead; returns how many there were."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        if is_dead(folder.name.removeprefix(FOLDER).rpartition("+")[0].replace("+", "/")):
            shutil.rmtree(folder, ignore_errors=True)  # one of another user stays
            swept += not folder.exists()
    return swept


def is_dead(owner: str) -> bool:
    """Whether the owner is certainly gone; False if it cannot be seen from here (another namespace)."""
    try:
        boot, namespace, pid, started = owner.split("/")
        here_boot, here_namespace = _here()
        if boot != here_boot:
            return True
        if namespace != here_namespace:
            return False
        return _started(int(pid)) != started
    except (FileNotFoundError, ProcessLookupError):
        return True
    except ValueError:
        return False


def labelled() -> list[tuple[int, str, str]]:
    """The process id, owner and role of every process of the lab that this user may see."""
    return [(pid, marks[VARIABLE], marks.get(ROLE, "")) for pid, marks in _marked()]


def _marked() -> list[tuple[int, dict[str, str]]]:
    # For every client all processes of the machine are read, so most of them must cost next to nothing.
    found = []
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        try:
            with open(f"/proc/{pid}/environ", "rb", 0) as file:
                said = file.read()
        except OSError:
            continue
        if VARIABLE.encode() not in said:
            continue
        environ = dict(pair.decode(errors="replace").partition("=")[::2] for pair in said.split(b"\0"))
        if VARIABLE in environ:
            found.append((pid, environ))
    return found


def end_clients_of(owner: str, client: str | None = None) -> int:
    """Kill what this owner's clients (or only `client`) have left running; returns how many processes there were."""
    return _end(
        [
            pid
            for pid, marks in _marked()
            if marks[VARIABLE] == owner and marks.get(ROLE) == "client" and client in (None, marks.get(CLIENT))
        ]
    )


def end_processes_of(owner: str) -> None:
    """Kill all that this owner has left running: clients, and servers whose start a signal interrupted."""
    _end([pid for pid, theirs, _ in labelled() if theirs == owner])


def sweep_processes() -> int:
    """Kill the processes whose owner is dead, and remove their folders; returns how many processes there were."""
    sweep_folders()
    return _end([pid for pid, theirs, _ in labelled() if is_dead(theirs)])


def _end(pids: Sequence[int]) -> int:
    """Kill them and wait for their ends, so that nothing is left when this returns; returns how many there were."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    deadline = time.monotonic() + END_SECONDS
    for pid in pids:  # one after another, because there may be more of them than this process may open files
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        select.select([process], [], [], max(0.0, deadline - time.monotonic()))
        os.close(process)
    return len(pids)
