"""`./lab lesson` as a person uses it, on a terminal and with a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from lab_process import LAB, SECONDS, Ended, lab

from harness.paths import ROOT

LOCAL = ("--backend", "local", "--no-install")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout whose lessons a test may change."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("harness", "python"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for name in ("lab", "tasks.py", "requirements.txt"):
        shutil.copy(ROOT / name, copy)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    lesson = copy / "erlang" / "src" / "lesson" / "lesson_time_out.erl"
    lesson.parent.mkdir(parents=True)
    lesson.write_text("%% erlang's own\n")
    lesson.with_suffix(".txt").write_text("as it was recorded\n")
    toolchain = (ROOT / "erlang" / "toolchain.toml").read_text()
    (copy / "erlang" / "toolchain.toml").write_text(toolchain.replace('["erl"', '["no-such-program"'))
    return copy


def lab_of(tree: Path, *arguments: str) -> Ended:
    """Run the `./lab` of the copy."""
    done = subprocess.run(
        [str(tree / "lab"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_without_a_name_it_lists_the_lessons() -> None:
    ended = lab("lesson")
    assert (ended.status, ended.stderr) == (0, "")
    assert "\npart 17\n  generator-sequence " in ended.stdout
    assert "\n  cancel-inner " in ended.stdout


def test_its_help_says_how_a_lesson_is_named() -> None:
    ended = lab("lesson", "--help")
    assert (ended.status, ended.stderr) == (0, "")
    assert "./lab lesson NAME" in ended.stdout


def test_a_lesson_is_shown_with_its_code_and_its_output(tmp_path: Path) -> None:
    ended = lab("lesson", "cancel-inner", "--language", "python", *LOCAL, cwd=tmp_path)
    home = ROOT / "python" / "slowpoetry" / "lessons"
    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.startswith("cancel-inner: ")
    assert (home / "cancel_inner.py").read_text() in ended.stdout
    assert ended.stdout.endswith((home / "cancel_inner.txt").read_text())


def test_several_lessons_are_shown_one_after_another() -> None:
    ended = lab("lesson", "list-order,list-empty", *LOCAL)
    assert ended.status == 0
    assert ended.stdout.index("list-order: ") < ended.stdout.index("list-empty: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cancel-iner"], ["'cancel-iner'", "did you mean cancel-inner"]),
        (["cancel-inner", "--language", "pascal"], ["cancel-inner", "unknown language 'pascal'"]),
        (["list-empty", "--language", "erlang"], ["list-empty", "'erlang'", "there are: python"]),
        (["cancel-inner", "--backend", "podman"], ["'podman'", "docker"]),
    ],
)
def test_bad_usage_is_named_in_one_line(arguments: list[str], words: list[str]) -> None:
    lab("lesson", *arguments).refused(2, *words)


def test_an_output_that_differs_is_shown_with_the_difference_and_gives_status_1(tree: Path) -> None:
    recorded = tree / "python" / "slowpoetry" / "lessons" / "list_empty.txt"
    recorded.write_text(recorded.read_text().replace("True", "False"))
    ended = lab_of(tree, "lesson", "list-empty", *LOCAL)
    assert ended.status == 1
    assert "the output differs from python/slowpoetry/lessons/list_empty.txt" in ended.stdout
    assert "\n-made; it has fired: False\n+made; it has fired: True\n" in ended.stdout


def test_a_lesson_that_fails_is_shown_with_its_message(tree: Path) -> None:
    code = tree / "python" / "slowpoetry" / "lessons" / "list_order.py"
    code.write_text(code.read_text().replace("def main", "raise SystemExit('no lesson today')\ndef main"))
    ended = lab_of(tree, "lesson", "list-order", *LOCAL)
    assert ended.status == 1
    assert "\nended with status 1\nprinted on standard error:\nno lesson today\n" in ended.stdout


def test_without_a_toolchain_the_recorded_output_is_shown_with_how_to_get_the_toolchain(tree: Path) -> None:
    ended = lab_of(tree, "lesson", "time-out", *LOCAL)
    assert ended.status == 1
    assert "== output of python 3" in ended.stdout
    assert "%% erlang's own" in ended.stdout
    assert "== output of erlang, as recorded ==\nas it was recorded\n" in ended.stdout
    assert "apt-get install -y --no-install-recommends erlang-base" in ended.stdout


@pytest.mark.parametrize("width", [80, 160])
def test_languages_are_side_by_side_if_the_terminal_is_wide_enough(tree: Path, width: int) -> None:
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    command = [str(tree / "lab"), "lesson", "time-out", *LOCAL]
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, env=environment) as process:
        os.close(inside)
        shown = b""
        try:
            while data := os.read(outside, 1 << 16):
                shown += data
        except OSError:
            pass  # on Linux this means that no process has the terminal open any more
        os.close(outside)
        process.wait(SECONDS)
    lines = shown.decode().splitlines()
    assert max(map(len, lines)) <= width
    [heading] = [line for line in lines if "== output of python 3" in line]
    assert ("== output of erlang" in heading) is (width == 160)


def test_a_reader_that_closes_the_pipe_early_causes_no_error_message() -> None:
    script = f"set -o pipefail; {LAB} lesson | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=SECONDS)
    assert done.stderr == ""
    assert done.returncode in (0, 141)
