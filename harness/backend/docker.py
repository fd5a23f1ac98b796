"""Clients in containers: the one file of the lab that knows Docker.

Images come from the one Dockerfile, a stage a language.  Each run has an internal network of its own, where clients
reach the servers at the gateway's address and nothing else.  One idle container holds that network for all clients of
the run: joining it takes the engine a third of the time of plugging each into the network anew, and leaving it a
thirtieth.  Everything carries its owner as a label and is removed by label alone.
"""

from __future__ import annotations

import io
import os
import resource
import secrets
import socket
import struct
import tarfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from ipaddress import ip_network
from types import TracebackType
from typing import Any

import docker
import requests
from docker.errors import APIError, BuildError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from harness import owner
from harness.backend import Exit, Process, Ready, Say, Source, Unready
from harness.backend.base_image import BASE, root_file_system
from harness.backend.process_cost import ProcessCost
from harness.client import Client
from harness.errors import LabError
from harness.paths import ROOT
from harness.toolchain import locked, tail

ENGINE_SECONDS = 600  # for one answer of the engine; a build sends its output all the while
MEMORY = "512m"
PROCESSES = 512
OPEN_FILES = 20_000
NOBODY = "65534:65534"
REPOSITORY = "slow-poetry-lab"


def engine_answers() -> str | None:
    """None where a Docker engine answers, else why not."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if host.startswith("unix://"):
        # By hand first: the SDK leaves the socket open where nothing answers, and says it in many words.
        path = host.removeprefix("unix://")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError as error:
                return f"{path}: {error.strerror}"
    try:
        with closing(docker.from_env(timeout=5)) as client:
            client.ping()
    except (DockerException, requests.RequestException, OSError) as error:
        return tail(str(error), 1) or type(error).__name__
    return None


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise LabError(f"the container engine failed: {tail(str(error), 3)}") from None


class _Attached:
    """A container's standard output and error as the engine's one stream of frames (Engine API, attach)."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        sock.setblocking(False)
        self._buffer = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> list[tuple[str, bytes]] | None:
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionError:
            return None
        if not data:
            return None
        self._buffer += data
        frames = []
        while len(self._buffer) >= 8:
            stream, size = struct.unpack(">BxxxI", self._buffer[:8])
            if len(self._buffer) < 8 + size:
                break
            frames.append(("stderr" if stream == 2 else "stdout", self._buffer[8 : 8 + size]))
            self._buffer = self._buffer[8 + size :]
        return frames


class ContainerProcess:
    """A client in a container of its own.

    While it runs, the engine is asked in the background: it may pass on all output before it answers, so that whoever
    waits for the answer and does not read meanwhile waits for ever.
    """

    def __init__(self, api: Any, container: str, attached: Any, background: ThreadPoolExecutor) -> None:
        self._api = api
        self._container = container
        self._attached = attached
        self._background = background
        self.sources: list[Source] = [_Attached(attached._sock)]
        self._inspected: Future[dict[str, Any]] = background.submit(api.inspect_container, container)
        self._cost: ProcessCost | None = None

    def poll_cost(self) -> None:
        """Read /proc once more, as soon as the process id is known."""
        if self._cost is None and self._inspected.done() and self._inspected.exception() is None:
            self._cost = ProcessCost(self._inspected.result()["State"]["Pid"])
        if self._cost is not None:
            self._cost.poll()

    def kill(self) -> None:
        """Kill the container; all its processes end with it."""
        # Where that fails it has ended by itself; if not, it is removed by force.
        self._background.submit(self._api.kill, self._container)

    def wait(self) -> Exit:
        """Its exit status; then it is removed."""
        # Nobody reads from here on, and the engine must not wait for that.
        with suppress(OSError):
            self._attached._sock.shutdown(socket.SHUT_RDWR)
        with _engine_errors():
            status = self._api.wait(self._container)["StatusCode"]
            state = self._api.inspect_container(self._container)["State"]
        _hang_up(self._attached)
        self._background.submit(self._api.remove_container, self._container, force=True)
        # Inside, the init process reports a death by signal as 128 + its number.
        signum = status - 128 if 128 < status <= 192 else None
        return Exit(
            status=None if signum else status,
            signal=signum,
            cpu_s=self._cost.cpu_s if self._cost else None,
            max_rss_bytes=self._cost.max_rss_bytes if self._cost else None,
            out_of_memory=bool(state["OOMKilled"]),
        )


