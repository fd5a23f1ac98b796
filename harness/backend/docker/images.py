"""The images, built from the one Dockerfile, which has a stage for each language, and from those of the guests."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, BuildError, ImageNotFound, NotFound

from harness.backend import Say
from harness.backend.base_image import BASE, root_file_system
from harness.backend.docker.engine import REPOSITORY
from harness.backend.docker.source_digest import digest_of_sources
from harness.backend.output_fifos import SHELL
from harness.backend.stages import part_for
from harness.backend.toolchain import tail
from harness.paths import GUESTS, ROOT

SOURCES = f"{REPOSITORY}.sources"  # the label with the digest of what an image was built from
VERSION = f"{REPOSITORY}.version"  # the label with the version of its runtime


class Images:
    """The images of one run: `ids` and `versions` by the names that programs give them, once they are built."""

    def __init__(self, engine: Any, labels: Mapping[str, str], *, install: bool) -> None:
        self._engine = engine
        self._labels = labels
        self._install = install
        self.ids: dict[str, str] = {}
        self.versions: dict[str, str] = {}  # of the runtimes
        self.without_shell: set[str] = set()  # clients' own images that lack one; the lab's images have one

    def ensure_base(self, say: Say) -> None:
        """Make sure that the base image exists: pull it, or make it from the distribution's packages."""
        try:
            self._engine.images.get(BASE)
        except ImageNotFound:
            try:
                say(f"pulling {BASE}")
                self._engine.images.pull(BASE)
            except (APIError, requests.RequestException):
                with root_file_system(say, install=self._install) as tar:
                    name, _, tag = BASE.partition(":")
                    self._engine.api.import_image_from_stream(tar, repository=name, tag=tag)

    @cached_property
    def _base(self) -> list[str]:
        return list(self._engine.images.get(BASE).attrs["RootFS"]["Layers"])

    @cached_property
    def _sources(self) -> str:
        return digest_of_sources(ROOT, self._base)

    def build(self, name: str, say: Say) -> str | None:
        """Build an image, unless it exists and was built from the same sources; returns None, or why there is none.

        The name is a stage of the Dockerfile, or the folder of a guest with a Dockerfile of its own, `guests/NAME`.
        NAME:TAG is a client's own image, which is only looked up.
        """
        folder = ROOT / name
        try:
            if ":" in name:
                self._take(name, self._engine.images.get(name))
                if self._file_in(self.ids[name], SHELL) is None:
                    self.without_shell.add(name)
            elif not name.startswith(f"{GUESTS.name}/"):
                self._build(name, ROOT, self._sources, say, target=name)
            elif (folder / "Dockerfile").is_file():
                self._build(name, folder, digest_of_sources(folder, self._base), say)
            else:
                return f"there is no {name}/Dockerfile"
        except ImageNotFound:
            return f"the engine does not have it; get it with: docker pull {name}, or: docker build -t {name} FOLDER"
        except BuildError as error:
            lines = [entry.get("stream", "") for entry in error.build_log]
            return f"{tail(''.join(lines), 4)} / {tail(str(error), 1)}"
        except APIError as error:
            return tail(str(error), 1)
        return None

    def _take(self, name: str, image: Any) -> None:
        self.ids[name] = str(image.id)
        self.versions[name] = image.labels.get(VERSION, "unknown")

    def _build(self, name: str, context: Path, sources: str, say: Say, **options: str) -> None:
        tag = f"{REPOSITORY}/{name}"
        with suppress(ImageNotFound):
            existing = self._engine.images.get(tag)
            if existing.labels.get(SOURCES) == sources and VERSION in existing.labels:
                self._take(name, existing)
                return
        say(f"building the image {tag}")
        # In the context: of a file elsewhere, the SDK also sends the text as a second name, which podman looks for.
        part = context / f".docker-build.{Path(name).name}"
        part.write_text(part_for(name, (context / "Dockerfile").read_text("utf-8")), "utf-8")
        try:
            # The engine's own cache makes this quick if little has changed.
            built, _ = self._engine.images.build(
                path=str(context), dockerfile=str(part), rm=True, forcerm=True, buildargs={"BASE": BASE}, **options
            )
        finally:
            part.unlink()
        labels = {f"{REPOSITORY}.image": name, SOURCES: sources, VERSION: self._version_in(built.id)}
        recipe = io.BytesIO(f"FROM {built.id}\n".encode())
        self._take(name, self._engine.images.build(fileobj=recipe, tag=tag, rm=True, forcerm=True, labels=labels)[0])

    def _version_in(self, image: str) -> str:
        """The runtime's version, which the image holds in a file; `unknown` if it has none."""
        if (archive := self._file_in(image, "/lab/VERSION")) is None:
            return "unknown"
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            return (tar.extractfile("VERSION") or io.BytesIO()).read().decode().strip()

    def _file_in(self, image: str, path: str) -> bytes | None:
        """The file as an archive; None if the image has no such file."""
        container = self._engine.containers.create(image, ["true"], labels=dict(self._labels))
        try:
            chunks, _ = container.get_archive(path)
            return b"".join(chunks)
        except NotFound:
            return None
        finally:
            container.remove(v=True, force=True)
