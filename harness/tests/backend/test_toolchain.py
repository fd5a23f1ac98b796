"""Toolchains: used if present, installed if allowed, and otherwise named with the exact command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lab_process import LAB, QUICK, SECONDS, Ended
from other_user import as_nobody

from harness.backend import toolchain
from harness.backend.toolchain import Toolchain, apt_install, toolchains
from harness.errors import LabError
from harness.paths import ROOT
from harness.suites.children import Children
from harness.suites.run_suites import Count, compiled_suite

NEEDED = (
    "sh",
    "dirname",
    "cmp",
    "flock",
    "git",
    "id",
    "uname",
)  # by the bootstrap and the provenance, and nothing else


def made(**changes: Any) -> Toolchain:
    commands: dict[str, Any] = {
        "language": "haskell",
        "version": ("echo", "9"),
        "probe": (("true",),),
        "packages": ("ghc",),
        "test_probe": (("true",),),
        "test_packages": ("hspec-discover",),
        "build_command": ("true",),
        "test_command": ("echo", "3 passed, 0 failed"),
    }
    return Toolchain(**{**commands, **changes})


@pytest.fixture
def without_compilers(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has the shell's tools and no toolchain."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)
    return {**os.environ, "PATH": str(programs)}


def compare(environment: dict[str, str], out: Path, clients: str) -> Ended:
    options = ("--backend", "local", "--scenarios", "burst", "--clients", clients, "--out", str(out), "--json", *QUICK)
    done = subprocess.run([LAB, "compare", *options], env=environment, capture_output=True, text=True, timeout=SECONDS)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_clients_without_a_toolchain_are_skipped_with_the_command_to_type(
    without_compilers: dict[str, str], tmp_path: Path
) -> None:
    ended = compare(without_compilers, tmp_path / "runs", "haskell-lazy,erlang-processes,python-asyncio")
    cells = {cell["client"]: cell for cell in ended.run["cells"]}
    assert cells["python-asyncio"]["verdict"] == "pass"
    for name, package in (("haskell-lazy", "libghc-network-dev"), ("erlang-processes", "erlang-base")):
        assert (cells[name]["verdict"], cells[name]["expected"]) == ("skipped", False)
        assert cells[name]["reason"]["code"] == "no-toolchain"
        assert "apt-get install" in cells[name]["reason"]["sentence"]
        assert package in cells[name]["reason"]["sentence"]
    assert ended.status == 1


def test_without_the_skipped_clients_the_exit_status_is_0(without_compilers: dict[str, str], tmp_path: Path) -> None:
    assert compare(without_compilers, tmp_path / "runs", "python-asyncio").status == 0


def test_the_declared_toolchains_name_their_packages() -> None:
    assert {"erlang", "haskell"} <= set(toolchains())
    assert all(chain.packages for chain in toolchains().values())


def test_a_failing_build_is_reported_with_the_end_of_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    (tmp_path / "haskell").mkdir()
    chain = made(build_command=("sh", "-c", "echo Poem.hs:3: parse error >&2; exit 1"))
    assert chain.build(lambda line: None) == "Poem.hs:3: parse error"


def test_a_build_that_succeeds_reports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    (tmp_path / "haskell").mkdir()
    assert made().build(lambda line: None) is None


def test_a_toolchain_is_present_only_with_all_it_needs() -> None:
    half = made(probe=(("true",), ("false",)))
    assert not half.present()
    assert not made(probe=(("no-such-program-anywhere",),)).present()
    assert not made(test_probe=(("false",),)).present(tests=True)
    assert made(test_probe=(("false",),)).present()


@pytest.mark.parametrize("why", ["not Debian", "not root"])
def test_if_nothing_can_be_installed_the_command_is_named(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "not Debian":
        monkeypatch.setattr(toolchain.shutil, "which", lambda name: None)
    else:
        monkeypatch.setattr(toolchain.os, "geteuid", lambda: 1000)
        monkeypatch.setattr(toolchain, "_succeeds", lambda command: False)
        monkeypatch.setattr(toolchain.shutil, "which", lambda name: f"/usr/bin/{name}")
    said: list[str] = []
    with pytest.raises(LabError, match="apt-get install -y --no-install-recommends ghc"):
        apt_install(made().install_command(), "the haskell toolchain", said.append)
    assert said == []


def test_what_one_user_has_installed_does_not_stop_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_root_prefix", lambda: ["true"])  # it installs nothing
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: f"/usr/bin/{name}")

    def install() -> str:
        apt_install(("apt-get", "install", "ghc"), "the haskell toolchain", lambda line: None)
        return "installed"

    assert [install(), as_nobody(install)] == ["installed"] * 2


@pytest.mark.parametrize(
    ("command", "count"),
    [
        (("echo", "3 passed, 0 failed"), Count(passed=3)),
        (("sh", "-c", "echo 3 passed, 1 failed; exit 1"), Count(passed=3, failed=1)),
        (("sh", "-c", "echo 3 passed, 0 failed; exit 1"), Count(passed=3, failed=1)),
        (("echo", "no tests here"), Count(failed=1)),
        (("echo", "0 passed, 0 failed"), Count(failed=1)),
    ],
)
def test_a_suite_counts_as_passed_only_if_tests_ran_and_none_failed(command: tuple[str, ...], count: Count) -> None:
    assert compiled_suite(Children(), made(test_command=command), install=False, say=lambda line: None) == count


def test_a_suite_whose_programs_cannot_be_built_fails_and_runs_no_test(capsys: pytest.CaptureFixture[str]) -> None:
    broken = made(build_command=("sh", "-c", "echo syntax error; exit 1"))
    assert compiled_suite(Children(), broken, install=False, say=lambda line: None) == Count(failed=1)
    assert "syntax error" in capsys.readouterr().err


@pytest.mark.parametrize(("ci", "count"), [("", Count(skipped=1)), ("true", Count(failed=1))])
def test_a_missing_toolchain_is_a_named_skip_and_in_ci_a_failure(
    ci: str, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    said: list[str] = []
    assert compiled_suite(Children(), made(probe=(("false",),)), install=False, say=said.append) == count
    assert "hspec-discover" in said[0]


def test_the_bootstrap_names_what_is_wrong_with_a_python_that_is_too_old(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("lab", "requirements.txt"):
        shutil.copy(ROOT / name, clone)
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    python.chmod(0o755)
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    done = subprocess.run([clone / "lab"], env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (4, "")
    assert "Python 3.9.2; the lab needs Python 3.11" in done.stderr


def test_programs_are_built_again_only_if_their_sources_have_changed_or_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    sources = tmp_path / "haskell"
    (sources / "src").mkdir(parents=True)
    (sources / "src" / "Main.hs").write_text("main")
    count = ("sh", "-c", "mkdir -p haskell/build && echo built >> haskell/build/log && test ! -e haskell/broken")

    def builds() -> int:
        made(build_command=count).build(lambda line: None)
        return (sources / "build" / "log").read_text().count("built")

    assert [builds(), builds()] == [1, 1]
    (sources / "src" / "Main.hs").write_text("niam")
    assert [builds(), builds()] == [2, 2]
    (sources / "src" / "Main.hs").rename(sources / "src" / "Other.hs")
    assert [builds(), builds()] == [3, 3]
    (sources / "build" / "program").touch()
    (sources / "src" / "Other.hs").write_text("other")
    assert [builds(), builds()] == [4, 4]
    (sources / "build" / "program").unlink()
    assert builds() == 5
    (sources / "broken").touch()
    assert [builds(), builds()] == [6, 7]  # what failed is tried again