def _hang_up(attached: Any) -> None:
    """Close what `attach_socket` gave: a file, which leaves the socket below it open."""
    below = attached._sock
    attached.close()
    below.close()


class DockerBackend:
    """The default where an engine answers."""

    name = "docker"

    def __init__(self, label: str, *, install: bool = True) -> None:
        self._labels = {owner.LABEL: label}
        self._install = install
        with _engine_errors():
            self._docker = docker.from_env(timeout=ENGINE_SECONDS)
        self._api: Any = self._docker.api
        self._images: dict[str, str] = {}  # stage: image id
        self._holder = ""  # the container that holds the network
        self._background = ThreadPoolExecutor(2, "engine")
        self.iface = ""

    def __enter__(self) -> DockerBackend:
        owner.sweep_processes()
        try:
            with _engine_errors():
                sweep(self._docker)
                self._make_network()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _make_network(self) -> None:
        # An internal network has no way out; the engine picks a free subnet.
        name = f"{REPOSITORY}-{secrets.token_hex(6)}"
        self._network = self._docker.networks.create(name, internal=True, labels=self._labels)
        self._network.reload()
        config = self._network.attrs["IPAM"]["Config"][0]
        # The gateway is the bridge's own address on this machine, by default the first of the subnet.
        self.iface = config.get("Gateway") or str(next(ip_network(config["Subnet"]).hosts()))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.shutdown()
        with _engine_errors():
            _remove_labelled(self._docker, lambda label: label == self._labels[owner.LABEL])
        self._docker.close()

    def prepare(self, clients: Sequence[Client], say: Say) -> Ready:
        """Build the images of the clients' stages, each once."""
        ready = Ready()
        with _engine_errors():
            engine = self._docker.version()
            ready.details = {"engine": engine["Version"], "images": {}}
            with locked(ROOT / "docker-build"):
                self._ensure_base(say)
                for stage in dict.fromkeys(client.image for client in clients):
                    failure = self._build(stage, say)
                    if failure:
                        problem = Unready("build-failed", "build-failed", f"the image {stage} was not built: {failure}")
                        ready.unready.update({c.name: problem for c in clients if c.image == stage})
                    else:
                        ready.details["images"][stage] = self._images[stage]
                        ready.versions[stage] = self._read_version(stage)
            if self._images and not self._holder:
                self._holder = self._create(
                    next(iter(self._images.values())), ["sleep", "infinity"], str(self._network.name)
                )
                self._api.start(self._holder)
        return ready

    def _ensure_base(self, say: Say) -> None:
        try:
            self._docker.images.get(BASE)
        except ImageNotFound:
            try:
                say(f"pulling {BASE}")
                self._docker.images.pull(BASE)
            except (APIError, requests.RequestException):
                with root_file_system(say, install=self._install) as tar:
                    name, _, tag = BASE.partition(":")
                    self._api.import_image_from_stream(tar, repository=name, tag=tag)

    def _build(self, stage: str, say: Say) -> str | None:
        say(f"building the image {REPOSITORY}/{stage}")
        try:
            # The engine's own cache makes this quick where nothing has changed.
            image, _ = self._docker.images.build(
                path=str(ROOT), target=stage, tag=f"{REPOSITORY}/{stage}", rm=True, forcerm=True,
                buildargs={"BASE": BASE}, labels={f"{REPOSITORY}.image": stage},
            )  # fmt: skip
        except BuildError as error:
            lines = [entry.get("stream", "") for entry in error.build_log]
            return f"{tail(''.join(lines), 4)} / {tail(str(error), 1)}"
        except APIError as error:
            return tail(str(error), 1)
        self._images[stage] = str(image.id)
        return None

    def _read_version(self, stage: str) -> str:
        container = self._api.create_container(self._images[stage], ["true"], labels=self._labels)["Id"]
        try:
            chunks, _ = self._api.get_archive(container, "/lab/VERSION")
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
                member = tar.extractfile("VERSION")
                return member.read().decode().strip() if member else "unknown"
        except NotFound:
            return "unknown"
        finally:
            self._api.remove_container(container, force=True)

    def _create(self, image: str, command: Sequence[str], network: str, client: Client | None = None) -> str:
        """An unprivileged, read-only, limited container, not yet started; returns its id."""
        files = min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        outside = client is not None and client.outside
        container = self._api.create_container(
            image,
            command,
            user=NOBODY,
            working_dir="/client" if outside else "/lab",
            labels=self._labels,
            environment={"LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/tmp"},
            host_config=self._api.create_host_config(
                init=True,
                read_only=True,
                tmpfs={"/tmp": "size=16m"},
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                network_mode=network,
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                pids_limit=PROCESSES,
                ulimits=[Ulimit(name="nofile", soft=files, hard=files)],
                log_config=LogConfig(type="none"),
                binds=[f"{client.home}:/client:ro"] if client is not None and outside else [],
            ),
        )
        return str(container["Id"])

    def start(self, client: Client, arguments: Sequence[str]) -> Process:
        """Run it, attached before it starts, so that no output is lost."""
        api = self._api
        with _engine_errors():
            image, network = self._images[client.image], f"container:{self._holder}"
            container = self._create(image, [*client.command, *arguments], network, client)
            attached = api.attach_socket(container, {"stdout": 1, "stderr": 1, "stream": 1})
        try:
            api.start(container)
        except APIError as error:
            _hang_up(attached)
            self._background.submit(api.remove_container, container, force=True)
            raise OSError(tail(str(error.explanation or error), 1)) from None
        return ContainerProcess(api, container, attached, self._background)


