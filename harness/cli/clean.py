"""Removes what the lab made, and nothing else: its folders, and what has its label."""

from __future__ import annotations

import shutil

from harness.backend import ownership
from harness.cli.run_task import say
from harness.paths import ROOT, RUNS
from harness.printable import counted
from harness.spec.language import languages


def clean(*, runs: bool, images: bool) -> int:
    """Remove build folders and what dead runs have left; on request also recorded runs and built images."""
    folders, ended = ownership.sweep_folders(), ownership.sweep_processes()
    print(f"ended {counted(ended, 'process', 'processes')} of dead runs")
    print(f"removed {counted(folders, 'temporary folder')} of dead runs")
    built = [ROOT / "build", *(language.folder / "build" for language in languages().values())]
    for folder in [*built, *([RUNS] if runs else [])]:
        if folder.is_dir():
            shutil.rmtree(folder)
            print(f"removed {folder}")
    _clean_engine(images)
    return 0


def _clean_engine(images: bool) -> None:
    from harness.backend.docker import engine

    silence = engine.engine_answers()
    if silence is not None:
        say(f"no container engine answers ({silence}), so no containers or images were removed")
        return
    removed, removed_images = engine.clean(images=images)
    what = counted(removed, "container") + " of dead runs"
    print(f"removed {what}" + (f", and {counted(removed_images, 'image')}" if images else ""))
