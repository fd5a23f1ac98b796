"""`./lab demo` as a process: with and without a terminal, recorded, replayed, and ended from outside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from demo_terminal import SECONDS, on_terminal
from forked_lab import import_first
from lab_process import LAB, WRONG, Ended, compare, eventually, lab, lab_running, processes_of, things_of

from harness.spec.client import discover

SLOW = ("--clients", "python-asyncio", "--backend", "local", "--no-install", "--pace", "100")
ONE = (*SLOW[:-1], "0.2")


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    import_first("harness.demo.command", "textual.drivers.linux_driver")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runs of the live demo."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def live(out: Path) -> Ended:
    """A live demo without a terminal."""
    return lab("demo", *ONE, "--out", out)


def run_in(out: Path) -> Path:
    [folder] = [path for path in out.iterdir() if (path / "run.json").exists()]
    return folder


def test_without_a_terminal_it_prints_a_line_for_each_event(live: Ended, out: Path) -> None:
    assert live.status == 0, live.stderr
    lines = live.stdout.splitlines()
    sent = [re.findall(rf"task {task}: (\d+) bytes sent", live.stdout) for task in (1, 2, 3)]
    poems = (Path(LAB).parent / "poems" / f"{name}.txt" for name in ("fascination", "science", "ecstasy"))
    assert [sum(map(int, sizes)) for sizes in sent] == [len(poem.read_bytes()) for poem in poems]
    assert any("stderr: Task 2: got 10 bytes of poetry" in line for line in lines)
    # The end of a connection may be printed after the end of the client.
    assert any(re.search(r"exit 0, \d+\.\d\d × floor$", line) for line in lines[-4:])
    assert live.stderr == f"The evidence is in {run_in(out)}\n"
    assert "\x1b" not in live.stdout


def test_compare_can_replay_the_run_of_a_demo(live: Ended, out: Path) -> None:
    again = lab("compare", "--replay", run_in(out), "--json")
    assert again.cell["verdict"] == "pass"
    assert again.run == json.loads((run_in(out) / "run.json").read_text())
    assert again.stderr.endswith(": as recorded\n")


def test_a_replay_prints_the_events_of_the_live_demo(live: Ended, out: Path, tmp_path: Path) -> None:
    again = lab("demo", "--replay", run_in(out), "--out", tmp_path / "none")
    assert again.status == 0, again.stderr

    def events(output: str) -> list[str]:
        # Without times, which the live demo counts from the first event it received; sorted, because events of
        # different sources may be received in another order.
        lines = [line.split(" s  ", 1)[1] for line in output.splitlines()]
        return sorted(lines)

    assert events(again.stdout) == events(live.stdout)
    assert not (tmp_path / "none").exists()


def test_any_run_of_a_compare_can_be_shown_side_by_side(tmp_path: Path) -> None:
    ended = compare(tmp_path, "--scenarios", "accents", "--clients", "honest,python-asyncio")
    assert [cell["verdict"] for cell in ended.run["cells"]] == ["pass"] * 2
    shown = lab("demo", "--replay", run_in(tmp_path))
    assert shown.status == 0, shown.stderr
    firsts = [line for line in shown.stdout.splitlines() if "task 1: connected" in line]
    assert [line.split()[0] for line in firsts] == ["0.000", "0.000"]  # from the first accept of each
    assert shown.stdout.count("exit 0") == 2
    one = lab("demo", "--replay", run_in(tmp_path), "--clients", "honest")
    assert "python-asyncio" not in one.stdout and one.stdout.count("exit 0") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--clients", "nobody"), ("nobody",)),
        (("--clients", ",".join(list(discover())[:7])), ("up to 6 clients", "not 7")),
        (("--scenario", "sigterm"), ("sigterm", "special conditions")),
        (("--scenario", "crowd"), ("crowd", "9")),
        (("--scenario", "trio,reset"), ("exactly one scenario",)),
        (("--pace", "0"), ("--pace",)),
        (("--conduct",), ("terminal",)),
        (("--predict",), ("terminal",)),
        (("--web",), ("terminal",)),
        (("--port", "9000"), ("--port", "--web")),
        (("--replay", "/nowhere"), ("/nowhere",)),
        (("--cast", "/nowhere/cast"), ("--cast /nowhere/cast",)),
    ],
)
def test_bad_input_is_named_in_one_line(tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    base = () if "--replay" in arguments else ("--backend", "local", "--no-install", "--out", tmp_path / "out")
    ended = lab("demo", *base, *arguments)
    assert (ended.status, ended.stdout) == (2, ""), ended
    lines = [line for line in ended.stderr.splitlines() if line.startswith("lab: ")]
    assert len(lines) == 1 and "Traceback" not in ended.stderr
    assert all(word in lines[0] for word in words)


def test_missing_or_damaged_evidence_is_named(live: Ended, out: Path, tmp_path: Path) -> None:
    run = shutil.copytree(run_in(out), tmp_path / "run")
    [log] = run.rglob("send-log.ndjson")
    kept = log.read_text()
    log.write_text("{\n")
    lab("demo", "--replay", run).refused(2, "send-log.ndjson: line 1: not JSON")
    log.unlink()
    lab("demo", "--replay", run).refused(2, str(log))
    log.write_text(kept)
    lab("demo", "--replay", run, "--scenario", "nowhere").refused(2, "nowhere", "trio")
    lab("demo", "--replay", run, "--clients", "nobody").refused(2, "nobody")
    (run / "demo.ndjson").write_text("{\n")
    lab("demo", "--replay", run).refused(2, "demo.ndjson")


def test_on_a_terminal_it_is_shown_and_recorded_as_a_cast_until_q_is_pressed(tmp_path: Path) -> None:
    cast = tmp_path / "demo.cast"
    with on_terminal("demo", *ONE, "--out", tmp_path, "--cast", cast, script=True) as terminal:
        terminal.until("Press space to start")
        terminal.press(" ")
        terminal.until("exit 0")
        assert re.search(rb"\x1b\[[0-9;]*38;", terminal.output)
        terminal.press("q")
        assert terminal.ended() == 0
    header, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    assert header["version"] == 3 and header["term"] == {"cols": 100, "rows": 30}
    assert all(wait >= 0 for wait, _, _ in events)
    shown = "".join(data for _, code, data in events if code == "o")
    assert "Press space to start" in shown and "exit 0" in shown
    assert shown.replace("\n", "\r\n").encode() in terminal.output


def test_no_color_is_respected(tmp_path: Path) -> None:
    with on_terminal("demo", *ONE, "--out", tmp_path, NO_COLOR="1") as terminal:
        terminal.until("Press space to start")
        terminal.press(" ")
        terminal.until("exit 0")
        terminal.press("q")
        assert terminal.ended() == 0
    colours = re.findall(rb"38;2;(\d+);(\d+);(\d+)", terminal.output)
    assert all(red == green == blue for red, green, blue in colours)


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("shown", [True, False], ids=["terminal", "plain"])
def test_a_signal_ends_a_running_demo_and_leaves_no_process(
    tmp_path: Path, signum: signal.Signals, status: int, shown: bool
) -> None:
    arguments = ("demo", *SLOW, "--out", tmp_path)
    if shown:
        with on_terminal(*arguments) as terminal:
            terminal.until("Press space to start")
            terminal.press(" ")
            eventually(lambda: processes_of(terminal.process.pid, "client"), "the client runs")
            os.kill(terminal.process.pid, signum)
            assert terminal.ended() == status, terminal.output[-2000:]
            pid = terminal.process.pid
    else:
        with lab_running(*arguments) as process:
            pid = process.pid
            eventually(lambda: processes_of(pid, "client"), "the client runs")
            process.send_signal(signum)
            process.communicate(timeout=SECONDS)
            assert process.returncode == status
    assert processes_of(pid) == []
    assert json.loads((run_in(tmp_path) / "run.json").read_text())["cells"] == []


@pytest.mark.parametrize("shown", [True, False], ids=["terminal", "plain"])
def test_further_signals_change_nothing_while_the_demo_ends(tmp_path: Path, shown: bool) -> None:
    def interrupt_until_it_ends(process: Any) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            eventually(lambda: process.poll() is not None or process.send_signal(signal.SIGINT), "it ends")
        process.wait(SECONDS)

    arguments = ("demo", *SLOW, "--out", tmp_path)
    if shown:
        with on_terminal(*arguments) as terminal:
            terminal.until("Press space to start")
            terminal.press(" ")
            terminal.until("trio plays")
            terminal.press("\x03")
            terminal.until("\x1b[?1049l")  # the usual screen is back: from now on, Ctrl-C is a signal
            interrupt_until_it_ends(terminal.process)
            assert terminal.ended() == 0
            said = terminal.output[-2000:].decode()
    else:
        with lab_running(*arguments) as process:
            eventually(lambda: processes_of(process.pid, "client"), "the client runs")
            interrupt_until_it_ends(process)
            _, said = process.communicate(timeout=SECONDS)
            assert process.returncode == 130
    assert "The evidence is in" in said and "Traceback" not in said and "Exception" not in said


def test_a_students_client_can_be_shown(tmp_path: Path) -> None:
    ended = lab(
        *("demo", "--client", WRONG / "honest", "--backend", "local", "--no-install", "--pace", "0.1"),
        *("--out", tmp_path, "--scenario", "burst"),
    )
    assert ended.status == 0, ended.stderr
    assert "honest  exit 0" in ended.stdout


def test_in_containers_all_clients_run_at_once_and_no_container_is_left(engine: Any, tmp_path: Path) -> None:
    arguments = ("--backend", "docker", "--pace", "0.5", "--out", tmp_path)
    with lab_running("demo", *arguments) as demo:
        stdout, stderr = demo.communicate(timeout=1200)
    assert demo.returncode == 0, stderr
    assert stdout.count("exit 0, ") == 4
    assert things_of(engine, demo.pid) == [] and processes_of(demo.pid) == []
    run = json.loads((run_in(tmp_path) / "run.json").read_text())
    assert [cell["verdict"] for cell in run["cells"]] == ["pass"] * 4
    began = [cell["started"] for cell in run["cells"]]
    assert max(began) < min(cell["ended"] for cell in run["cells"])


def test_the_loss_of_the_terminal_ends_the_demo_and_leaves_no_process(tmp_path: Path) -> None:
    def recorded() -> bool:
        return any(path.stat().st_size for path in tmp_path.rglob("transcript.ndjson"))

    # So slow that it draws more frames than Textual keeps for a terminal that takes none.
    with on_terminal("demo", *SLOW[:-1], "2.5", "--out", tmp_path) as terminal:
        terminal.until("Press space to start")
        terminal.press(" ")
        terminal.until("trio plays")
        assert not recorded()
        terminal.hang_up()
        # The demo goes on, with its output dropped, until it receives the signal.
        eventually(recorded, "the whole play of the client is recorded")
        assert terminal.process.poll() is None
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.process.wait(SECONDS) != 0
        assert processes_of(terminal.process.pid) == []
