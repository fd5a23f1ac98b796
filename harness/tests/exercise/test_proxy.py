"""The exercise a-proxy: solved in each language; each wrong proxy gets its own verdict, and the hint for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab_process import BUILD_SECONDS, QUICK, WRONG, Ended, lab, unstarved

from harness.backend.local import LocalBackend
from harness.check.program import undeclared
from harness.errors import UsageError
from harness.exercise.exercise import discover
from harness.judge.proxy_verdict import CODES, NOT_STARTABLE, examine
from harness.judge.server_verdict import Finding
from harness.record.run_folder import RunFolder
from harness.run import proxy_trial
from harness.run.proxy_trial import try_proxy
from harness.run.servers import Servers
from harness.spec import scenario_file, server_program

PROXIES = Path(__file__).resolve().parents[1] / "proxies"  # kept here, out of a student's sight
EXERCISE = discover()["a-proxy"]
FLAWS = [
    ("none", "one-down", None, ""),
    ("own-words", "one-down", "proxy-not-listening", "should be `listening` and 2 ports; what came: 'ready on "),
    ("dies-of-one", "one-down", "proxy-ended", "ended by itself with exit status 3"),
    ("closes-its-ports", "one-down", "proxy-unreachable", "a caller for fascination could not connect"),
    ("never-closes", "one-down", "proxy-silent", "got 586 bytes of 586, and then neither more nor an end"),
    ("changes-a-byte", "one-down", "proxy-differs", "got a wrong byte "),
    ("reads-once", "one-down", "proxy-cut-short", " of 586, and then the end"),
    ("takes-a-reset-for-the-end", "reset", "proxy-passes-half", "got 300 bytes of 629, and then the end"),
    ("keeps-what-came", "reset", "proxy-keeps-half", "a caller who came after the others for science got the 300"),
    ("one-at-a-time", "trio", "proxy-in-turn", "one server after another"),
    ("asks-every-time", "one-down", "proxy-asks-again", "asked the server of fascination again"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Servers, RunFolder]]:
    """Slow servers for all the wrong proxies, and a run's folder with the scenarios."""
    folder = RunFolder.create(tmp_path_factory.mktemp("proxies"), "run")
    for name in EXERCISE.scenarios:
        folder.add_scenario(scenario_file.load(scenario_file.paths()[name], pace=0.3))
    with LocalBackend("test", install=False) as backend:
        backend.prepare([server_program.discover()["twisted"]], print)
        with Servers(backend.pod(server_program.discover()["twisted"], folder.path), "twisted") as opened:
            yield opened, folder


def test_every_verdict_has_a_hint_and_a_proxy_that_earns_it() -> None:
    assert set(EXERCISE.hints) == set(CODES)
    assert {code for _, _, code, _ in FLAWS if code} == {*CODES} - {NOT_STARTABLE}


@pytest.mark.parametrize(("flaw", "name", "code", "words"), FLAWS, ids=[flaw[0] for flaw in FLAWS])
def test_a_wrong_proxy_gets_its_verdict(
    flaw: str,
    name: str,
    code: str | None,
    words: str,
    servers: tuple[Servers, RunFolder],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if flaw == "never-closes":
        monkeypatch.setattr(proxy_trial, "STARTUP_SECONDS", 8.0)  # how long it is waited for
    opened, folder = servers
    scenario = scenario_file.load(scenario_file.paths()[name], pace=0.3)
    proxy = undeclared([sys.executable, str(PROXIES / "wrong_proxy.py"), flaw], "", tmp_path)
    trial = try_proxy(opened, proxy, scenario, folder.playbill(name), tmp_path / "trial")
    finding = examine(tmp_path / "trial", scenario, trial)
    assert (finding and finding.code) == code, finding
    assert not isinstance(finding, Finding) or words in finding.sentence


@pytest.fixture
def solutions(tmp_path: Path) -> dict[str, list[str]]:
    """The command of each language's solution."""
    built = ("-package-env", "-", "-O0", "-threaded", "-outputdir", tmp_path, "-o", tmp_path / "proxy")
    subprocess.run(["ghc", "-v0", *built, PROXIES / "Proxy.hs"], check=True)
    return {
        "python": [sys.executable, str(PROXIES / "twisted_proxy.py")],
        "erlang": ["escript", str(PROXIES / "proxy.erl")],
        "haskell": [str(tmp_path / "proxy")],
    }


def test_each_language_has_a_solution(solutions: dict[str, list[str]], tmp_path: Path) -> None:
    def solve(language: str) -> Ended:
        words = ("exercise", "a-proxy", "--out", tmp_path / language, *QUICK[:2], "--", *solutions[language])
        return unstarved(lambda: lab(*words))

    with ThreadPoolExecutor() as threads:
        for told in threads.map(solve, solutions):
            assert told.status == 0 and "The exercise a-proxy is solved." in told.stdout, told


def test_a_typical_mistake_gets_the_hint_that_helps(tmp_path: Path) -> None:
    wrong = (sys.executable, PROXIES / "wrong_proxy.py", "asks-every-time")
    options = ("--out", tmp_path / "runs", *QUICK[:2], "--junit", tmp_path / "junit.xml")
    told = unstarved(lambda: lab("exercise", "a-proxy", *options, "--json", "--", *wrong))
    assert told.status == 1, told.stderr
    goals = {goal["what"]: (goal["reached"], goal["hint"]) for goal in json.loads(told.stdout)["goals"]}
    assert goals == dict.fromkeys(EXERCISE.scenarios, (False, EXERCISE.hints["proxy-asks-again"]))
    [suite] = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("a-proxy", "3", "3")


@pytest.mark.usefixtures("engine")
def test_a_proxy_is_tried_in_a_container_too(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    manifest = (WRONG / "honest" / "honest.client.toml").read_text()
    (folder / "honest.client.toml").write_text(manifest.replace("client.py", "twisted_proxy.py"))
    shutil.copy(PROXIES / "twisted_proxy.py", folder)
    folder.chmod(0o755)
    options = ("--client", folder, "--backend", "docker", "--out", tmp_path, *QUICK[:2])
    told = unstarved(lambda: lab("exercise", "a-proxy", *options, seconds=BUILD_SECONDS))
    assert (told.status, told.stdout.count("passed")) == (0, 3), told
    told = lab(
        "exercise", "a-proxy", "--image", "no-such-image", "--out", tmp_path / "runs", "--", "./proxy", cwd=folder
    )
    told.refused(2, "the engine does not have it")


def test_what_cannot_be_tried_says_why(tmp_path: Path) -> None:
    (tmp_path / "proxy").touch()  # it is no program, because nobody may execute it
    told = lab("exercise", "a-proxy", "--out", tmp_path / "runs", *QUICK[:2], "--", "./proxy", cwd=tmp_path)
    assert told.status == 1 and f"Hint: {EXERCISE.hints[NOT_STARTABLE][:40]}" in told.stdout, told
    lab("grade", tmp_path, "--exercise", "a-proxy").refused(2, "grade tries clients only")
    text = 'schema = 1\ntitle = "T"\npart = 20\nprogram = "proxy"\nscenarios = ["trio"]\ntext = ["Do it."]\n'
    (tmp_path / "mine.toml").write_text(f'{text}[expect]\nflush = "live"\n[hints]\nproxy-ended = "x"\n')
    with pytest.raises(UsageError, match="only a client has traits"):
        discover(tmp_path)
