"""The reports of a run for other programs, made from the folder of a real run, intact and damaged."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lab_process import QUICK, WRONG, lab

from harness.report.diff import diff
from harness.report.junit import junit
from harness.report.page import page
from harness.report.recorded import read_recorded, without_paths

FOLDERS = ("honest", "drops-byte", "known-to-swallow")
CLIENTS = ("honest", "drops-byte", "known-to-swallow", "python-blocking")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with a pass, an unexpected failure and a declared one."""
    out = tmp_path_factory.mktemp("runs")
    folders = [part for folder in FOLDERS for part in ("--client", WRONG / folder)]
    ended = lab(
        "compare", *folders, "--clients", ",".join(CLIENTS), "--scenarios", "reset", "--backend", "local",
        "--out", out, *QUICK,
    )  # fmt: skip
    assert ended.status == 1, ended
    [folder] = out.iterdir()
    return folder


@pytest.fixture
def run(recorded: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(recorded, tmp_path / "run"))


def change(run: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((run / "run.json").read_text("utf-8"))
    edit(data)
    (run / "run.json").write_text(json.dumps(data), "utf-8")


def not_run(verdict: str) -> Callable[[dict[str, Any]], None]:
    def edit(data: dict[str, Any]) -> None:
        gone = {"verdict": verdict, "expected": verdict == "unsupported", "reason": {"code": "any", "sentence": "so"}}
        empty = {"attempt": 0, "axes": {}, "metrics": {}, "exit_status": None, "evidence": None}
        place = {key: data["cells"][0][key] for key in ("client", "scenario", "server", "round")}
        data["cells"][0] = {**place, **gone, **empty}

    return edit


def exported(run: Path, kind: str, file: Path, *more: object) -> bytes:
    ended = lab("report", run, f"--{kind}", file, *more)
    assert (ended.status, ended.stdout, ended.stderr) == (0, "", f"written: {file}\n")
    assert not (run / "report.html").exists()
    return file.read_bytes()


def test_junit_has_a_case_for_each_cell_and_a_failure_for_each_unexpected_one(run: Path, tmp_path: Path) -> None:
    suites = ElementTree.fromstring(exported(run, "junit", tmp_path / "junit.xml"))
    [suite] = suites
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "reset", "tests": "4", "failures": "1", "errors": "0", "skipped": "0",
    }  # fmt: skip
    found = {case.get("name"): [child.tag for child in case] for case in suite}
    assert found == {"honest": [], "drops-byte": ["failure"], "known-to-swallow": [], "python-blocking": []}
    [failure] = suite.iter("failure")
    assert failure.get("type") == "bytes-missing" and "at byte" in str(failure.get("message"))
    assert all(float(str(case.get("time"))) > 0.1 for case in suite)


NOT_RUN = [("skipped", "skipped"), ("unsupported", "skipped"), ("build-failed", "failure")]


@pytest.mark.parametrize(("verdict", "tag"), NOT_RUN)
def test_junit_shows_what_was_not_run(verdict: str, tag: str, run: Path, tmp_path: Path) -> None:
    change(run, not_run(verdict))
    suites = ElementTree.fromstring(exported(run, "junit", tmp_path / "junit.xml"))
    assert [child.tag for child in suites[0][0]] == [tag]


def test_junit_shows_a_fault_of_the_lab_as_an_error(run: Path, tmp_path: Path) -> None:
    change(run, lambda data: data["options"].update(late_budget_ms=1e-6))
    suites = ElementTree.fromstring(exported(run, "junit", tmp_path / "junit.xml"))
    assert suites[0].get("errors") == "4"


def test_the_summary_has_the_matrix_and_marks_what_was_unexpected(run: Path, tmp_path: Path) -> None:
    text = exported(run, "summary", tmp_path / "summary.md").decode()
    assert text.startswith("### Slow Poetry Lab: 1 not as expected\n")
    assert "| client | reset |" in text
    assert "| drops-byte | ❌ fail **unexpected** |" in text
    assert "| known-to-swallow | ❌ fail |" in text


@pytest.mark.parametrize("lack", [{"status": None}, {"parts": [{"id": "other", "shard": "1/2"}]}])
def test_a_run_that_lacks_cells_is_no_success(lack: dict[str, Any], run: Path, tmp_path: Path) -> None:
    def cut(data: dict[str, Any]) -> None:
        cell = next(cell for cell in data["cells"] if cell["verdict"] == "pass")
        data.update(lack, cells=[cell], clients=[one for one in data["clients"] if one["name"] == cell["client"]])
        for part in data.get("parts", ()):
            part.update(provenance=data["provenance"], time=data["time"], status=0)

    change(run, cut)
    text = exported(run, "summary", tmp_path / "summary.md").decode()
    assert text.startswith("### Slow Poetry Lab: not complete\n")
    suites = ElementTree.fromstring(exported(run, "junit", tmp_path / "junit.xml"))
    assert [suite.get("errors") for suite in suites] == ["0", "1"]
    assert [lab(task, "--replay", run).status for task in ("compare", "check")] == [4, 4]


