"""The docker backend: pods and programs in containers.

A pod is a network namespace that has a loopback interface and nothing else.  The container of a server program holds
it, and the container of each client joins it: they reach one another at 127.0.0.1, and there is no way out.  Each
container has its own users, processes and files.  Everything has its owner in a label and is removed by that label
only.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

import docker
from docker.errors import APIError
from docker.types import LogConfig, Mount, Ulimit

from harness.backend import Pod, Process, Program, Ready, Say, Unready, ownership
from harness.backend.child_process import changed
from harness.backend.docker.container import ContainerProcess, hang_up
from harness.backend.docker.engine import (
    ENGINE_SECONDS,
    REPOSITORY,
    engine_errors,
    engine_failed,
    engine_name,
    remove_labelled,
    sweep,
)
from harness.backend.docker.images import Images
from harness.backend.docker.own_container import Places
from harness.backend.docker.pod import ContainerPod
from harness.backend.limits import of_machine
from harness.backend.loopback import SYSCTL, kernel_has_ipv6
from harness.backend.stdout_fifo import PLACE, Fifo, in_shell
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
NOT_STARTABLE = 400  # the engine's status if a container cannot be started because of its command


class DockerBackend:
    """The default if an engine answers."""

    name = "docker"

    def __init__(self, label: str, *, install: bool = True) -> None:
        self._labels = {ownership.LABEL: label}
        with engine_errors():
            self._docker = docker.from_env(timeout=ENGINE_SECONDS)
        self._api: Any = self._docker.api
        self._images = Images(self._docker, self._labels, install=install)
        self._background = ThreadPoolExecutor(3, "engine")
        self._parents: dict[str, str] = {}  # by role: the control group of its containers, if not the engine's own

    def __enter__(self) -> DockerBackend:
        ownership.sweep_processes()
        try:
            with engine_errors():
                sweep(self._docker)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _made(self, create: Callable[..., Any], *words: Any, **options: Any) -> Any:
        """What the engine creates.  The call runs in the background, so that after a signal `__exit__` waits for it."""
        return self._background.submit(create, *words, **options).result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.shutdown()
        with engine_errors():
            remove_labelled(self._docker, lambda label: label == self._labels[ownership.LABEL])
        self._docker.close()

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build the images of the programs, each once, side by side."""
        ready, images = Ready(), self._images
        with engine_errors():
            engine = engine_name(self._docker.version())
            driver = self._docker.info()["CgroupDriver"]
            ready.details = {"engine": engine, "cgroup_driver": driver, "images": {}}
            self._set_apart(driver)
            stages = list(dict.fromkeys(program.image for program in programs if program.image is not None))
            with locked(ROOT / "docker-build"):
                images.ensure_base(say)
                # Side by side, because most of a build waits for packages.
                builds = {stage: _in_background(images.build, stage, say) for stage in stages}
                for stage, build in builds.items():
                    failure = build.result()
                    if failure:
                        problem = Unready("build-failed", "build-failed", f"there is no image {stage}: {failure}")
                        ready.unready.update({p.key: problem for p in programs if p.image == stage})
                    else:
                        ready.details["images"][stage] = images.ids[stage]
                        ready.versions[stage] = images.read_version(stage)
        return ready

    def resume(self, ready: Ready) -> None:
        """Use the images that another process has found or built."""
        self._images.ids = dict(ready.details["images"])
        self._set_apart(ready.details["cgroup_driver"])

    def _set_apart(self, driver: str) -> None:
        # The kernel shares the processors between groups first.  In a group of their own, clients that start up cannot
        # make the servers late, which wait most of the time and then need a processor at once.
        if driver == "systemd":
            self._parents = {"client": f"{REPOSITORY}.slice"}
        else:
            # With a group on top, the servers have their weight also against the engine and other programs.
            self._parents = {"client": f"/{REPOSITORY}", "servers": "/"}

    def _create(
        self,
        image: str,
        command: Sequence[str],
        network: str,
        role: str,
        *,
        host: Mapping[str, Any] | None = None,
        conditions: Conditions = USUAL,
        **options: Any,
    ) -> str:
        """Create an unprivileged, read-only, limited container, not yet started; returns its id."""
        container = self._made(
            self._api.create_container,
            image,
            command,
            labels={**self._labels, ownership.ROLE_LABEL: role},
            environment=changed({"LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/tmp"}, conditions),
            **{"user": NOBODY, "working_dir": "/lab", **options},
            host_config=self._api.create_host_config(
                init=True,
                read_only=True,
                tmpfs={} if conditions.read_only else {"/tmp": f"size={SCRATCH}"},
                # Without its own IPC namespace there is no /dev/shm, which anyone may write to.
                ipc_mode="none" if conditions.read_only else None,
                shm_size=SCRATCH,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                network_mode=network,
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                pids_limit=PROCESSES,
                cgroup_parent=self._parents.get(role),
                cpu_shares=WEIGHTS.get(role),
                ulimits=[Ulimit(name="nofile", soft=self._files, hard=self._files), USERS_PROCESSES],
                log_config=LogConfig(type="none"),
                **(host or {}),
            ),
        )
        return str(container["Id"])

    def limits(self, folder: Path) -> Mapping[str, int]:
        """Those of a container, and of the disk of the run; a new network has the kernel's own defaults."""
        disk = of_machine(folder)["bytes of free disk"]
        return {"open files in a process": self._files, "processes and threads": PROCESSES, "bytes of free disk": disk}

    @cached_property
    def _places(self) -> Places:
        return Places(self._api)

    @property
    def _files(self) -> int:
        return min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])

    def lacks(self, conditions: Conditions, host: str = HOST) -> str | None:
        """IPv6, if the kernel has none; a container can have all conditions."""
        return None if host == HOST or kernel_has_ipv6() else "the kernel of this machine has no IPv6"

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Run it in a container without any network."""
        return self._start_client(client, arguments, conditions, None)

    def _start_client(
        self, client: Client, arguments: Sequence[str], conditions: Conditions, pod: str | None
    ) -> ContainerProcess:
        """The lab attaches to the container before it starts, so that no output is lost."""
        binds: list[str] = []
        own: dict[str, Any] = {"host": {"binds": binds}}
        if client.outside:
            # An image may declare volumes; the engine would put them on the machine's disk, without a size limit.
            volumes = [
                Mount(path, None, type="tmpfs", read_only=conditions.read_only, tmpfs_size=SCRATCH)
                for path in self._images.volumes(client.image)
            ]
            binds.append(self._places.bind(client.home, "/client", "ro"))
            own = {"host": {"binds": binds, "mounts": volumes}, "working_dir": "/client"}
        fifo = Fifo() if conditions.own_stdout else None
        try:
            if fifo:
                binds.append(self._places.bind(fifo.path, PLACE, "ro"))
            command = in_shell([*client.command, *arguments], conditions)
            with engine_errors():
                image, network = self._images.ids[client.image], f"container:{pod}" if pod else "none"
                container = self._create(image, command, network, "client", conditions=conditions, **own)
            attached = self._start(container, **({} if fifo else {"stdout": 1}), stderr=1)
            if fifo:
                fifo.vanish()
            make_sure = partial(self._make_sure_of, pod)
            return ContainerProcess(self._api, container, attached, self._background, make_sure, fifo)
        except BaseException:
            if fifo:
                fifo.remove()
            raise

    def _make_sure_of(self, pod: str | None) -> None:
        """Raise a LabError if the engine or the client's pod has gone, because then the client cannot be judged."""
        # Over a new connection: an engine that is stopping still answers over its old ones.
        # Without the known version, the engine would be asked for it, which takes 20 ms in every cell.
        version = str(self._api.api_version)
        with engine_errors(), closing(docker.from_env(version=version, timeout=ENGINE_SECONDS)) as engine:
            if pod is None:
                engine.ping()
                return
            running = engine.api.inspect_container(pod)["State"]["Running"]
        if not running:
            raise LabError("the servers' container has ended, although the lab did not stop it; run again")

    def pod(self, program: ServerProgram, folder: Path) -> Pod:
        """Run it in its image, with `folder` at the same path."""
        place = folder.resolve()
        binds = [self._places.bind(place, str(place), "rw")]
        own: dict[str, Any] = {}
        if program.outside:
            binds.append(self._places.bind(program.home, "/servers", "ro"))
            own = {"working_dir": "/servers"}
        with engine_errors():
            container = self._create(
                self._images.ids[program.image],
                program.command,
                "none",
                "servers",
                host={"binds": binds, "sysctls": {SYSCTL: "0"} if kernel_has_ipv6() else None},
                user=f"{os.getuid()}:{os.getgid()}",  # it writes the send logs into this user's folder
                stdin_open=True,
                **own,
            )
        attached = self._start(container, stdin=1, stdout=1, stderr=1)
        return ContainerPod(self._api, container, attached, self._start_client)

    def _start(self, container: str, **streams: int) -> Any:
        """Start it, with a socket attached to these streams; OSError if its command cannot be started."""
        with engine_errors():
            attached = self._api.attach_socket(container, {**streams, "stream": 1})
        try:
            self._api.start(container)
        except APIError as error:
            hang_up(attached)
            self._background.submit(self._api.remove_container, container, v=True, force=True)
            if error.status_code != NOT_STARTABLE:
                raise engine_failed(error) from None
            raise OSError(tail(str(error.explanation or error), 1)) from None
        return attached


def _in_background(function: Callable[..., Any], *words: Any) -> Future[Any]:
    """Call it in a thread that dies with the lab: if a signal ends the lab, the engine then ends the build."""
    future: Future[Any] = Future()

    def call() -> None:
        try:
            future.set_result(function(*words))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=call, daemon=True).start()
    return future
