"""Writing the reports of a run to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.record.run_folder import open_run
from harness.report.failures import failures
from harness.report.junit import junit
from harness.report.page import page
from harness.report.recorded import RecordedRun, read_recorded
from harness.report.still import png, svg
from harness.report.summary import summary
from harness.report.trace import trace

EXPORTS: dict[str, Callable[[RecordedRun], str | bytes]] = {
    "junit": junit,
    "summary": summary,
    "failures": failures,
    "trace": trace,
    "png": png,
    "svg": svg,
}
PAGE = "report.html"


def write_reports(run: Path, out: str, clients: str, scenarios: str, exports: Mapping[str, str]) -> Iterator[Path]:
    """Write the page, to `out` or into the run's folder, and the exports (kind: file), and yield each file written.

    If only exports are named, the page is not written.  UsageError if a file cannot be written.
    """
    wanted = {EXPORTS[kind]: Path(file) for kind, file in exports.items() if file}
    if not out and not wanted and run.is_file():
        raise UsageError(f"{run}: an archive cannot hold the page; name its file with --out FILE")
    if out or not wanted:
        wanted = {page: Path(out) if out else run / PAGE, **wanted}
    open_run(run)  # first, because without a run there is nothing to write
    for file in wanted.values():
        check_place(file)
    recorded = read_recorded(run, clients=clients, scenarios=scenarios)
    for export, file in wanted.items():
        yield write(file, export(recorded))


def check_place(file: Path) -> None:
    """Raise a UsageError if there can be no such file."""
    if file.is_dir() or not file.parent.is_dir():
        raise UsageError(f"cannot write {file}: {'it is a folder' if file.is_dir() else 'there is no such folder'}")


def write(path: Path, content: str | bytes) -> Path:
    """Write the file, text as UTF-8; returns its path.  UsageError if that is not possible."""
    try:
        path.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return path
