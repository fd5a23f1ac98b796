"""`./lab worker`: lets a Dask cluster run cells on this machine."""

from __future__ import annotations

import asyncio
import logging
import platform
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from harness.backend import Program, Say, ownership
from harness.backend.choice import choose
from harness.compare.dask import connected, install_dask
from harness.compare.dask_worker import BACKEND, READY, as_text
from harness.compare.options import MOST_JOBS, check_address
from harness.compare.plan import jobs as jobs_here
from harness.errors import SIGNALS, Interrupted, LabError, UsageError, stopping
from harness.printable import counted
from harness.spec import client, server_program

PRELOAD = "harness.compare.dask_worker"
# Nothing else should run in a process while it records a client.
CONFIG = {"distributed.worker.profile.enabled": False, "distributed.worker.memory.terminate": False}


def host(address: str, jobs: int | None, backend: str, *, install: bool, say: Say) -> int:
    """Run cells until a signal; LabError if there is no scheduler, or if it goes away."""
    check_address("worker", address)
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise UsageError(f"--jobs {jobs}: must be from 1 to {MOST_JOBS}, or auto")
    install_dask(install, say)
    with connected(address):
        pass
    programs: list[Program] = [*client.discover().values(), *server_program.discover().values()]
    with choose(backend, ownership.this_owner(), install=install, say=say) as here:
        ready = here.prepare(programs, say)
        name = here.name
    for why in dict.fromkeys(problem.sentence for problem in ready.unready.values()):
        say(f"not everything can run here: {why}")
    count = jobs_here(jobs, MOST_JOBS)
    try:
        signum = asyncio.run(_serve(address, count, name, as_text(ready), say))
    finally:
        # The event loop has ended, and its handlers with it; a second signal must not interrupt the sweep.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        # The workers are dead by now; this sweeps what those have left that did not end by themselves.
        with choose(name, ownership.this_owner(), install=False, say=say):
            pass
    if signum is None:
        raise LabError(f"the Dask scheduler at {address} has gone")
    raise Interrupted(signum)


async def _serve(address: str, count: int, backend: str, ready: str, say: Say) -> int | None:
    """Keep so many workers running; returns the signal that ended this, or None if the scheduler has gone."""
    import dask
    from distributed import Nanny
    from distributed.utils import get_mp_context

    # Workers are forks of one process that has imported all they need, which a new interpreter would do for a second.
    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    get_mp_context().set_forkserver_preload(["distributed", PRELOAD])
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    signals: list[int] = []

    def stop(signum: int) -> None:
        signals.append(signum)
        stopped.set()

    for signum in stopping():
        loop.add_signal_handler(signum, stop, signum)
    async with AsyncExitStack() as stack:
        # A nanny starts its worker again if it dies.
        nannies: Sequence[Any] = [
            Nanny(
                address,
                nthreads=1,
                name=f"{platform.node()}-{ownership.this_owner().split('/')[2]}-{number}",
                memory_limit=0,
                preload=[PRELOAD],
                env={BACKEND: backend, READY: ready},
                config=CONFIG,
                silence_logs=logging.CRITICAL + 1,
                dashboard=False,
            )
            for number in range(1, count + 1)
        ]
        await asyncio.gather(*(stack.enter_async_context(nanny) for nanny in nannies))
        say(f"{counted(count, 'worker')} for {address}, backend {backend}, each for one cell at a time")
        ended = asyncio.ensure_future(_all_ended(nannies))
        await asyncio.wait([ended, asyncio.ensure_future(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
    return signals[0] if signals else None


async def _all_ended(nannies: Sequence[Any]) -> None:
    for nanny in nannies:
        await nanny.finished()
