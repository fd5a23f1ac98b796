"""The local backend: clients are processes of this machine, built with its own toolchains."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from harness.backend import Exit, Output, Pod, Process, Program, Ready, Say, Source, Unready, loopback, ownership
from harness.backend.child_process import OwnPipe, Pipe, changed, environment, resolved, set_niceness
from harness.backend.descendants import adopt_orphans, children, end_children_but, has_ended
from harness.backend.limits import of_machine
from harness.backend.local_pod import LocalPod
from harness.backend.process_cost import descendants, peak_bytes
from harness.backend.starvation import Starvation
from harness.backend.toolchain import Toolchain, toolchains
from harness.errors import LabError
from harness.spec.client import Client
from harness.spec.conditions import USUAL, Conditions
from harness.spec.scenario import HOST
from harness.spec.server_program import ServerProgram

NICE = 5  # of clients: servers and recorders wait most of the time, and then need a processor at once
GUEST = Unready("skipped", "no-toolchain", "a guest runs only in a container, with its toolchain: use --backend docker")


class _Ended:
    """Readable once the process has ended; a read ends what the process has left running, so that the pipes close."""

    def __init__(self, process: LocalProcess, fd: int) -> None:
        self._process = process
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def read(self) -> None:
        self._process.end_family()


class LocalProcess:
    """A client in a session of its own."""

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        label: str,
        number: str,
        others: set[int],
        running: set[int],
        own_stdout: bool,
    ) -> None:
        assert popen.stdout is not None and popen.stderr is not None
        self._popen = popen
        self._label = label
        self._number = number
        self._others = others  # the lab's earlier children; while a client runs, the lab starts only more clients
        self._running = running  # all running clients, this one too
        running.add(popen.pid)
        self._left_behind = 0
        self._peak = 0
        self._starvation = Starvation()
        self._pidfd = os.pidfd_open(popen.pid)
        self.sources: list[Source] = [Pipe(popen.stderr.fileno(), "stderr"), _Ended(self, self._pidfd)]
        # The only descriptor of the pipe's reading end, so that closing it closes the pipe.
        self.stdout: Output | None = None
        if own_stdout:
            self.stdout = OwnPipe(os.dup(popen.stdout.fileno()))
            popen.stdout.close()
        else:
            self.sources.insert(0, Pipe(popen.stdout.fileno(), "stdout"))

    def poll_cost(self) -> None:
        """Sample its memory and starvation.

        `wait4` reports the rest; of memory it would report the peak of the lab itself, before the exec.
        """
        self._peak = max(self._peak, peak_bytes(self._popen.pid))
        self._starvation.poll([self._popen.pid, *descendants(self._popen.pid)])

    def end_family(self) -> None:
        """End what the client has left running."""
        # The client itself is a zombie until it is waited for, and a zombie has no environment that could be searched.
        if all(pid == self._popen.pid or has_ended(pid) for pid in self._running):
            self._left_behind += end_children_but({*self._others, *self._running})
        # While other clients run, an orphan without marks may be theirs; the last client to end takes care of it.
        self._left_behind += ownership.end_clients_of(self._label, self._number)

    def send(self, signum: int) -> None:
        """Send it to the one process that was started."""
        signal.pidfd_send_signal(self._pidfd, signum)  # it is not reaped before `wait`

    def kill(self) -> None:
        """Kill its process group, then the processes that have left the group."""
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        ownership.end_clients_of(self._label, self._number)

    def wait(self) -> Exit:
        """Reap it, and end what it has left running."""
        os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        self.end_family()
        _, status, usage = os.wait4(self._popen.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code  # the process is reaped, so Popen must not wait for it
        self._running.discard(self._popen.pid)
        os.close(self._pidfd)
        for pipe in (self._popen.stdout, self._popen.stderr):
            assert pipe is not None
            pipe.close()
        if self.stdout is not None:
            self.stdout.close()
        return Exit(
            status=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=round(usage.ru_utime + usage.ru_stime, 4),
            max_rss_bytes=self._peak or None,
            left_behind=self._left_behind,
            starved=self._starvation.spells,
        )


class LocalBackend:
    """The default if no container engine answers."""

    name = "local"

    def __init__(self, label: str, *, install: bool = True) -> None:
        self._label = label
        self._install = install
        self._started = 0
        self._running: set[int] = set()

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Find or install the toolchains, and build with them."""
        ready = Ready(versions={"python": f"{platform.python_version()} with Twisted {version('twisted')}"})
        known = toolchains()
        for language in dict.fromkeys(program.language for program in programs):
            chain = known.get(language)
            problem = _prepare(chain, self._install, say) if chain else None
            if chain and not problem:
                ready.versions[language] = chain.read_version()
            if problem:
                ready.unready.update({p.key: problem for p in programs if p.language == language and not p.outside})
        ready.unready.update({p.key: GUEST for p in programs if isinstance(p, Client) and p.guest})
        return ready

    def resume(self, ready: Ready) -> None:
        """Everything that was prepared is in the checkout."""
        adopt_orphans()

    def limits(self, folder: Path) -> Mapping[str, int]:
        """Those of this machine and this user."""
        return of_machine(folder)

    def lacks(self, client: Client, conditions: Conditions, host: str = HOST) -> str | None:
        """A read-only file system, because only a container can have one; or an address of the machine."""
        if conditions.read_only:
            return "only a container can have a read-only file system: use --backend docker"
        return loopback.lacks(host)

    def start(self, client: Client, arguments: Sequence[str], conditions: Conditions = USUAL) -> Process:
        """Start it in the checkout (or the client's own folder) with a small, fixed environment."""
        others = children()
        self._started += 1
        number = self._started
        mark = f"{os.getpid()}-{number}"  # other workers have clients of the same owner
        # Counted before it exists, so that a client that ends meanwhile does not take it for an orphan.
        self._running.add(-number)
        try:
            popen = subprocess.Popen(
                [*resolved(client), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=client.home,
                env=changed({**environment(self._label, "client"), ownership.CLIENT: mark}, conditions),
                start_new_session=True,
            )
            set_niceness(popen.pid, NICE)
            return LocalProcess(popen, self._label, mark, others, self._running, conditions.own_stdout)
        finally:
            self._running.discard(-number)

    def pod(self, program: ServerProgram, folder: Path) -> Pod:
        """Start it as a process of this machine; its clients are processes of this machine too."""
        return LocalPod(program, self._label, self.start)

    def __enter__(self) -> LocalBackend:
        ownership.sweep_processes()
        adopt_orphans()
        return self

    def __exit__(self, *_: object) -> None:
        ownership.end_processes_of(self._label)


def _prepare(chain: Toolchain, install: bool, say: Say) -> Unready | None:
    if not chain.present():
        try:
            chain.install(say) if install else chain.refuse()
        except LabError as error:
            return Unready("skipped", "no-toolchain", str(error))
    failure = chain.build(say)
    if failure:
        return Unready("build-failed", "build-failed", f"{' '.join(chain.build_command)} failed: {failure}")
    return None
