"""The files by which editors and build tools find the Erlang and the Haskell project, against what the lab builds."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from lab_process import BUILD_SECONDS

from harness.backend.toolchain import apt_install
from harness.paths import ROOT

ERLANG, HASKELL = ROOT / "erlang", ROOT / "haskell"
BUILD = (HASKELL / "build.sh").read_text()
Stanza = dict[str, list[str]]


def stanzas() -> dict[str, Stanza]:
    """The cabal file by its stanzas' headings: each field's words, commas left out."""
    found: dict[str, Stanza] = {}
    stanza: Stanza = {}
    field = ""
    for line in (HASKELL / "slow-poetry.cabal").read_text().splitlines():
        if not line.strip() or line.lstrip().startswith("--"):
            continue
        start = re.fullmatch(r"\s+([a-z-]+):(.*)", line)
        if not line[0].isspace():
            stanza = found.setdefault(line, {})
        elif start:
            field = start[1]
            stanza[field] = shlex.split(start[2].replace(",", " "))
        else:
            stanza.setdefault(field, []).extend(line.replace(",", " ").split())
    return found


def modules(folder: Path) -> list[str]:
    """The names of all Haskell modules below a folder."""
    return sorted(".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.hs"))


def names(paths: Iterable[Path]) -> list[str]:
    """The names of files, without their endings."""
    return sorted(path.stem for path in paths)


def tool(program: str, package: str) -> str:
    """The program; the test is skipped where it is missing, and in CI it is installed."""
    if shutil.which(program) is None:
        if not os.environ.get("CI"):
            pytest.skip(f"{program} is not installed here")
        apt_install(("apt-get", "install", "-y", "--no-install-recommends", package), program, print)
    return program


def run(*command: str, cwd: Path, **environment: Path) -> str:
    """The output of a command, which must succeed."""
    variables = {name: str(path) for name, path in environment.items()}
    ended = subprocess.run(
        command, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    assert ended.returncode == 0, ended
    return ended.stdout


def test_the_cabal_file_lists_every_module_of_the_library_and_of_the_tests() -> None:
    library, tests = stanzas()["library"], stanzas()["test-suite unit-tests"]
    assert library["exposed-modules"] == modules(HASKELL / "src")
    main = [Path(path).stem for path in tests["main-is"]]
    assert sorted(tests["other-modules"] + main) == modules(HASKELL / "test")


def test_the_cabal_file_has_the_programs_of_the_build_script() -> None:
    in_cabal = {
        (heading.split()[1], stanza["ghc-options"][1], *stanza["hs-source-dirs"], *stanza["main-is"])
        for heading, stanza in stanzas().items()
        if heading.startswith(("executable ", "test-suite "))
    }
    in_script = set(re.findall(r"^ *compile (\S+) (\S+) (\w+)/(\S+)", BUILD, re.MULTILINE))
    assert in_cabal == in_script
    assert names(HASKELL.glob("app/*.hs")) == sorted(main for _, main, folder, _ in in_script if folder == "app")


def test_cabal_and_the_build_script_give_the_compiler_the_same_options() -> None:
    shared, program = stanzas()["common shared"], stanzas()["common program"]
    project = re.findall(r"^  ghc-options: (.*)$", (HASKELL / "cabal.project").read_text(), re.MULTILINE)
    extensions = [f"-X{name}" for name in shared["default-language"] + shared.get("default-extensions", [])]
    options, runtime = re.findall(r'^(?:options|runtime)="(.*)"$', BUILD, re.MULTILINE)
    [*programs, of_runtime] = program["ghc-options"]
    assert options.split() == [*extensions, *shared["ghc-options"], *programs, *project]
    assert of_runtime == f"-with-rtsopts={runtime}"
    assert ' $options -with-rtsopts="$runtime" ' in BUILD
    for heading, stanza in stanzas().items():
        if heading.startswith(("executable ", "test-suite ")):
            assert stanza["import"] == ["program"], heading
            assert stanza["ghc-options"][0] == "-main-is" and len(stanza["ghc-options"]) == 2, heading
    assert stanzas()["library"]["import"] == program["import"] == ["shared"]


def test_cabal_finds_all_that_the_packages_need_without_a_network(tmp_path: Path) -> None:
    cabal, _ghc = tool("cabal", "cabal-install"), tool("ghc", "ghc")
    (tmp_path / "config").touch()  # which names no repository
    build = f"--builddir={tmp_path / 'build'}"
    planned = run(cabal, "v2-build", "--offline", "--dry-run", "all", build, cwd=HASKELL, CABAL_DIR=tmp_path)
    for heading in stanzas():
        kind, *name = heading.split()
        if kind in ("executable", "test-suite"):
            assert re.search(rf"\((exe|test):{name[0]}\)", planned), planned


def test_the_erlang_application_is_named_as_its_file_and_leaves_the_modules_to_rebar3() -> None:
    [file] = ERLANG.glob("src/*.app.src")
    text = file.read_text()
    assert f"{{application, {file.name.removesuffix('.app.src')}," in text
    assert "{modules, []}" in text


def test_rebar3_compiles_every_module_of_the_application_and_of_its_tests(tmp_path: Path) -> None:
    rebar3 = tool("rebar3", "rebar3")
    places = {name: tmp_path / name for name in ("REBAR_BASE_DIR", "REBAR_CACHE_DIR", "REBAR_GLOBAL_CONFIG_DIR")}
    run(rebar3, "as", "test", "compile", cwd=ERLANG, **places)
    [compiled] = tmp_path.glob("REBAR_BASE_DIR/test/lib/*/ebin")
    assert names(compiled.glob("*.beam")) == names((ERLANG / "src").rglob("*.erl"))
    assert names(compiled.parent.glob("test/**/*.beam")) == names((ERLANG / "test").rglob("*.erl"))
