"""`./lab check` from the command line to its exit status, on a client that is right and on what is not one at all."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from check_process import Checked, check
from lab_process import LAB, QUICK, SECONDS, lab, lab_running

from harness.backend import Exit
from harness.check.command_line import wrong
from harness.paths import ROOT
from harness.record.run_folder import open_run
from harness.run.recorder import Recording

GOOD = ROOT / "docs" / "examples" / "get-poetry.pl"
DEFAULT = [*("trio", "accents", "one-down", "reset", "burst"), *("crlf", "empty", "two-down", "long")]
TRIALS = ["no arguments", "127.0.0.1:10001 127.0.0.1:poetry", "127.0.0.1:10001 127.0.0.1:70000"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder, with a space in its name, and a client in it."""
    home = tmp_path_factory.mktemp("my work")
    home.chmod(0o755)
    shutil.copy(GOOD, home / "my client")
    return home


@pytest.fixture(scope="module")
def good(folder: Path) -> Checked:
    """The check of a client that is right."""
    return check(folder / "runs", "--pace", 1, "--", "./my client", cwd=folder)


def test_a_client_that_keeps_the_contract_passes_every_test(good: Checked) -> None:
    assert (good.status, good.sections) == (0, {}), good
    names = [line[11:].split(":")[0] for line in good.stdout.splitlines() if line.startswith("ok ")]
    assert names == [*DEFAULT, "bare-port", *["command line"] * 3]
    assert "All 13 passed: the client does what every client must." in good.stdout


def test_what_it_is_like_is_told(good: Checked) -> None:
    told = good.stdout[good.stdout.index("What kind of client it is") :]
    said = dict(line.split(maxsplit=1) for line in told.splitlines() if line.startswith("  "))
    assert said["connects"] == "together: connects to all addresses at once"
    assert said["delivery"] == "each: prints each poem when it is complete"
    assert said["order"] == "completion: prints the poems in the order in which they are completed"
    assert said["time"].endswith("its longest poem takes 2.0 s")


def test_its_run_is_an_ordinary_one_that_can_be_replayed_and_explained_again(good: Checked, folder: Path) -> None:
    [run] = (folder / "runs").iterdir()
    recorded = open_run(run).run
    assert [cell["scenario"] for cell in recorded["cells"]] == [*DEFAULT, "bare-port"]
    assert recorded["status"] == 0
    assert recorded["clients"][0]["command"] == ["./my client"]
    assert str(folder) not in json.dumps(recorded)
    judged = lab("compare", "--replay", run, "--json")
    assert (judged.status, judged.run) == (0, recorded), judged.stderr
    again = lab("check", "--replay", run)
    told, more = good.stdout.split("The contract says more")
    assert (again.status, again.stdout) == (0, told)
    assert "check --scenarios faults" in more and more.endswith("-- './my client'\n")


def test_a_run_of_several_clients_is_not_explained() -> None:
    example = ROOT / "docs" / "example-run.zip"
    lab("check", "--replay", example).refused(2, "a check explains one client, and this run has 7", "./lab compare")


def test_bad_answers_to_bad_arguments_are_found_again_on_replay(good: Checked, folder: Path, tmp_path: Path) -> None:
    [run] = (folder / "runs").iterdir()
    spoilt = tmp_path / "spoilt"
    shutil.copytree(run, spoilt)
    (spoilt / "command-line" / "no-arguments" / "stderr").write_text("what?\n")
    again = lab("check", "--replay", spoilt)
    assert again.status == 1
    assert "== command line: no arguments\n  Your message does not say `usage`." in again.stdout
    assert "1 of 13 failed." in again.stdout
    (spoilt / "command-line" / "no-arguments" / "stderr").unlink()
    missing = lab("check", "--replay", spoilt)
    assert (missing.status, missing.stdout) == (2, "")
    assert "command-line/no-arguments/stderr: No such file" in missing.stderr.splitlines()[-1]


def test_the_run_is_to_be_had_as_json(good: Checked, folder: Path) -> None:
    [run] = (folder / "runs").iterdir()
    again = lab("check", "--replay", run, "--json")
    assert (again.status, again.run) == (0, open_run(run).run)