def test_markup_in_a_reason_stays_text_in_the_summary(run: Path, tmp_path: Path) -> None:
    change(run, not_run("build-failed"))
    change(run, lambda data: data["cells"][0]["reason"].update(sentence="a | b\n# c <img src=x> [d](e) `f`"))
    text = exported(run, "summary", tmp_path / "summary.md").decode()
    assert "a \\| b\\\\n# c &lt;img src=x&gt; \\[d\\](e) \\`f\\`" in text


def test_the_trace_has_every_send_and_report_at_its_time(run: Path, tmp_path: Path) -> None:
    events = json.loads(exported(run, "trace", tmp_path / "trace.json"))["traceEvents"]
    pids = {e["args"]["name"]: e["pid"] for e in events if e["name"] == "process_name"}
    assert list(pids) == [f"reset: {client}" for client in CLIENTS]
    for cell in read_recorded(run).cells:
        assert cell.evidence is not None
        start = cell.evidence.log.connections[0].accepted
        own = [event for event in events if event["pid"] == pids[f"reset: {cell.client}"]]
        sent = sorted(event["ts"] for event in own if event.get("cat") == "sent")
        times = sorted((t - start) * 1e6 for c in cell.evidence.log.connections for t in c.times)
        assert sent == pytest.approx(times, abs=20) and sent
        reported = [event["ts"] for event in own if event.get("cat") == "reported"]
        assert reported == pytest.approx([(r.seen - start) * 1e6 for r in cell.evidence.transcript.reports], abs=20)
        assert all(event["ts"] >= 0 and event.get("dur", 0) >= 0 for event in own if event["ph"] in "iX")
        lanes = {event["tid"] for event in own if event["ph"] in "iX"}
        assert lanes == {event["tid"] for event in own if event["name"] == "thread_name"}


def test_the_pictures_name_every_client(run: Path, tmp_path: Path) -> None:
    assert exported(run, "png", tmp_path / "timeline.png").startswith(b"\x89PNG\r\n")
    picture = exported(run, "svg", tmp_path / "timeline.svg").decode()
    ElementTree.fromstring(picture)
    for client in CLIENTS:
        assert f">{client}</text>" in picture


def test_a_report_can_be_limited_to_clients_and_scenarios(run: Path, tmp_path: Path) -> None:
    data = exported(run, "junit", tmp_path / "junit.xml", "--clients", "honest", "--scenarios", "reset")
    assert [case.get("name") for case in ElementTree.fromstring(data)[0]] == ["honest"]
    lab("report", run, "--clients", "onest").refused(2, "unknown client 'onest'", "did you mean honest")


def page_of(run: Path) -> str:
    return page(read_recorded(run))


PLACE = "cells/twisted/reset/honest/1"


def respell(name: str, old: str, new: str) -> Callable[[Path], object]:
    """Damage one file of a cell's evidence."""

    def spoil(run: Path) -> None:
        file = run / PLACE / name
        file.write_text(re.sub(old, new, file.read_text("utf-8")), "utf-8")

    return spoil


UNREADABLE = "not drawn: the evidence cannot be read"


def backwards(run: Path) -> None:
    """Reverse the lines of the transcript."""
    file = run / PLACE / "transcript.ndjson"
    file.write_text("".join(reversed(file.read_text("utf-8").splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: (run / PLACE / "stdout").unlink(), "not drawn: stdout is missing"),
        (lambda run: (run / PLACE / "send-log.ndjson").unlink(), "not drawn: send-log.ndjson is missing"),
        (lambda run: (run / PLACE / "transcript.ndjson").write_text("{}\n"), UNREADABLE),
        (lambda run: (run / PLACE / "send-log.ndjson").write_bytes(b"\xff\n"), UNREADABLE),
        (respell("transcript.ndjson", r'"t":[0-9.]+', '"t":-1'), "line 1: at t: expected `float` "),
        (respell("send-log.ndjson", r'"t":[0-9.]+', '"t":"soon"'), UNREADABLE),
        (backwards, "where the piece before it ended"),
        (lambda run: (run / PLACE / "send-log.ndjson").write_text("[" * 99_999 + "\n"), UNREADABLE),
        (lambda run: (run / "scenarios" / "reset.playbill").unlink(), "reset: the poems or schedules cannot be read"),
        (lambda run: change(run, lambda data: data.update(status=None)), "the run was stopped early"),
        (
            lambda run: (run / PLACE / "stdout").write_bytes((run / PLACE / "stdout").read_bytes().replace(b"e", b"?")),
            "judging it again gives another result",
        ),
    ],
    ids=[
        "no-stdout", "no-send-log", "transcript", "no-utf8", "before", "no-time", "order", "deep", "no-playbill",
        "unfinished", "tampered",
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_the_rest_is_shown(spoil: Callable[[Path], object], words: str, run: Path) -> None:
    spoil(run)
    html = page_of(run)
    assert words in html
    for client in CLIENTS:
        assert f'id="{client}/reset"' in html
    assert str(run) not in html


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: change(run, lambda data: data.update(schema=99)), ["run.json", "schema 99"]),
        (lambda run: (run / "run.json").write_text("{"), ["run.json", "not a JSON file"]),
        (lambda run: (run / "run.json").unlink(), ["holds no run (no run.json)"]),
        (lambda run: change(run, lambda data: data["cells"][0].update(client="nobody")), ["nobody"]),
    ],
    ids=["schema-99", "half", "none", "client"],
)
def test_a_run_that_cannot_be_read_is_named(spoil: Callable[[Path], object], words: list[str], run: Path) -> None:
    spoil(run)
    for arguments in (["report", run], ["diff", run, run]):
        lab(*arguments).refused(2, *words)