def sweep(engine: Any) -> int:
    """Remove the containers and networks whose owner is dead; returns how many there were."""
    return _remove_labelled(engine, owner.is_dead)


def _remove_labelled(engine: Any, wanted: Callable[[str], bool]) -> int:
    count = 0
    # The plain list: the SDK's own would inspect every container, and wait for those that others are ending.
    for container in engine.api.containers(all=True, filters={"label": owner.LABEL}):
        if wanted(container["Labels"][owner.LABEL]):
            count += _gone(partial(engine.api.remove_container, container["Id"], force=True))
    for network in engine.networks.list(filters={"label": owner.LABEL}):
        if wanted(network.attrs["Labels"][owner.LABEL]):
            count += _gone(partial(_remove_network, engine.api, network.id))
    return count


def _remove_network(api: Any, network: str) -> None:
    # Of a container that is being removed, the end in the network may be there for a while yet.
    for container in api.inspect_network(network)["Containers"]:
        api.disconnect_container_from_network(container, network, force=True)
    api.remove_network(network)


def _gone(remove: Callable[[], None]) -> int:
    try:
        remove()
    except NotFound:
        return 0  # another sweep was quicker
    except APIError as error:
        if error.status_code not in (403, 409):  # another sweep is at it, and is not done yet
            raise
    return 1


def clean(*, images: bool) -> tuple[int, int]:
    """Sweep; with `images` remove the images that the lab built too.  Returns how many of each there were."""
    with _engine_errors():
        engine = docker.from_env(timeout=ENGINE_SECONDS)
        built = engine.images.list(filters={"label": f"{REPOSITORY}.image"}) if images else []
        swept = sweep(engine)
        for image in built:
            engine.images.remove(str(image.id), force=True)
    return swept, len(built)