def test_a_compare_is_explained_as_well(tmp_path: Path) -> None:
    wrong_client = ROOT / "harness" / "tests" / "wrong_clients" / "drops-byte"
    options = ("--backend", "local", "--scenarios", "accents", "--out", tmp_path, *QUICK)
    assert lab("compare", "--client", wrong_client, *options).status == 1
    [run] = tmp_path.iterdir()
    again = lab("check", "--replay", run)
    assert again.status == 1
    assert "== accents: fail, bytes-missing" in again.stdout


def test_words_reach_the_program_as_they_were_given(tmp_path: Path) -> None:
    program = 'printf "%s\\n" "$@" > words; exit 1'
    words = ["two words", "-x", "--scenarios=trio", "--", "'", "ü"]
    told = check(tmp_path, "--scenarios", "accents", "--", "sh", "-c", program, "sh", *words, cwd=tmp_path)
    assert told.status == 1
    assert (tmp_path / "words").read_text().splitlines()[:-2] == words
    again = next(line for line in told.stdout.splitlines() if line.startswith("  again "))
    assert shlex.split(again)[-len(words) :] == words


def test_the_command_that_repeats_a_failure_repeats_just_this(tmp_path: Path) -> None:
    options = ("--scenarios", "accents,one-down", "--", "perl", ROOT / "harness/tests/students/dies-of-one.pl")
    told = check(tmp_path, *options, cwd=tmp_path)
    [section] = told.sections.values()
    repeat = shlex.split(section[section.index(" again ") + 7 :])
    assert repeat[0] == LAB
    repeat[2:2] = ["--out", str(tmp_path), "--late-budget", "500"]
    done = subprocess.run(repeat, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    again = Checked(done.returncode, done.stdout, done.stderr)
    assert again.status == 1
    assert list(again.sections) == list(told.sections) == ["one-down: fail, others-lost"]
    assert again.passed == []


def test_a_failure_that_comes_again_is_not_told_at_full_length_again(tmp_path: Path) -> None:
    told = check(tmp_path, "--scenarios", "burst,accents", "--", "sh", "-c", "echo lost >&2; exit 1", cwd=tmp_path)
    first, second = told.sections.items()
    assert "your last message was 'lost'" in first[1] and "Connect to every address" in first[1]
    assert second[0] == "accents: fail, poem-missing, as in burst"
    assert "Connect to every address" not in second[1]


def test_bad_answers_to_bad_arguments_are_told_with_what_is_due(tmp_path: Path) -> None:
    told = check(tmp_path, "--", "sh", "-c", "exit 0", cwd=tmp_path)
    for title in TRIALS:
        section = told.sections[f"command line: {title}"]
        assert "You printed nothing on standard error; your exit status was 0." in section
        assert "Expected: a usage message on standard error, exit status 2, and no connection" in section
        assert "by hand sh -c 'exit 0'" in section
    assert told.passed == []


def test_a_client_that_wants_a_host_for_every_port_is_told_so(folder: Path, tmp_path: Path) -> None:
    lenient = (folder / "my client").read_text()
    host = r"([^:\[\]]+|\[[0-9A-Fa-f:.]+\]):"
    strict = lenient.replace(f"(?:{host})?", host)
    assert strict != lenient
    (tmp_path / "strict").write_text(strict)
    told = check(tmp_path, "--", "perl", "strict", cwd=tmp_path)
    assert list(told.sections) == ["bare-port: fail, refused-arguments"]
    assert (
        "You were called with a bare port, which means 127.0.0.1" in told.sections["bare-port: fail, refused-arguments"]
    )
    assert told.passed == [*DEFAULT, *["command line"] * 3]
    again = check(tmp_path, "--scenarios", "burst,bare-port", "--", "perl", "strict", cwd=tmp_path)
    assert list(again.sections) == list(told.sections) and again.passed == ["burst"]


@pytest.mark.parametrize(
    ("status", "stdout", "stderr", "connections", "words"),
    [
        (2, b"", b"Usage: get-poetry\n", 0, ""),
        (1, b"", b"usage\n", 0, "exit status was 1"),
        (2, b"", b"bad\n", 0, "does not say `usage`"),
        (2, b"", b"", 0, "nothing on standard error"),
        (2, b"usage", b"usage", 0, "something on standard output"),
        (2, b"", b"usage", 1, "connected to the other address, which is correct"),
    ],
)
def test_an_answer_to_bad_arguments_has_three_parts(
    status: int, stdout: bytes, stderr: bytes, connections: int, words: str
) -> None:
    found = wrong(Recording(0.0, 1.0, None, Exit(status)), stdout, stderr, connections)
    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["check needs a program", "./lab check -- COMMAND"]),
        (["--"], ["check needs a program"]),
        (["--client", "x", "--", "./y"], ["one of the two"]),
        (["--client", "x"], ["x", "no manifest"]),
        (["--image", "x", "--client", "y"], ["--image", "a manifest names its own image"]),
        (["--image", "x", "--backend", "local", "--", "y"], ["--image", "--backend local"]),
        (["--backend", "docker", "--", "y"], ["--backend docker", "--image NAME"]),
        (["--backend", "podman", "--client", ROOT / "harness/tests/wrong_clients/honest"], ["'podman'", "docker"]),
        (["--scenarios", "trioo", "--", "perl"], ["'trioo'", "did you mean trio"]),
        (["--pace", "0", "--", "perl"], ["--pace 0:"]),
        (["--client", ROOT / "python" / "slowpoetry" / "clients"], ["one client", "python-asyncio"]),
        (["./y"], ["./y"]),
        (["--command", "y"], ["'y'", "-- COMMAND"]),
        (["--replay", "/nowhere"], ["/nowhere"]),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments: list[object], words: list[str]) -> None:
    lab("check", *arguments).refused(2, *words)


