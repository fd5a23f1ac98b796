"""What a compare on a cluster and `./lab worker` share: Dask, which is installed when it is first asked for."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.backend import Program, Say
from harness.backend.optional import install_optional
from harness.errors import LabError

SCHEDULER = "./lab python -m distributed.cli.dask_scheduler"
SECONDS = 5  # in which a scheduler must answer
OFFER = "slow-poetry-lab"  # the name of an `Offer` among the facts that a scheduler knows of a worker

Offer = dict[str, Any]  # what a worker tells of itself: see `dask_worker.Station.offer`


def install_dask(install: bool, say: Say) -> None:
    """Install the pinned Dask into the lab's environment if it is missing; LabError with the command if that fails."""
    install_optional("cluster", "Dask", "a cluster", install=install, say=say)


def silence() -> None:
    """Let Dask write nothing to standard error: what matters reaches the lab as an exception."""
    import dask

    dask.config.set({"distributed.comm.timeouts.connect": f"{SECONDS}s"})
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"})
    logging.disable(logging.CRITICAL)  # the lab itself does not log
    warnings.filterwarnings("ignore", module="distributed")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at this address; LabError if there is none."""
    from distributed import Client

    silence()
    try:
        # A client would wait for ever for a server that accepts and then says nothing.
        asyncio.run(asyncio.wait_for(_find_scheduler(address), SECONDS))
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except Exception as error:  # whatever answers there, Dask's own protocol fails in many ways
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise LabError(f"no Dask scheduler answers at {address} ({reason}); start one: {SCHEDULER}") from None
    try:
        yield client
    finally:
        client.close(timeout=SECONDS)


async def _find_scheduler(address: str) -> None:
    from distributed import Security, rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as server:
        kind = (await server.identity())["type"]
    if kind != "Scheduler":
        raise LabError(f"it is a Dask {kind}")


def needs(backend: str, program: Program) -> str | None:
    """What a machine must have built to run a program: an image or a language; None if the user brings it."""
    if backend == "docker":
        return None if ":" in program.image else program.image
    return None if program.outside else program.language
