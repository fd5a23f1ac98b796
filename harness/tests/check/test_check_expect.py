"""`./lab check --expect`: a trait that is otherwise is a failure, told and recorded like all others.

What is told of each trait is tested in compare/test_wrong_clients.py.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from check_process import Checked, check
from evidence_maker import TRIO, client, evidence
from lab_process import WRONG, lab
from run_maker import recorded

from harness.check import program
from harness.check.expect import ADVICE, OPTION, achieved, expected, possible
from harness.check.program import exit_status, explanations
from harness.check.text import Checked as Text
from harness.compare.options import Options
from harness.compare.site import Machine
from harness.errors import Interrupted, UsageError
from harness.judge.axes import AXES


def tried(folder: Path, name: str, wanted: str, scenario: str, *more: object) -> Checked:
    chosen = ("--client", WRONG / name, "--backend", "local", "--scenarios", scenario)
    return check(folder, *chosen, "--expect", wanted, "--pace", 1, *more, cwd=folder, brief=True)


def test_every_trait_that_a_manifest_may_declare_can_be_expected_and_has_advice() -> None:
    assert ADVICE.keys() == {(name, value) for name, values in possible().items() for value in values}
    assert all(value in AXES[name].sayings for name, value in ADVICE)


def test_a_client_that_is_as_expected_passes_and_is_told_where_it_was_seen(tmp_path: Path) -> None:
    told = tried(tmp_path, "honest", "connects=together,flush=live,delivery=each", "trio")
    assert (told.status, told.sections) == (0, {}), told
    for trait in ("connects=together", "flush=live", "delivery=each"):
        assert f"ok         {trait}: seen in trio" in told.stdout


def test_what_the_manifest_declares_is_not_expected(tmp_path: Path) -> None:
    told = tried(tmp_path, "sequential", "grain=read", "trio")  # its manifest says that it connects together
    assert (told.status, told.sections) == (0, {}), told


def test_what_was_expected_is_in_the_record_the_replay_and_junit(tmp_path: Path) -> None:
    told = tried(tmp_path, "sequential", "connects=together", "trio,burst", "--json")
    run = json.loads(told.stdout)
    assert told.status == 1 and run["options"][OPTION] == {"connects": "together"}
    [folder] = (path for path in tmp_path.iterdir() if (path / "run.json").exists())
    again = lab("check", "--replay", folder)
    assert again.status == 1 and "not as expected, trait-connects" in again.stdout
    assert lab("compare", "--replay", folder, "--json").status == 1
    lab("report", folder, "--junit", tmp_path / "junit.xml")
    failures = ElementTree.parse(tmp_path / "junit.xml").findall(".//failure")
    assert {failure.get("type") for failure in failures} == {"trait-connects"}
    assert failures[0].get("message") == "connects should be 'together', the lab observed 'in-turn'"


def test_an_interrupted_check_keeps_what_was_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise Interrupted(2)

    monkeypatch.setattr(Machine, "pool", stop)
    options = Options(backend="local", out=tmp_path, install=False)
    with pytest.raises(Interrupted):
        program.check(program.declared(WRONG / "honest"), options, {"connects": "together"}, print)
    [run] = tmp_path.glob("*/run.json")
    assert json.loads(run.read_text())["options"][OPTION] == {"connects": "together"}


def test_a_trait_that_no_scenario_shows_is_not_taken_for_granted(tmp_path: Path) -> None:
    told = tried(tmp_path, "honest", "reads=all-at-once", "accents")
    assert told.status == 1 and told.sections == {}
    assert "FAIL       reads=all-at-once: no scenario that passed shows it" in told.stdout
    assert "All 1 passed, but they do not show all that was expected." in told.stdout


def test_a_silent_client_does_not_flush_live(tmp_path: Path) -> None:
    who = client(grain="any", flush="live")
    run = recorded(tmp_path, (who, evidence(TRIO, stderr=[])))
    run.run["options"][OPTION] = {"flush": "live"}
    [cell] = run.run["cells"]
    assert cell["reason"] == {
        "code": "trait-flush",
        "sentence": "flush should be 'live', but it printed no progress lines",
    }
    [why] = explanations(run)
    assert why and "Flush should be 'live', but it printed no progress lines." in why.fault
    assert exit_status(run) == 1
    assert "FAIL       flush=live: no scenario that passed shows it" in Text(run.run, "", [why], []).text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("conects=together", "the traits are: connects, reads, grain, flush, delivery, order"),
        ("connects=partly", "the values of connects are: together, in-turn"),
        ("connects", "the values of connects are: together, in-turn"),
        ("delivery=each,delivery=streams", "delivery is given twice"),
        ("grain=silent,flush=live", "no progress lines to flush"),
    ],
)
def test_a_wrong_expectation_is_refused_with_what_is_possible(words: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        expected(words)
    lab("check", "--expect", words, "--", "true").refused(2, "--expect", told)


def test_a_failure_is_no_proof_of_a_trait() -> None:
    failed = {
        "verdict": "fail",
        "scenario": "trio",
        "axes": {"connects": ["together"]},
        "reason": {"code": "exit-lies"},
    }
    assert [has for _, has, _ in achieved([failed], {"connects": "together"})] == [False]