def test_evidence_outside_the_run_is_not_read(run: Path) -> None:
    outside = run.parent / "outside"
    shutil.move(run / PLACE, outside)
    (run / PLACE).symlink_to(outside)
    lab("report", run).refused(2, PLACE, "no links")


def test_a_file_that_cannot_be_written_is_named(run: Path, tmp_path: Path) -> None:
    lab("report", run, "--out", tmp_path / "no" / "page.html").refused(2, "cannot write", "page.html")
    lab("report", run, "--junit", tmp_path).refused(2, "cannot write", "it is a folder")


def test_a_picture_of_nothing_is_refused(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / "cells")
    lab("report", run, "--png", tmp_path / "timeline.png").refused(2, "nothing to draw for scenario reset")
    assert "not drawn" in page_of(run)


def test_runs_that_agree_have_no_difference(run: Path) -> None:
    ended = lab("diff", run, run)
    assert (ended.status, ended.stdout) == (0, "no verdict and no trait differs\n")


def test_diff_names_a_changed_verdict_and_changed_traits_and_nothing_else(run: Path, recorded: Path) -> None:
    stdout = run / PLACE / "stdout"
    stdout.write_bytes(stdout.read_bytes().replace(b"e", b"?"))
    ended = lab("diff", recorded, run)
    assert ended.status == 1
    assert ended.stdout.splitlines() == [
        "reset · honest: verdict pass → fail (bytes-differ), unexpected",
        "reset · honest: bytes exact → differs",
        "reset · honest: isolation kept → lost",
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (["read"], ["line"], "reset · honest: grain read → line\n"),
        (["read"], ["line", "poem"], "reset · honest: grain read → line or poem\n"),
        (["read"], ["read", "line"], ""),
        (["read", "line"], ["line", "poem"], ""),
        (["read"], [], ""),
    ],
)
def test_a_trait_that_one_run_leaves_open_is_no_difference(
    before: list[str], after: list[str], said: str, run: Path, tmp_path: Path
) -> None:
    shutil.rmtree(run / "cells")  # without evidence nothing is judged again, so the edited record is used
    other = Path(shutil.copytree(run, tmp_path / "other"))
    for folder, values in ((run, before), (other, after)):
        change(folder, lambda data, values=values: data["cells"][0]["axes"].update(grain=values))
    assert "".join(f"{line}\n" for line in diff(read_recorded(run), read_recorded(other))) == said


def test_diff_names_a_cell_that_only_one_run_has(run: Path, recorded: Path) -> None:
    change(run, lambda data: data["cells"].pop())
    assert lab("diff", run, recorded).stdout == "reset · python-blocking: only in the second run\n"
    assert lab("diff", recorded, run).stdout == "reset · python-blocking: only in the first run\n"


def test_absolute_paths_are_shortened_to_their_last_name() -> None:
    assert without_paths("[Errno 2] No such file: '/home/me/lab/x.py'") == "[Errno 2] No such file: 'x.py'"
    assert without_paths("from 127.0.0.1:10001, 1/2 of a/b") == "from 127.0.0.1:10001, 1/2 of a/b"


def test_with_several_servers_each_has_its_own_place(run: Path) -> None:
    once = read_recorded(run)
    again = [replace(cell, record={**cell.record, "server": "erlang"}) for cell in once.cells]
    servers = [*once.run["servers"], {**once.run["servers"][0], "name": "erlang"}]
    both = replace(once, cells=[*once.cells, *again], run={**once.run, "servers": servers})
    html = page(both)
    for server in ("twisted", "erlang"):
        assert f'id="honest/reset/{server}"' in html
    names = [case.get("name") for case in ElementTree.fromstring(junit(both)).iter("testcase")]
    assert len(set(names)) == 2 * len(CLIENTS)
