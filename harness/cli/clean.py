"""Removing what the lab made, and only that: by folder, and by label."""

from __future__ import annotations

import shutil

from harness.backend import ownership
from harness.cli.run_task import say
from harness.paths import RUNS
from harness.spec.language import languages


def clean(*, runs: bool, images: bool) -> int:
    """Remove build folders and the leftovers of dead runs; on request recorded runs and built images."""
    ended = ownership.sweep_processes()
    print(f"ended {ended} processes of dead runs")
    for folder in [*(language.folder / "build" for language in languages().values()), *([RUNS] if runs else [])]:
        if folder.is_dir():
            shutil.rmtree(folder)
            print(f"removed {folder}")
    _clean_engine(images)
    return 0


def _clean_engine(images: bool) -> None:
    from harness.backend.docker import engine

    silence = engine.engine_answers()
    if silence is not None:
        say(f"no container engine answers ({silence}): nothing to remove there")
        return
    removed, removed_images = engine.clean(images=images)
    print(f"removed {removed} containers and networks of dead runs" + (f", {removed_images} images" if images else ""))
