"""Images are built once: an image of the same sources is used as it is, wherever it was built."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.backend.docker import images as images_module
from harness.backend.docker.images import Images

DOCKERFILE = "ARG BASE\nFROM ${BASE} AS python\nCOPY kept kept\n"

Build = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout, instead of the lab's own."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / ".dockerignore").write_text("# what goes in\n*\n\n!kept\n")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "client").write_text("one")
    (tmp_path / "ignored").write_text("one")
    (tmp_path / "guests" / "mine").mkdir(parents=True)
    (tmp_path / "guests" / "mine" / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY client /\n")
    (tmp_path / "guests" / "mine" / "client").write_text("one")
    monkeypatch.setattr(images_module, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def build(engine: Any, sources: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Builds as one run of the lab does; returns the image's id and the messages."""
    repository = f"slow-poetry-lab-test-{secrets.token_hex(6)}"
    monkeypatch.setattr(images_module, "REPOSITORY", repository)

    def once(name: str = "python") -> tuple[str, list[str]]:
        said: list[str] = []
        images = Images(engine, {}, install=False)
        assert images.build(name, said.append) is None
        return images.ids[name], said

    yield once
    for image in engine.images.list(filters={"label": f"{repository}.image"}):
        engine.images.remove(image.id, force=True)


def test_an_image_of_the_same_sources_is_not_built_again(build: Build, sources: Path) -> None:
    first, said = build()
    assert len(said) == 1
    (sources / "ignored").write_text("two")
    assert build() == (first, [])


def test_the_text_of_a_dockerfile_is_not_sent_as_its_name(
    build: Build, sources: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, post = [], engine.api._post

    def noting(url: str, **options: Any) -> Any:
        if url.endswith("/build"):
            names.append(options["params"]["dockerfile"])
        return post(url, **options)

    monkeypatch.setattr(engine.api, "_post", noting)
    build()
    # Of a name and a text, podman takes the last one.
    assert [text for _, text in filter(None, names)] == [None]
    assert not [*sources.glob(".docker-build*")]


def test_an_image_of_other_sources_is_built(build: Build, sources: Path) -> None:
    client, other = sources / "kept" / "client", sources / "kept" / "other"
    changes: dict[str, Callable[[], object]] = {
        "nothing yet": lambda: None,
        "content": lambda: client.write_text("two"),
        "name": lambda: client.rename(other),
        "mode": lambda: other.chmod(0o755),
        "recipe": lambda: (sources / "Dockerfile").write_text(DOCKERFILE + "WORKDIR /kept\n"),
    }
    built = {}
    for what, change in changes.items():
        change()
        built[what], said = build()
        assert len(said) == 1, what
    assert len(set(built.values())) == len(changes), built


def test_an_image_on_another_base_is_built(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = build()
    monkeypatch.setattr(images_module, "BASE", "slow-poetry-lab/python")
    second, said = build()
    assert second != first
    assert len(said) == 1


def test_an_image_that_was_saved_and_loaded_is_not_built_again(build: Build, engine: Any) -> None:
    first, _ = build()
    saved = b"".join(engine.images.get(first).save(named=True))
    engine.images.remove(first, force=True)
    engine.images.load(saved)
    assert build() == (first, [])


def test_a_guest_s_image_is_built_from_its_own_folder_alone(build: Build, sources: Path) -> None:
    first, said = build("guests/mine")
    assert len(said) == 1
    (sources / "kept" / "client").write_text("two")
    assert build("guests/mine") == (first, [])
    (sources / "guests" / "mine" / "client").write_text("two")
    second, _ = build("guests/mine")
    assert second != first


def test_a_guest_without_a_dockerfile_is_named(engine: Any, sources: Path) -> None:
    (sources / "guests" / "mine" / "Dockerfile").unlink()
    why = Images(engine, {}, install=False).build("guests/mine", print)
    assert why == "there is no guests/mine/Dockerfile"


@pytest.mark.parametrize(("recipe", "version"), [("COPY kept/client /lab/VERSION\n", "one"), ("", "unknown")])
def test_an_image_tells_the_version_of_its_runtime_also_if_it_is_not_built_again(
    build: Build, engine: Any, sources: Path, recipe: str, version: str
) -> None:
    (sources / "Dockerfile").write_text(DOCKERFILE + recipe)
    build()
    images, said = Images(engine, {}, install=False), list[str]()
    assert images.build("python", said.append) is None
    assert (said, images.versions["python"]) == ([], version)
