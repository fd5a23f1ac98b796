"""What the lab does to a running client, in both backends: it sends signals in time, and reads its output slowly."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backend_cell import client, program

from harness.backend import Backend, ownership
from harness.backend.local import LocalBackend
from harness.run.client_control import BURST, ClientControl
from harness.run.recorder import Limits, Recording, Transcript, record
from harness.run.sent_bytes import SentBytes
from harness.spec.conditions import Conditions

LIMITS = Limits(60, 1 << 26, 1 << 26)


@pytest.fixture(params=["local", "docker"], scope="module")
def either(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each of the two backends, able to run Python."""
    if request.param == "local":
        with LocalBackend(ownership.this_owner(), install=False) as local:
            yield local
        return
    request.getfixturevalue("engine")
    from harness.backend.docker.backend import DockerBackend

    with DockerBackend(ownership.this_owner()) as containers:
        assert not containers.prepare([client(Path("/"), "true")], print).unready
        yield containers


def put(
    backend: Backend, conditions: Conditions, folder: Path, code: str, sent: Callable[[], int] = lambda: 0
) -> Recording:
    """Run a program under these conditions and record it; its evidence is in `folder/cell`."""
    process = backend.start(program(folder / "client", code), [], conditions)
    control = ClientControl(process, conditions, sent)
    return record(process, folder / "cell", LIMITS, time.monotonic(), control)


def stdout(folder: Path) -> bytes:
    return (folder / "cell" / "stdout").read_bytes()


