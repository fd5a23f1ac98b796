"""Where the cells of a run are run: in workers of this machine, or on the machines of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from harness.backend import Backend, Program, Ready, Say
from harness.backend.choice import choose
from harness.compare import plan, pool
from harness.compare.options import Options
from harness.compare.worker import Shared
from harness.errors import LabError
from harness.spec.scenario import Scenario

T = TypeVar("T")


class Lost(LabError):
    """Some work was given up, although nothing is wrong with it: the workers that could do it have gone."""


class Pool(Protocol):
    """Hands work to the workers."""

    width: int  # how many pieces of work to submit before one of them has ended

    def submit(self, function: Callable[..., T], *words: Any, needs: Iterable[Program | Scenario] = ()) -> Future[T]:
        """Call `function(worker, *words)` in some worker; both must be importable and picklable.

        `needs` names all programs and scenarios that the function uses.  The future may raise Lost.
        """

    def no_more(self) -> None:
        """Say that no work waits: each worker ends its servers as soon as it has done what it does.

        If work comes all the same, for example a cell that is run again, its worker starts servers anew.
        """


class Site(Protocol):
    """Prepare it once, then open a pool."""

    name: str  # of the backend

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build what the programs need, or find out which of them can run here."""

    def jobs(self, wanted: int | None, most: int) -> int:
        """How many pieces of work are done at the same time, at most `most`; see `plan.jobs`."""

    def pool(self, shared: Shared, jobs: int) -> AbstractContextManager[Pool]:
        """A pool for a `with` block; at its end, and after an error or a signal, no work goes on."""


class Machine:
    """This machine."""

    def __init__(self, backend: Backend) -> None:
        self.name, self._backend = backend.name, backend

    def prepare(self, programs: Sequence[Program], say: Say) -> Ready:
        """Build what the programs need."""
        return self._backend.prepare(programs, say)

    def jobs(self, wanted: int | None, most: int) -> int:
        """As many as are wanted, or as the cores bear."""
        return plan.jobs(wanted, most)

    def pool(self, shared: Shared, jobs: int) -> AbstractContextManager[Pool]:
        """So many processes."""
        return pool.pool(shared, jobs)


@contextmanager
def site(options: Options, label: str, say: Say) -> Iterator[Site]:
    """The site that the options name; LabError if it cannot be reached."""
    if options.cluster:
        from harness.compare.cluster import Cluster  # Dask is not always installed

        with Cluster(options.cluster, options.backend, install=options.install, say=say) as cluster:
            yield cluster
        return
    with choose(options.backend, label, install=options.install, say=say) as backend:
        yield Machine(backend)
