"""The docker backend: pods and programs in containers.

A pod is a network namespace that has a loopback interface and nothing else.  The container of a server program holds
it, and the container of each client joins it: they reach one another at 127.0.0.1, and there is no way out.  Each
container has its own users, processes and files.  Everything has its owner in a label and is removed by that label
only.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.types import LogConfig, Mount, Ulimit

from harness.backend import Pod, Process, Program, Ready, Say, Unready, ownership
from harness.backend.child_process import changed
from harness.backend.docker import engine
from harness.backend.docker.container import Container, ContainerPod, ContainerProcess
from harness.backend.docker.engine import REPOSITORY, connect, engine_errors
from harness.backend.docker.images import Images
from harness.backend.docker.own_container import Places
from harness.backend.limits import of_machine
from harness.backend.loopback import SYSCTL, kernel_has_ipv6
from harness.backend.output_fifos import SHELL, Fifos, needs_shell
from harness.backend.toolchain import locked, tail
from harness.errors import LabError
from harness.paths import ROOT
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions
from harness.spec.scenario import HOST
from harness.spec.server_program import ServerProgram

MEMORY = "512m"
PROCESSES = 512
# Of all containers together.  Without a limit, podman asks for a higher one than some machines let it set.
USERS_PROCESSES = Ulimit(name="nproc", soft=16_384, hard=16_384)
OPEN_FILES = 20_000
SCRATCH = 16 << 20  # bytes of each folder that a client may write to; they count as its memory
WEIGHTS = {"servers": 20 * 1024}  # in the engine's cpu-shares, of which a container has 1024 by default
NOBODY = "65534:65534"
HOSTS = Path(__file__).with_name("hosts")  # with the network disabled, the engine writes none
NOT_STARTABLE = 400  # the engine's status if a container cannot be started because of its command


class DockerBackend:
    """The default if an engine answers."""

    name = "docker"

    def __init__(self, label: str, *, install: bool = True) -> None:
        self._labels = {ownership.LABEL: label}
        with engine_errors():
            self._docker = connect()
            self._places = Places(self._docker.api)
        self._api: Any = self._docker.api
        self._images = Images(self._docker, self._labels, install=install)
        self._background = ThreadPoolExecutor(3, "engine")
        self._files = min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        self._parents: dict[str, str] = {}  # by role: the control group of its containers, if not the engine's own
        self._writer = ""  # the user of the servers' containers, who writes the send logs into this user's folder

    def __enter__(self) -> DockerBackend:
        ownership.sweep_processes()
        try:
            with engine_errors():
                engine.sweep(self._docker)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._background.shutdown()
        with engine_errors():
            engine.remove_labelled(self._docker, lambda label: label == self._labels[ownership.LABEL])
        self._docker.close()

    @engine_errors()
    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build the images of the programs, each once, side by side."""
        ready, images, facts = Ready(), self._images, self._docker.info()
        ready.details = {
            "engine": engine.engine_name(self._docker.version()),
            "cgroup_driver": facts["CgroupDriver"],
            "rootless": "name=rootless" in facts["SecurityOptions"],
            "images": {},
        }
        self._adapt(ready)
        stages = list(dict.fromkeys(program.image for program in programs))
        # Side by side, because most of a build waits for packages.  The threads die with the lab: if a signal ends the
        # lab, the engine then ends the builds.
        with locked(ROOT / "docker-build"), ThreadPool(max(1, len(stages))) as threads:
            images.ensure_base(say)
            for stage, failure in zip(stages, threads.imap(partial(images.build, say=say), stages), strict=True):
                if failure:
                    problem = Unready("build-failed", "build-failed", f"there is no image {stage}: {failure}")
                    ready.unready.update({p.key: problem for p in programs if p.image == stage})
                else:
                    ready.details["images"][stage] = images.ids[stage]
                    ready.versions[stage] = images.versions[stage]
        ready.details["without_shell"] = sorted(images.without_shell)
        return ready

    def resume(self, ready: Ready) -> None:
        """Use the images that another process has found or built."""
        self._images.ids = dict(ready.details["images"])
        self._images.without_shell = set(ready.details["without_shell"])
        self._adapt(ready)

    def _adapt(self, ready: Ready) -> None:
        # For an engine without root, this user is root in its containers, and others there are nobody known here.
        self._writer = "0:0" if ready.details["rootless"] else f"{os.getuid()}:{os.getgid()}"
        # The kernel shares the processors between groups first.  In a group of their own, clients that start up cannot
        # make the servers late, which wait most of the time and then need a processor at once.
        self._parents = {"client": f"{REPOSITORY}.slice"}
        if ready.details["cgroup_driver"] != "systemd":
            # With a group on top, the servers have their weight also against the engine and other programs.
            self._parents = {"client": f"/{REPOSITORY}", "servers": "/"}

    def limits(self, folder: Path) -> Mapping[str, int]:
        """Those of a container, and of the disk of the run; a new network has the kernel's own defaults."""
        disk = of_machine(folder)["bytes of free disk"]
        return {"open files in a process": self._files, "processes and threads": PROCESSES, "bytes of free disk": disk}

    def lacks(self, client: Client, conditions: Conditions, host: str = HOST) -> str | None:
        """IPv6, if the kernel has none, or a shell in the client's image, if the conditions need one."""
        if client.image in self._images.without_shell and needs_shell(conditions):
            return f"the image {client.image} has no {SHELL}, which sets the conditions of this scenario"
        return None if host == HOST or kernel_has_ipv6() else "the kernel of this machine has no IPv6"

    @engine_errors()
    def start(
        self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL, pod: str | None = None
    ) -> Process:
        """Run it in a container that joins the network of the container `pod`, or has no network."""
        with Fifos(conditions, shell=client.image not in self._images.without_shell) as fifos:
            container = self._start(
                client,
                fifos.command([*client.command, *arguments]),
                [self._places.bind(path, place, "ro") for path, place in fifos.places.items()],
                {"network_mode": f"container:{pod}" if pod else "none"},
                conditions,
            )
            return ContainerProcess(container, self._background, partial(self._make_sure_of, pod), fifos)

    @engine_errors()
    def _make_sure_of(self, pod: str | None) -> None:
        """Raise a LabError if the engine or the client's pod has gone, because then the client cannot be judged."""
        # Over a new connection: an engine that is stopping still answers over its old ones.
        with closing(connect()) as client:
            if pod is None:
                client.ping()
            elif not client.api.inspect_container(pod)["State"]["Running"]:
                raise LabError("the servers' container has ended, although the lab did not stop it; run again")

    @engine_errors()
    def pod(self, program: ServerProgram, folder: Path) -> Pod:
        """Run it in its image, with `folder` at the same path."""
        container = self._start(
            program,
            program.command,
            [self._places.bind(folder, str(folder.resolve()), "rw")],
            {"network_mode": "none", "sysctls": {SYSCTL: "0"} if kernel_has_ipv6() else None},
        )
        return ContainerPod(container, self.start)

    def _start(
        self,
        program: Program,
        command: Sequence[str],
        binds: Sequence[str],
        host: Mapping[str, Any],
        conditions: Conditions = USUAL,
    ) -> Container:
        """Run it in an unprivileged, read-only, limited container; OSError if its command cannot be started.

        `host` is the rest of its host configuration.
        """
        servers = isinstance(program, ServerProgram)
        role = "servers" if servers else "client"
        folder = f"/{role}" if program.outside else "/lab"
        own = [self._places.bind(program.home, folder, "ro")] if program.outside else []
        created = self._background.submit(
            self._api.create_container,
            self._images.ids[program.image],
            command,
            labels={**self._labels, ownership.ROLE_LABEL: role},
            environment=changed({"LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/tmp"}, conditions),
            user=self._writer if servers else NOBODY,
            network_disabled=host["network_mode"] == "none",  # else the engine's own work on it takes half of a start
            working_dir=folder,
            stdin_open=servers,
            host_config=self._api.create_host_config(
                init=True,
                read_only=True,
                binds=[*binds, *own, self._places.bind(HOSTS, "/etc/hosts", "ro")],
                mounts=self._scratch(program, conditions),
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                pids_limit=PROCESSES,
                cgroup_parent=self._parents.get(role),
                cpu_shares=WEIGHTS.get(role),
                ulimits=[Ulimit(name="nofile", soft=self._files, hard=self._files), USERS_PROCESSES],
                log_config=LogConfig(type="none"),
                **host,
            ),
        )
        try:
            container = Container(self._api, created.result()["Id"], stdin=servers)
        finally:
            futures.wait([created])  # also after a signal: what the lab then removes must be there
        try:
            self._api.start(container.id)
        except Exception as error:
            container.hang_up()
            self._background.submit(container.remove)
            if isinstance(error, APIError) and error.status_code == NOT_STARTABLE:
                raise OSError(tail(str(error.explanation or error), 1)) from None
            raise
        return container

    def _scratch(self, program: Program, conditions: Conditions) -> list[Mount]:
        """The folders that a program may write to: small disks in memory, read-only if the conditions ask."""
        # An image may declare volumes; the engine would put them on the machine's disk, without a size limit.
        config = self._api.inspect_image(self._images.ids[program.image])["Config"] if program.outside else {}
        # Podman makes these writable, unless something is mounted there.
        others = ("/run", "/var/tmp") if conditions.read_only else ()
        return [
            Mount(folder, None, "tmpfs", read_only=conditions.read_only, tmpfs_size=SCRATCH, tmpfs_mode=0o1777)
            for folder in sorted({"/tmp", "/dev/shm", *(config.get("Volumes") or ()), *others})
        ]