def said(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    """The client's recorded output so far."""
    words, add = bytearray(), Transcript.add

    def add_and_keep(self: Transcript, t: float, stream: str, data: bytes) -> int:
        words.extend(data)
        return add(self, t, stream, data)

    monkeypatch.setattr(Transcript, "add", add_and_keep)
    return words


# It blocks the signals and waits for them: a handler might run just before a pause that would then never end.
STOPPABLE = """
import os, signal, sys
told = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, told)
os.write(1, b"ready\\n")
os.write(1, b"told %d\\n" % signal.sigwait(told))
sys.exit(7)
"""


@pytest.mark.parametrize(("name", "number"), [("TERM", 15), ("INT", 2)])
def test_a_signal_is_sent_once_so_many_bytes_have_been_sent(
    either: Backend, name: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = said(monkeypatch)
    conditions = Conditions(signal=name, signal_after=100)
    recording = put(either, conditions, tmp_path, STOPPABLE, lambda: 100 if b"ready" in words else 99)
    assert (recording.exit.status, stdout(tmp_path)) == (7, f"ready\ntold {number}\n".encode())
    assert recording.signalled is not None and recording.started < recording.signalled < recording.ended


def test_a_client_that_has_ended_gets_no_signal_and_keeps_its_exit(either: Backend, tmp_path: Path) -> None:
    recording = put(either, Conditions(signal="TERM", signal_after=100), tmp_path, "print('done')", lambda: 99)
    assert (recording.exit.status, recording.signalled, stdout(tmp_path)) == (0, None, b"done\n")


ENDLESS = """
import itertools, os, sys
print("this stays", file=sys.stderr, flush=True)
try:
    for number in itertools.count():
        os.write(1, b"%d\\n" % number)
except BrokenPipeError:
    sys.exit(9)
"""


def test_standard_output_is_closed_after_exactly_so_many_bytes(either: Backend, tmp_path: Path) -> None:
    recording = put(either, Conditions(stdout_closes_after=25), tmp_path, ENDLESS)
    assert (recording.stopped, recording.exit.status) == (None, 9)
    assert stdout(tmp_path) == b"".join(b"%d\n" % number for number in range(100))[:25]
    assert (tmp_path / "cell" / "stderr").read_bytes() == b"this stays\n"
    assert recording.stdout_closed is not None and recording.started < recording.stdout_closed < recording.ended


def test_a_client_may_be_killed_by_a_closed_pipe(either: Backend, tmp_path: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\n" + ENDLESS
    end = put(either, Conditions(stdout_closes_after=1), tmp_path, code).exit
    assert (end.status, end.signal) == (None, 13)


def test_an_output_that_is_shorter_is_not_closed(either: Backend, tmp_path: Path) -> None:
    recording = put(either, Conditions(stdout_closes_after=25), tmp_path, "print('short')")
    assert (recording.exit.status, recording.stdout_closed, stdout(tmp_path)) == (0, None, b"short\n")


def test_a_slow_reader_is_slow_and_reads_every_byte(either: Backend, tmp_path: Path) -> None:
    data = bytes(range(256)) * 800
    code = """
import os, sys, time
rest, began = bytes(range(256)) * 800, time.monotonic()
while rest:
    rest = rest[os.write(1, rest):]
sys.exit(0 if time.monotonic() > began + 0.5 else 1)
"""
    rate = 100_000
    recording = put(either, Conditions(stdout_rate=rate), tmp_path, code)
    # The bytes that the pipe could not hold have delayed the client until they were read.
    assert (recording.exit.status, stdout(tmp_path)) == (0, data)
    pieces = [json.loads(line) for line in (tmp_path / "cell" / "transcript.ndjson").read_text().splitlines()]
    since = pieces[0]["t"]
    assert all(piece["end"] <= rate * (piece["t"] - since + 2 * BURST) for piece in pieces)


def test_a_slow_reader_reads_fast_once_the_client_is_stopped(either: Backend, tmp_path: Path) -> None:
    code = "import os, time\nos.write(1, bytes(50_000))\ntime.sleep(1000)\n"
    conditions = Conditions(stdout_rate=10)
    process = either.start(program(tmp_path / "client", code), [], conditions)
    recording = record(
        process, tmp_path / "cell", Limits(15, 1 << 20, 1 << 20), time.monotonic(), ClientControl(process, conditions)
    )
    assert (recording.stopped, stdout(tmp_path)) == ("timeout", bytes(50_000))
    assert recording.ended - recording.started < 60


def test_the_environment_is_as_the_conditions_say(either: Backend, tmp_path: Path) -> None:
    code = "import json, os\nprint(json.dumps(dict(os.environ)))\n"
    conditions = Conditions(environment={"LC_ALL": "C", "HOME": None, "LANG": None})
    put(either, conditions, tmp_path, code)
    found = json.loads(stdout(tmp_path))
    assert found["LC_ALL"] == "C"
    assert not {"HOME", "LANG"} & set(found)
    assert found["TZ"] == "UTC"  # the others are unchanged


WRITE = """
import os
for folder, _, _ in os.walk("/"):
    if not folder.startswith(("/proc", "/sys", "/dev/mqueue")):  # message queues are not files
        try:
            open(os.path.join(folder, "new"), "w").close()
            print(folder)
        except OSError:
            pass
"""


def test_if_everything_is_read_only_no_folder_can_be_written_to(either: Backend, tmp_path: Path) -> None:
    conditions = Conditions(read_only=True)
    lack = either.lacks(client(tmp_path, "true"), conditions)
    if lack:
        assert "only a container" in lack
        return
    assert put(either, conditions, tmp_path, WRITE).exit.status == 0
    assert stdout(tmp_path) == b""
    (tmp_path / "usual").mkdir()
    put(either, Conditions(), tmp_path / "usual", WRITE)
    assert b"/tmp\n" in stdout(tmp_path / "usual")


FILL = """
import os
os.set_blocking(1, False)
size = 0
try:
    while size < 1 << 20:
        size += os.write(1, bytes(4096))
except BlockingIOError:
    pass
raise SystemExit(size >> 12)
"""


def test_what_nobody_reads_stays_in_a_pipe_of_the_usual_size(either: Backend, tmp_path: Path) -> None:
    # Nothing between the client and the lab reads ahead: it would also take processor time away from the servers.
    assert either.start(program(tmp_path / "client", FILL), []).wait().status == 16  # pipe(7): 65,536 bytes


def test_the_bytes_sent_are_counted_while_the_log_is_being_written(tmp_path: Path) -> None:
    log = tmp_path / "send-log.ndjson"
    sent = SentBytes(log)
    assert sent() == 0  # some servers create the log only with their first record
    log.touch()
    assert sent() == 0
    with log.open("a") as lines:
        for text, total in [
            ('{"t":1.0,"act":"accept","server":1,"conn":1}\n', 0),
            ('{"t":1.1,"act":"send","server":1,"conn":1,"start":0,"end":10}\n{"t":1.2,"act":"send","ser', 10),
            ('ver":2,"conn":1,"start":5,"end":12}\n', 17),
            ('no record\n{"t":1.3}\n[]\n{"t":1.4,"act":"send","server":1,"conn":1,"start":10,"end":11}\n', 18),
        ]:
            lines.write(text)
            lines.flush()
            assert (sent(), sent()) == (total, total)
