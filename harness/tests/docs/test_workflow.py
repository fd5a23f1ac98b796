"""The workflow for GitHub Actions and the page about CI: the commands in them are run as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab_process import BUILD_SECONDS, LAB, QUICK, SECONDS, WRONG, lab
from ruamel.yaml import YAML
from small_run import SECRET, small_run

from harness.paths import ROOT
from harness.record.run_folder import open_run
from harness.spec import client

FILE = ROOT / ".github" / "workflows" / "lab.yml"
WORKFLOW: Any = YAML(typ="safe").load(FILE)
STEPS = {step["name"]: step for job in WORKFLOW["jobs"].values() for step in job["steps"] if "name" in step}
TRIO = " ".join(("--scenarios", "trio", *QUICK))


@dataclass(frozen=True)
class Runner:
    """Runs commands in a checkout; the folder is for what they hand over as files."""

    folder: Path
    checkout: Path = ROOT

    def run(self, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step's commands; `environment` stands for the step's own."""
        script = self.folder / "script.sh"
        script.write_text(STEPS[step]["run"])
        assert WORKFLOW["defaults"]["run"]["shell"] == "bash"  # which stands for these options:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        assert set(environment) == set(STEPS[step].get("env", {}))
        files = {"GITHUB_OUTPUT": self.output, "GITHUB_STEP_SUMMARY": self.summary, "RUNNER_TEMP": self.folder}
        return subprocess.run(
            command,
            cwd=self.checkout,
            env={**os.environ, **{name: str(path) for name, path in files.items()}, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
        )

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    def cases(self) -> list[ElementTree.Element]:
        """The test cases of the only run's JUnit report."""
        [report] = self.folder.glob("runs/*/junit.xml")
        return list(ElementTree.parse(report).iter("testcase"))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_the_file_is_a_workflow_by_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_token_writes_only_the_pages_and_its_actions_are_official_and_pinned() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    allowed = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items() if "permissions" in job}
    assert allowed == {
        "site": {"contents": "read", "actions": "read", "pages": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }
    assert len(WORKFLOW["jobs"]["publish"]["steps"]) == 1  # nothing of the repository runs with that token
    uses = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert [action for action in uses if not re.fullmatch(r"actions/[a-z-]+@v\d+", action)] == []


def test_every_job_ends_some_time_and_names_its_machine() -> None:
    for name, job in WORKFLOW["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 60, name
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"]), name
    within = sum(step.get("timeout-minutes", 0) for step in WORKFLOW["jobs"]["compare"]["steps"])
    assert 0 < within < WORKFLOW["jobs"]["compare"]["timeout-minutes"]  # there is time left for the report


def test_no_expression_stands_in_a_command() -> None:
    # What an expression gives would be read by the shell; in a variable it stays what it is.
    assert [name for name, step in STEPS.items() if "${{" in step.get("run", "")] == []


def test_no_client_s_failure_hides_the_others() -> None:
    strategy = WORKFLOW["jobs"]["compare"]["strategy"]
    assert strategy["fail-fast"] is False
    assert strategy["matrix"] == {"client": "${{ fromJSON(needs.prepare.outputs.clients) }}"}
    assert WORKFLOW["jobs"]["prepare"]["outputs"] == {"clients": "${{ steps.clients.outputs.names }}"}
    assert STEPS["List the clients"]["id"] == "clients"
    assert STEPS["Compare"]["env"]["CLIENT"] == "${{ matrix.client }}"


def test_the_matrix_has_every_client_of_the_lab(runner: Runner) -> None:
    done = runner.run("List the clients")
    assert done.returncode == 0, done.stderr
    [line] = runner.output.read_text().splitlines()
    name, _, names = line.partition("=")
    assert name == "names"
    assert json.loads(names) == list(client.discover())


def test_a_matrix_that_cannot_be_made_fails_the_job(tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    lab.write_text("#!/bin/sh\necho '{\"clients\": []}'\nexit 4\n")
    lab.chmod(0o755)
    assert Runner(tmp_path, checkout=tmp_path).run("List the clients").returncode == 4


def test_the_file_of_the_images_reaches_the_jobs_of_the_clients() -> None:
    jobs = WORKFLOW["jobs"]
    [upload] = [step["with"] for step in jobs["prepare"]["steps"] if "upload-artifact" in step.get("uses", "")]
    [download] = [step["with"] for step in jobs["compare"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert jobs["compare"]["needs"] == "prepare"
    assert upload["name"] == download["name"]
    assert upload["path"] == download["path"] + "/images.tar" == "${{ runner.temp }}/images.tar"


# All images together have a gigabyte, which an engine hashes several times: all are listed, and one of them is saved.
DOCKER = """#!/bin/sh
[ "$1" = images ] || exec {docker} "$@"
{docker} "$@" | tee "$RUNNER_TEMP/listed" | grep erlang
"""


def test_images_are_saved_in_one_job_and_loaded_in_the_next(
    engine: Any, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = runner.folder / "docker"
    command.write_text(DOCKER.format(docker=shutil.which("docker")))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{runner.folder}:{os.environ['PATH']}")
    saved = runner.run("Save the images")
    assert saved.returncode == 0, saved.stderr
    wanted = {f"slow-poetry-lab/{one.image}" for one in client.discover().values()}
    assert wanted <= set((runner.folder / "listed").read_text().split())
    loaded = runner.run("Load the images")
    (runner.folder / "images.tar").unlink()  # it is large
    assert loaded.returncode == 0, loaded.stderr
    found = set(re.findall(r"^Loaded image: (.*)$", loaded.stdout, re.MULTILINE))
    assert found == {"debian:trixie-slim", "slow-poetry-lab/erlang:latest"}


def test_a_job_compares_its_client_and_reports(engine: Any, runner: Runner) -> None:
    compared = runner.run("Compare", CLIENT="python-blocking", OPTIONS=TRIO)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    reported = runner.run("Report")
    assert reported.returncode == 0, reported.stderr
    assert [case.find("failure") for case in runner.cases()] == [None]
    assert "all as expected" in runner.summary.read_text()
    [page] = runner.folder.glob("runs/*/report.html")
    assert "python-blocking" in page.read_text()


def test_a_comparison_that_fails_keeps_its_status_and_its_reports(engine: Any, runner: Runner) -> None:
    options = f"{TRIO} --client {WRONG / 'drops-byte'}"
    assert runner.run("Compare", CLIENT="drops-byte", OPTIONS=options).returncode == 1
    assert STEPS["Report"]["if"] == "${{ !cancelled() }}"
    reported = runner.run("Report")
    assert reported.returncode == 0, reported.stderr
    [case] = runner.cases()
    assert case.find("failure") is not None
    assert "1 not as expected" in runner.summary.read_text()


def test_the_last_job_merges_the_runs_of_all_clients_and_reports(runner: Runner) -> None:
    for name in ("honest", "drops-byte"):
        place = runner.folder / "parts" / f"run-{name}"
        words = ("--client", WRONG / name, "--backend", "local", "--out", place, "--no-install", *TRIO.split())
        assert lab("compare", *words).status == (name == "drops-byte")
    merged = runner.run("Merge")
    assert merged.returncode == 1, merged.stderr
    reported = runner.run("Report of all clients")
    assert reported.returncode == 0, reported.stderr
    assert "1 not as expected" in runner.summary.read_text()
    [page] = runner.folder.glob("merged/*/report.html")
    assert all(name in page.read_text() for name in ("honest", "drops-byte"))


def test_the_merged_job_gets_what_the_jobs_of_the_clients_upload() -> None:
    jobs = WORKFLOW["jobs"]
    [upload] = [step["with"] for step in jobs["compare"]["steps"] if "upload-artifact" in step.get("uses", "")]
    [download] = [step["with"] for step in jobs["merge"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert jobs["merge"]["needs"] == "compare"
    assert upload["name"].startswith(download["pattern"].removesuffix("*"))


GH = """#!/bin/sh
case $1 in
api) echo "$EARLIER" ;;
run) [ "$*" = "run download 77 --name history --dir $RUNNER_TEMP/history" ] && touch "$RUNNER_TEMP/history/old.zip" ;;
esac
"""
LAB_SITE = """#!/bin/sh
echo "$@"
"""


@pytest.mark.parametrize("earlier", ["", "77"])
def test_the_site_shows_the_merged_run_and_the_newest_of_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    for name, text in (("gh", GH), ("lab", LAB_SITE)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("EARLIER", earlier)
    runner = Runner(tmp_path, checkout=tmp_path)
    fetched = runner.run("Fetch the runs so far", GH_TOKEN="")
    assert fetched.returncode == 0, fetched.stderr
    history = tmp_path / "history"
    assert [path.name for path in history.iterdir()] == (["old.zip"] if earlier else [])
    for number in range(30):
        (history / f"20260101T0000{number:02}Z-abcdef.zip").touch()
    run = small_run((tmp_path / "merged").mkdir() or tmp_path / "merged")
    (tmp_path / "merged" / SECRET).unlink()
    made = runner.run("Make the site")
    assert made.returncode == 0, made.stderr
    kept = sorted(path.name for path in history.iterdir())
    assert len(kept) == 30 and "20260101T000000Z-abcdef.zip" not in kept
    assert made.stdout.split()[0] == "site" and set(made.stdout.split()) >= {f"{history}/{name}" for name in kept}
    assert open_run(history / f"{run.name}.zip").run["id"]


def test_the_site_s_history_is_what_its_next_run_fetches() -> None:
    steps = WORKFLOW["jobs"]["site"]["steps"]
    [upload] = [step["with"] for step in steps if "/upload-artifact" in step.get("uses", "")]
    [pages] = [step["with"] for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert (upload["name"], upload["path"]) == ("history", "${{ runner.temp }}/history")
    assert pages["path"] == "${{ runner.temp }}/site"


@pytest.mark.parametrize(("options", "status"), [("--scenarios nothing-of-that-name", 2), ("--scenarios ,", 3)])
def test_where_nothing_was_run_the_status_says_why(runner: Runner, options: str, status: int) -> None:
    assert runner.run("Compare", CLIENT="python-blocking", OPTIONS=options).returncode == status
    reported = runner.run("Report")
    assert (reported.returncode, reported.stderr) == (0, "")


@pytest.mark.parametrize(("name", "status"), [("honest", 0), ("drops-byte", 1)])
def test_the_commands_for_any_other_ci_report_and_keep_the_status(tmp_path: Path, name: str, status: int) -> None:
    shutil.copytree(WRONG / name, tmp_path / "my-client")
    lab = tmp_path / "lab"
    options = f'case $1 in compare) set -- "$@" --backend local {TRIO} ;; esac'
    lab.write_text(f'#!/bin/sh\n{options}\nexec {shlex.quote(LAB)} "$@"\n')
    lab.chmod(0o755)
    [commands] = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
    done = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == status, done.stderr
    [case] = ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
    assert len(case.findall("failure")) == status
    assert (tmp_path / "report.html").exists() and (tmp_path / "summary.md").exists()


def test_the_lab_s_tests_are_run_by_the_checkout_s_own_program() -> None:
    program = STEPS["Test"]["run"].split()[-1]
    assert os.access(ROOT / program, os.X_OK)