def test_its_help_says_how_a_program_is_named() -> None:
    ended = lab("check", "--help")
    assert (ended.status, ended.stderr) == (0, "")
    assert "./lab check [--options] -- COMMAND [ARG ...]" in " ".join(ended.stdout.split())


def test_a_client_in_an_image_of_its_own_is_tried_there(folder: Path, tmp_path: Path, engine: object) -> None:
    image = ("--image", "debian:trixie-slim", "--", "perl", "my client")
    told = check(tmp_path, *image, cwd=folder)
    assert told.status == 0, told
    assert told.passed == [*DEFAULT, "bare-port", *["command line"] * 3]
    program = "test -w . && echo wrote > seen; id -u > /dev/stderr; exit 1"
    contained = check(
        tmp_path, "--image", "debian:trixie-slim", "--scenarios", "accents", "--", "sh", "-c", program, cwd=folder
    )
    assert "your last message was '65534'" in next(iter(contained.sections.values()))
    assert not (folder / "seen").exists()


def test_a_folder_that_a_container_could_not_read_is_told_before_anything_is_done(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    lab("check", "--image", "debian:trixie-slim", "--", "sh", cwd=tmp_path).refused(2, str(tmp_path), "chmod o+rx")


def test_an_image_that_is_not_there_is_told_with_how_to_get_it(tmp_path: Path, engine: object) -> None:
    tmp_path.chmod(0o755)
    out = tmp_path / "runs"
    told = lab("check", "--image", "no-such-image", "--out", out, "--", "sh", cwd=tmp_path)
    told.refused(2, "docker pull no-such-image:latest")
    assert [*out.iterdir()] == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (["./no-such-client"], "there is no such file"),
        (["my client"], "the current folder is called ./my client"),
        (["perl", "no-such.pl"], "no-such.pl: there is no such file in the client's folder"),
        (["./folder"], "./folder: this is a folder"),
    ],
)
def test_a_program_that_is_not_there_is_told_before_anything_is_run(
    folder: Path, program: list[str], said: str
) -> None:
    (folder / "folder").mkdir(exist_ok=True)
    lab("check", "--", *program, cwd=folder).refused(2, said)


def test_an_interrupted_check_leaves_what_was_finished(tmp_path: Path) -> None:
    with lab_running("check", "--out", tmp_path, *QUICK, "--", "perl", GOOD) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("[1/10] ")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=SECONDS)
    assert (process.returncode, stdout) == (130, "")
    assert stderr.endswith("lab: stopped by SIGINT\n")
    [run] = tmp_path.iterdir()
    assert first.split()[1] in [cell["scenario"] for cell in open_run(run).run["cells"]]
