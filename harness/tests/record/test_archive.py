"""A run in a ZIP archive is read like its folder; any other file is refused by name."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from lab_process import lab
from small_run import small_run

from harness.errors import UsageError
from harness.judge.replay import replay
from harness.record import archive
from harness.record.run_folder import open_run
from harness.report.diff import diff
from harness.report.recorded import read_recorded


def packed(folder: Path, file: Path, within: str = "") -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                made.write(path, Path(within) / path.relative_to(folder))
    return file


@pytest.mark.parametrize("within", ["", "20260102T030405Z-abcdef"])
def test_an_archive_is_read_as_its_folder_is(tmp_path: Path, within: str) -> None:
    folder = small_run(tmp_path)
    made = packed(folder, tmp_path / "run.zip", within)
    said: list[str] = []
    assert replay(made, said.append).run == replay(folder, said.append).run
    assert said[0] == f"replayed {made}: as recorded"
    assert read_recorded(made).run == read_recorded(folder).run
    assert all(cell.evidence for cell in read_recorded(made).cells)
    assert diff(read_recorded(made), read_recorded(folder)) == []
    assert open_run(made).shown == made


def test_the_command_line_takes_an_archive(tmp_path: Path) -> None:
    made = packed(small_run(tmp_path), tmp_path / "run.zip")
    judged = lab("compare", "--replay", made)
    assert judged.status == 0 and f"The evidence is in {made}\n" in judged.stdout
    lab("report", made).refused(2, "run.zip", "--out FILE")
    assert lab("report", made, "--out", tmp_path / "page.html").status == 0
    assert (tmp_path / "page.html").stat().st_size > 10_000
    shown = lab("demo", "--replay", made, "--pace", "0.1")
    assert shown.status == 0 and "python-asyncio" in shown.stdout, shown


def test_evidence_that_an_archive_lacks_is_named_by_the_path_that_the_user_gave(tmp_path: Path) -> None:
    folder = small_run(tmp_path)
    log = next(folder.glob("cells/**/send-log.ndjson"))
    log.write_text('{"act": "nothing"}\n')
    damaged = packed(folder, tmp_path / "damaged.zip")
    log.unlink()
    missing = packed(folder, tmp_path / "missing.zip")
    for made, fault in ((damaged, "line 1"), (missing, "No such file")):
        for task in ("compare", "demo"):
            lab(task, "--replay", made).refused(2, f"lab: {made}/{log.relative_to(folder)}: {fault}")


def test_what_is_no_archive_of_a_run_is_refused_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "notes.zip"
    text.write_text("not an archive")
    with pytest.raises(UsageError, match=r"notes\.zip: cannot be unpacked as a ZIP archive of a run"):
        open_run(text)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as made:
        made.writestr("readme.txt", "nothing")
    with pytest.raises(UsageError, match=r"/empty\.zip: holds no run \(no run\.json\)"):
        open_run(tmp_path / "empty.zip")
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as made:
        made.writestr("run.json", json.dumps({"schema": 1}))
    with pytest.raises(UsageError, match=rf"^{tmp_path}/old\.zip/run\.json: has schema 1"):
        open_run(tmp_path / "old.zip")
    monkeypatch.setattr(archive, "LARGEST", 5)
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as made:
        made.writestr("run.json", json.dumps({"schema": 2}))
    with pytest.raises(UsageError, match=r"large\.zip: its files have 13 bytes"):
        open_run(tmp_path / "large.zip")


@pytest.mark.parametrize("name", ["../outside.txt", "/tmp/slow-poetry-outside.txt", "a/../../outside.txt"])
def test_nothing_is_written_outside_the_folder_that_it_is_unpacked_to(tmp_path: Path, name: str) -> None:
    made = packed(small_run(tmp_path), tmp_path / "run.zip")
    with zipfile.ZipFile(made, "a") as more:
        more.writestr(name, "escaped")
    folder = open_run(made).path
    assert [path.read_text() for path in folder.rglob("*outside.txt")] == ["escaped"]
    assert not list(folder.parent.glob("*outside.txt")) and not Path("/tmp/slow-poetry-outside.txt").exists()
