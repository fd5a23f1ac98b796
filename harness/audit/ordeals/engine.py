"""An engine that is stopped in the middle of a run, and an image that is removed, both in the ordeal's own engine.

This engine has its own network and mount namespaces, so that it does not change the bridge and the firewall rules of
the machine's usual engine.  The lab is started in the same network namespace.  The images are copied from the usual
engine.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from random import Random
from types import TracebackType
from typing import Any, Self

from harness.audit.ordeals.arena import Arena
from harness.audit.ordeals.ordeal import NotHere, Trials
from harness.backend.base_image import BASE
from harness.backend.docker.engine import REPOSITORY, engine_answers, said
from harness.backend.docker.images import Images
from harness.errors import LabError

PROGRAMS = ("dockerd", "unshare", "nsenter", "ip")
IMAGE = f"{REPOSITORY}/python"
KEEPER = ("unshare", "--net", "--mount", sys.executable, "-P", "-m", "harness.audit.ordeals.keeper")
ENGINE_SECONDS = 120.0
UNBUILT = ("build-failed", "build-failed")  # right if an image is gone and its packages cannot be downloaded


class OwnEngineArena(Arena):
    """Its compares use an engine that can be stopped."""

    def __enter__(self) -> Self:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if os.geteuid() != 0 or missing:
            programs = "".join(f", and {program}" for program in missing)
            raise NotHere(f"the ordeal's own engine needs root{programs}")
        self.scratch.mkdir(parents=True)
        self._save_images()
        self.engine = f"unix://{self.scratch}/socket"
        options = [f"--host={self.engine}"]
        options += [f"--{place}={self.scratch / place}" for place in ("pidfile", "data-root", "exec-root")]
        self._keeper = subprocess.Popen(
            [*KEEPER, "dockerd", *options, "--iptables=false", "--ip-masq=false"],
            cwd=self.scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self.start_engine()
            self.load_images()
            return super().__enter__()
        except BaseException:
            self._end_engine()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._end_engine()

    def command(self) -> list[str]:
        """The lab in the engine's network."""
        return ["nsenter", f"--net=/proc/{self._keeper.pid}/ns/net", *super().command()]

    def environ(self) -> dict[str, str]:
        """Where the engine listens."""
        return {"DOCKER_HOST": str(self.engine)}

    def start_engine(self) -> None:
        """Start it, and wait until it answers."""
        self._tell("start")
        deadline = time.monotonic() + ENGINE_SECONDS
        with closing(self._api()) as api:
            while True:
                try:
                    api.version()
                    return
                except Exception as error:
                    if time.monotonic() > deadline:
                        raise LabError(f"the ordeal's own engine does not answer: {said(error)}") from None
                    time.sleep(0.1)

    def stop_engine(self, signum: signal.Signals) -> None:
        """End the engine by this signal."""
        self._tell(f"stop {int(signum)}")

    def remove_image(self) -> None:
        """Remove the clients' image."""
        with closing(self._api()) as api:
            api.remove_image(IMAGE, force=True)

    def load_images(self) -> None:
        """Load the images that the clients need."""
        with closing(self._api()) as api:
            for number, (name, image) in enumerate(self._images.items()):
                with (self.scratch / f"{number}.tar").open("rb") as archive:
                    api.load_image(archive)
                repository, _, tag = name.partition(":")
                api.tag(image, repository, tag or "latest")

    def _save_images(self) -> None:
        silence = engine_answers()
        if silence is not None:
            raise NotHere(f"no container engine answers, so there are no images to copy ({silence}); start one")
        import docker

        with closing(docker.from_env(timeout=int(ENGINE_SECONDS))) as first:
            images = Images(first, {}, install=False)
            images.ensure_base(print)
            failure = images.build("python", print)
            if failure:
                raise LabError(failure)
            # By id, because another process may give the name to another image.
            self._images = {BASE: str(first.images.get(BASE).id), IMAGE: images.ids["python"]}
            for number, image in enumerate(self._images.values()):
                with (self.scratch / f"{number}.tar").open("wb") as archive:
                    archive.writelines(first.api.get_image(image))

    def _api(self) -> Any:
        import docker

        return docker.APIClient(self.engine, version="1.41", timeout=int(ENGINE_SECONDS))

    def _tell(self, words: str) -> None:
        assert self._keeper.stdin is not None and self._keeper.stdout is not None
        self._keeper.stdin.write(f"{words}\n")
        self._keeper.stdin.flush()
        if self._keeper.stdout.readline() != "done\n":
            raise LabError(f"the keeper of the ordeal's own engine did not answer {words!r}")

    def _end_engine(self) -> None:
        # By SIGTERM, so that it removes the mounts and control groups of its containers.
        try:
            self._tell(f"stop {int(signal.SIGTERM)}")
        finally:
            self._keeper.communicate()


def engine(arena: Arena, random: Random, count: int) -> Trials:
    """In turn the engine is killed, the engine is stopped, the image is removed; the last time before the run."""
    assert isinstance(arena, OwnEngineArena)
    for number in range(count):
        if number == count - 1 > 0:
            arena.remove_image()
            yield arena.outcome(arena.start(), "image removed before the start", [UNBUILT] * 3)
            arena.load_images()
            continue
        moment = random.uniform(0, arena.seconds)
        lab = arena.start()
        lab.at(moment)
        if number % 3 == 2:
            arena.remove_image()
            yield arena.outcome(lab, f"image removed after {moment:.3f} s", [UNBUILT] * 3)
            arena.load_images()
            continue
        signum = signal.SIGTERM if number % 3 else signal.SIGKILL
        arena.stop_engine(signum)
        lab.at(ENGINE_SECONDS)
        arena.start_engine()
        yield arena.outcome(lab, f"engine stopped by {signum.name} after {moment:.3f} s")
