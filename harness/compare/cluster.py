"""The machines of a Dask cluster as the site of a run: each of their worker processes runs one cell at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from harness.backend import Program, Ready, Say, Unready
from harness.backend.checkout import checkout_digest
from harness.compare.cluster_pool import ClusterPool
from harness.compare.dask import OFFER, Offer, connected, install_dask, needs
from harness.compare.site import Pool
from harness.compare.worker import Shared
from harness.errors import LabError
from harness.printable import counted


class Cluster:
    """Use it with `with`.  LabError if no scheduler answers, or if no worker fits."""

    def __init__(self, address: str, backend: str, *, install: bool, say: Say) -> None:
        install_dask(install, say)
        self._address, self._wanted, self.say = address, backend, say
        self._stack = ExitStack()
        self._told: set[str] = set()  # the workers that were refused
        self.digest = checkout_digest()
        self.machines: list[dict[str, Any]] = []  # for the provenance; grows when a worker of a new machine comes

    def __enter__(self) -> Cluster:
        self.client = self._stack.enter_context(connected(self._address))
        offers = self._same_checkout()
        names = {offer["backend"] for offer in offers.values()}
        self.name = self._wanted if self._wanted != "auto" else min(names, default="")  # docker before local
        if not self.fitting():
            self._stack.close()
            raise LabError(
                f"no worker at {self._address} can run this compare; on each machine, in the same checkout: "
                f"./lab worker {self._address}" + (f" --backend {self.name}" if self.name else "")
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _same_checkout(self) -> dict[str, Offer]:
        """What the workers of this checkout offer, by address; each other worker is refused once, by name."""
        found = {}
        for address, facts in self._workers().items():
            offer = facts.get(OFFER)
            if offer is not None and offer["digest"] == self.digest:
                found[address] = offer
            elif address not in self._told:
                self._told.add(address)
                why = (
                    "it was not started by ./lab worker"
                    if offer is None
                    else (
                        f"its checkout on {offer['machine']} is another one ({offer['digest'][:12]}, here "
                        f"{self.digest[:12]}); start it from the same commit, with the same changes"
                    )
                )
                self.say(f"the worker {address} is refused: {why}")
        return found

    def _workers(self) -> dict[str, Any]:
        """What the scheduler knows of its workers, by address; LabError if it has gone."""
        try:
            workers: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        except Exception:  # a connection fails in many ways, and without one there are no facts
            raise self.gone() from None
        return workers

    def gone(self) -> LabError:
        """The error that says that the scheduler has gone."""
        return LabError(f"the Dask scheduler at {self._address} has gone; run again")

    def fitting(self) -> dict[str, Offer]:
        """What the workers offer that can take part in the run, by address."""
        found = {address: one for address, one in self._same_checkout().items() if one["backend"] == self.name}
        for one in found.values():
            if one["machine"] not in [known["name"] for known in self.machines]:
                self.machines.append({"name": one["machine"], "provenance": one["provenance"]})
        return found

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """A program is ready if any worker has it ready."""
        offers = list(self.fitting().values())
        ready = Ready(details={"machines": self.machines})
        for offer in offers:
            ready.versions = {**offer["provenance"]["runtimes"], **ready.versions}
        for program in programs:
            kind = needs(self.name, program)
            lacks = [offer["unready"].get(kind) for offer in offers]
            if kind and lacks and all(lacks):
                ready.unready[program.key] = Unready(**lacks[0])
        count = counted(len(self.machines), "machine")
        say(f"{counted(len(offers), 'worker')} on {count} at {self._address}, backend {self.name}")
        return ready

    def jobs(self, wanted: int | None, most: int) -> int:
        """One for each worker."""
        return max(1, min(len(self.fitting()), most))

    @contextmanager
    def pool(self, shared: Shared, jobs: int) -> Iterator[Pool]:
        """All workers that fit, also those that come later."""
        pool = ClusterPool(self, shared)
        try:
            yield pool
        finally:
            pool.close()
